"""Broken clients that TIME requirements catch."""

from tests.conformance.broken import Broken

TIME: tuple[Broken, ...] = ()
