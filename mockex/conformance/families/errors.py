"""ERR: whatever is not an answer becomes an error of the client's own."""

from mockex.conformance.requirement import Requirement

ERR: tuple[Requirement, ...] = ()
