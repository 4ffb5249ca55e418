"""Broken clients that RATE requirements catch."""

from tests.conformance.broken import Broken

RATE: tuple[Broken, ...] = ()
