"""RATE: limits and bans are obeyed, and told."""

from mockex.conformance.requirement import Requirement

RATE: tuple[Requirement, ...] = ()
