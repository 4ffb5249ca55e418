"""What a test holds: a live exchange, its worlds with all that is in them, and a signer."""

from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import Loan
from mockex.signer import Signer
from mockex.testing.journal import JournalEntry
from mockex.testing.live import LiveExchange, connect
from mockex.testing.world import LiveWorld

__all__ = ["Detail", "JournalEntry", "LiveExchange", "LiveWorld", "Loan", "Record", "Signer", "connect"]
