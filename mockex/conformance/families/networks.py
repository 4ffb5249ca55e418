"""NET: whatever the network does, a call ends, and ends rightly."""

from mockex.conformance.requirement import Requirement

NET: tuple[Requirement, ...] = ()
