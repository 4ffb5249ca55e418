"""What a test holds: a live exchange and a signer."""

from mockex.signer import Signer
from mockex.testing.live import LiveExchange

__all__ = ["LiveExchange", "Signer"]
