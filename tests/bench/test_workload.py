"""What servers are asked is right, and told from what is not."""

from msgspec import json

from tests.bench.inside.calls import exchange_of, ordinary
from tests.bench.workload import BODY, CALLS, is_right, signed_calls


def test_every_call_is_answered_with_the_documented_bytes() -> None:
    """All of them, by an exchange of the benchmark's scenario, as often as they are asked."""
    exchange, requests = exchange_of(), ordinary()
    replies = [exchange.handle(request) for request in requests * 2]
    assert len(replies) == 2 * CALLS
    assert {(reply.status, reply.body) for reply in replies} == {(200, BODY)}
    assert len(BODY) > 100


def test_no_two_calls_are_the_same() -> None:
    """So that nobody answers from what was verified before."""
    assert len(set(signed_calls().targets)) == CALLS


def test_calls_are_written_as_http() -> None:
    """With the key; and with `Connection: close` where each is to have a connection of its own."""
    kept, closing = (signed_calls(count=1).requests(keep_alive=it)[0] for it in (True, False))
    assert kept.startswith(b"GET /papi/v1/portfolio/negative-balance-exchange-record?startTime=")
    assert kept.endswith(b"\r\n\r\n")
    assert b"\r\nX-MBX-APIKEY: vmPU" in kept
    assert closing == kept[:-2] + b"Connection: close\r\n\r\n"


def test_a_wrong_answer_is_told_from_the_right_one() -> None:
    """By its bytes; of who writes JSON in its own way, by what it says; of moto, by its element."""
    indented = json.format(BODY, indent=2)
    assert is_right(BODY, "bytes")
    assert not is_right(indented, "bytes")
    assert is_right(indented, "json")
    assert not is_right(BODY.replace(b"18", b"19"), "json")
    assert not is_right(BODY, "own")
    assert is_right(b"<GetCallerIdentityResponse><GetCallerIdentityResult>", "own")
