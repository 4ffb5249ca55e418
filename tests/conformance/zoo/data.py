"""Broken clients that DATA requirements catch."""

from tests.conformance.broken import Broken

DATA: tuple[Broken, ...] = ()
