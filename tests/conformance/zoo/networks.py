"""Broken clients that NET requirements catch."""

from tests.conformance.broken import Broken

NET: tuple[Broken, ...] = ()
