"""CONC: calls at once on one instance do not mix."""

from mockex.conformance.requirement import Requirement

CONC: tuple[Requirement, ...] = ()
