"""DATA: what the exchange says arrives as it was said: every digit, every row, in order, and nothing made up."""

from mockex.conformance.families.amounts import AMOUNTS
from mockex.conformance.families.oddities import ODDITIES
from mockex.conformance.requirement import Requirement

DATA: tuple[Requirement, ...] = (*AMOUNTS, *ODDITIES)
