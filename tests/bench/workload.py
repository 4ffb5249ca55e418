"""What every server is asked: a thousand signed calls, ready as bytes, and the one answer that is right."""

from pathlib import Path

from msgspec import Struct, json

from mockex import scenarios
from mockex.core.clock import moment_ms
from mockex.core.scenario import HmacKey, Scenario
from mockex.endpoints.negative_balance_exchange_record import NEGATIVE_BALANCE_EXCHANGE_RECORD as RECORDS
from mockex.signer import Signer

SCENARIO = Path(__file__).with_name("scenario.toml")
CALLS = 1_000
RANGE = "startTime=1736184913252&endTime=1736263046841"
BODY = (RECORDS.example or "").encode()
PATH = RECORDS.path
PING = "/papi/v1/ping"


class Question(Struct, frozen=True):
    """A kind of call: its targets, which are asked in turn, and the headers of each."""

    targets: tuple[str, ...]
    headers: dict[str, str]

    def requests(self, *, keep_alive: bool = True) -> list[bytes]:
        """Write the calls as they go out."""
        headers = {"Host": "127.0.0.1", **self.headers} | ({} if keep_alive else {"Connection": "close"})
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return [f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode() for target in self.targets]


def scenario() -> Scenario:
    """Read the scenario that mockex serves."""
    return scenarios.read(SCENARIO)


def key_of(spec: Scenario) -> HmacKey:
    """Give the key that signs."""
    (key,) = spec.accounts[0].keys
    assert isinstance(key, HmacKey)
    return key


def signed_calls(query: str = RANGE, count: int = CALLS, key: HmacKey | None = None) -> Question:
    """Sign calls beforehand, no two of them the same, each with a timestamp that the frozen clock takes."""
    spec = scenario()
    assert spec.clock.frozen_at is not None
    now_ms, signer = moment_ms(spec.clock.frozen_at), Signer.of(key or key_of(spec))
    queries = (signer.signed(f"{query}&recvWindow=5000&timestamp={now_ms - n}") for n in range(count))
    return Question(tuple(f"{PATH}?{signed}" for signed in queries), signer.headers)


def sts_call() -> Question:
    """Ask moto's STS who one is, which is what it can be asked."""
    scope = "Credential=benchmark/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=none"
    return Question(("/?Action=GetCallerIdentity&Version=2011-06-15",), {"Authorization": f"AWS4-HMAC-SHA256 {scope}"})


def is_right(body: bytes, kind: str) -> bool:
    """Say whether an answer is the one that is expected: its `bytes`, the same as `json`, or STS' own."""
    if kind == "bytes":
        return body == BODY
    if kind == "json":
        return bool(json.decode(body) == json.decode(BODY))
    return b"<GetCallerIdentityResult>" in body
