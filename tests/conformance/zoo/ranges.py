"""Broken clients that WIN requirements catch."""

from tests.conformance.broken import Broken

WIN: tuple[Broken, ...] = ()
