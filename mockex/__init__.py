"""mockex: an offline exchange that tests the client."""

__version__ = "0.1.0"
