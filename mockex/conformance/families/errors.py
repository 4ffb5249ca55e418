"""ERR: whatever is not an answer becomes an error of the client's own."""

from mockex.conformance.families.refused import REFUSED
from mockex.conformance.families.unreadable import UNREADABLE
from mockex.conformance.requirement import Requirement

ERR: tuple[Requirement, ...] = (*REFUSED, *UNREADABLE)
