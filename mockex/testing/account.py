"""What an account holds, as a test holds it."""

from collections.abc import Iterable
from typing import Any, cast

from msgspec import Struct

from mockex.core.endpoint import Endpoint
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.errors import MockexError
from mockex.mistakes import converted, nearest
from mockex.testing.reach import OfWorld


class LiveAccount:
    """One account of a world. What is set is held from the next call on; what is read may have changed meanwhile."""

    def __init__(self, of: OfWorld, uid: int) -> None:
        self.of = of
        self.uid = uid

    @property
    def loan(self) -> Loan:
        """What it still owes after liquidation; take `Loan("USDT", "250.5")`, or the same as JSON has it."""
        return cast("Loan", self.held("loan"))

    @loan.setter
    def loan(self, loan: Loan | dict[str, Any]) -> None:
        self.hold("loan", loan)

    @property
    def records(self) -> tuple[Record, ...]:
        """Its auto exchanges, newest first."""
        return cast("tuple[Record, ...]", self.held("records"))

    @records.setter
    def records(self, records: Iterable[Record | dict[str, Any]]) -> None:
        self.hold("records", tuple(records))

    def add_record(self, record: Record | dict[str, Any]) -> None:
        """Let it hold one auto exchange more."""
        self._tell("records", (record,), "/add")

    def held(self, name: str) -> Any:
        """Give what it holds for an endpoint, by the name that it has in a scenario. Raises MockexError."""
        endpoint = endpoint_that_holds(name)
        return self.of.ask("GET", f"/accounts/{self.uid}/{name}", endpoint.holds)

    def hold(self, name: str, value: Any) -> None:
        """Let it hold this instead. Raises MockexError where it cannot be held."""
        self._tell(name, value)

    def _tell(self, name: str, value: Any, how: str = "") -> None:
        endpoint = endpoint_that_holds(name)
        held = converted(value, endpoint.holds) if not isinstance(value, Struct) else value
        self.of.ask("POST", f"/accounts/{self.uid}/{name}{how}", object, held)


def endpoint_that_holds(name: str) -> Endpoint:
    """Find the endpoint for which an account holds something under a name. Raises MockexError."""
    endpoints = {one.held_as: one for one in CATALOGUE.endpoints if one.held_as is not None}
    if name not in endpoints:
        raise MockexError(f"an account holds no {name!r}{nearest(name, endpoints)}; there are {', '.join(endpoints)}")
    return endpoints[name]
