"""WIN: ranges of any length come back whole, nothing twice."""

from mockex.conformance.requirement import Requirement

WIN: tuple[Requirement, ...] = ()
