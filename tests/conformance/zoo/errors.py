"""Broken clients that ERR requirements catch."""

from tests.conformance.broken import Broken

ERR: tuple[Broken, ...] = ()
