"""NET over TLS."""

from mockex.conformance.requirement import Requirement

SECURE: tuple[Requirement, ...] = ()
