"""SAFE: secrets stay where they are, and calls go where they should."""

from mockex.conformance.requirement import Requirement

SAFE: tuple[Requirement, ...] = ()
