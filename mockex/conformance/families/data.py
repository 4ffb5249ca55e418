"""DATA: what the exchange says arrives as it was said: every digit, every row, in order, and nothing made up."""

from mockex.conformance.requirement import Requirement

DATA: tuple[Requirement, ...] = ()
