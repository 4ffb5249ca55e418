"""Broken clients that SAFE requirements catch."""

from tests.conformance.broken import Broken

SAFE: tuple[Broken, ...] = ()
