"""All requirements, family by family; the order is that of the reports."""

from mockex.conformance.families.clocks import TIME
from mockex.conformance.families.signing import SIG
from mockex.conformance.requirement import Requirement

REQUIREMENTS: tuple[Requirement, ...] = (*SIG, *TIME)
