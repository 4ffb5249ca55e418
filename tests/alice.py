"""Alice's exchange: a small world with a frozen clock, and requests that are right until a test says otherwise."""

from typing import Any

from mockex.core.exchange import Exchange
from mockex.core.scenario import Behaviour, ClockSpec, HmacKey, Scenario
from mockex.core.weight import Limits
from mockex.core.wire import Reply, Request
from mockex.core.world import open_world
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import Loan
from mockex.scenarios import account_type, file_type
from mockex.signer import Signer

NOW_MS = 1_767_225_630_000
"""Half past midnight's first minute, on 1 January 2026: 30 seconds are left of it."""

IP = "192.0.2.1"
PAPI_PATH = "/papi/v1/portfolio/negative-balance-exchange-record"
SAPI_PATH = "/sapi/v1/portfolio/pmLoan"
PATHS = {"PAPI": PAPI_PATH, "SAPI": SAPI_PATH}
RANGE = {"startTime": NOW_MS - 1_000, "endTime": NOW_MS}


def key(name: str, **about: Any) -> HmacKey:
    """Make an HMAC key whose name and secret are told by a short name."""
    return HmacKey(api_key=name.ljust(64, "0"), secret=f"secret of {name}", **about)


ALICE = key("alice")


def scenario(*accounts: dict[str, Any], **about: Any) -> Scenario:
    """Make a scenario of these accounts; without any, of Alice, who has a record and a loan."""
    spec, account = file_type(), account_type()
    record = Record(NOW_MS - 500, NOW_MS - 100, (Detail("ETH", 18, 5),))
    alice = {"uid": 1, "keys": (ALICE,), "records": (record,), "loan": Loan("BUSD", "579.45")}
    about.setdefault("clock", ClockSpec(frozen_at=NOW_MS))
    return spec(title="Alice's", accounts=tuple(account(**one) for one in accounts or (alice,)), **about)


def exchange(*accounts: dict[str, Any], limits: Limits | None = None, behaviour: Behaviour | None = None) -> Exchange:
    """Open Alice's exchange."""
    about = {"limits": limits or Limits(), "behaviour": behaviour or Behaviour()}
    return Exchange(CATALOGUE, open_world("default", scenario(*accounts, **about), CATALOGUE, NOW_MS))


def query_of(parameters: dict[str, Any]) -> str:
    """Write a query; a parameter that is None is left out."""
    return "&".join(f"{name}={value}" for name, value in parameters.items() if value is not None)


def request(gateway: str = "PAPI", by: HmacKey = ALICE, **changes: Any) -> Request:
    """Make a request that is right, but for the changes: fields of the Request, or parameters by their names."""
    fields = {name: changes.pop(name) for name in tuple(changes) if name in Request.__struct_fields__}
    parameters = (RANGE if gateway == "PAPI" else {}) | {"timestamp": NOW_MS} | changes
    query = Signer.of(by).signed(query_of(parameters))
    right = {"method": "GET", "target": f"{PATHS[gateway]}?{query}", "received_at_ms": NOW_MS, "ip": IP}
    return Request(**{**right, "api_key": by.api_key, **fields})


def heard(reply: Reply) -> tuple[int, int | None]:
    """Give status and code of a reply; the code is None where it has none."""
    import json

    try:
        body = json.loads(reply.body)
    except ValueError:
        return reply.status, None
    return reply.status, body.get("code") if isinstance(body, dict) else None
