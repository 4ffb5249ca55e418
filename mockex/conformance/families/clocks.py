"""TIME: the client's clock may be wrong, and calls must not be late for it."""

from mockex.conformance.requirement import Requirement

TIME: tuple[Requirement, ...] = ()
