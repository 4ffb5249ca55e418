"""Broken clients that CONC requirements catch."""

from tests.conformance.broken import Broken

CONC: tuple[Broken, ...] = ()
