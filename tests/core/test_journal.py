"""The journal: bounded however much is asked, whole in what it tells, and silent of signatures and secrets."""

import gc
import json
import re
import shlex
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs, to_builtins

from mockex import scenarios
from mockex.core.bounds import JOURNAL_LENGTH, MAX_KEPT_BYTES
from mockex.core.clock import iso
from mockex.core.doctor import diagnose_entry
from mockex.core.effects import Documented
from mockex.core.exchange import Exchange
from mockex.core.faults import Fault
from mockex.core.journal import Entry, Following, Journal
from mockex.core.masking import signatures
from mockex.core.telling import as_curl, as_har, code_of, timing, told
from mockex.core.wire import Delivery, Reply, Request, lines_of
from mockex.endpoints import CATALOGUE
from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.signer import Signer
from tests import alice
from tests.alice import ALICE, NOW_MS, SAPI_PATH, exchange, query_of, request
from tests.worldly import ask, exchange_of, signed

URL = "http://127.0.0.1:1"
SECRET = ALICE.secret
ED25519 = scenarios.read("documented").accounts[0].keys[2]


def written(call: Request, live: Exchange | None = None) -> Entry:
    """Ask, and give what the journal has of it."""
    live = live or exchange()
    live.handle(call)
    return live.world.journal.entries[-1]


def entry(seq: int = 1, *, body: bytes = b"", answer: bytes = b"{}", headers: Any = ()) -> Entry:
    """Make an entry by hand."""
    call = Request(method="GET", target="/x", received_at_ms=0, body=body, lines=lines_of(headers))
    return Entry(seq, NOW_MS, call, None, "SAPI", None, None, None, (), Reply(200, {}, answer))


# What is kept.


def test_a_million_calls_do_not_grow_the_process() -> None:
    """The ring keeps the last thousand; after it is full the memory that is held stays what it was."""
    journal = Journal()
    call = entry()
    for seq in range(1, 990_001):
        journal.write(call if seq < 989_000 else structs.replace(call, seq=seq))
    tracemalloc.start()
    for seq in range(990_001, 1_000_001):
        journal.write(structs.replace(call, seq=seq))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(journal.entries) == JOURNAL_LENGTH
    assert (journal.entries[0].seq, journal.written) == (999_001, 1_000_000)
    assert grown < 2_000 * JOURNAL_LENGTH


def test_the_oldest_falls_out() -> None:
    """A ring of three tells of the last three, whose numbers go on."""
    live = exchange()
    live.world.journal = Journal(3)
    for _ in range(5):
        live.handle(request())
    assert [one.seq for one in live.world.journal] == [3, 4, 5]


def test_a_long_answer_is_kept_in_part_and_told_with_its_length() -> None:
    """Of 50,000 rows the journal keeps 16 KiB, and says how much there was; the client hears all of it."""
    rows = tuple(Record(NOW_MS, NOW_MS, (Detail("ETH", number, 0),)) for number in range(50_000))
    live = exchange({"uid": 1, "keys": (ALICE,), "records": rows})
    reply = live.handle(request())
    assert reply.body.count(b"ETH") == 50_000
    about = told(live.world.journal.entries[-1])
    assert about["answer_bytes"] == len(reply.body) > 2_000_000
    assert about["answer"].encode() == reply.body[:MAX_KEPT_BYTES]
    assert len(live.world.journal.entries[-1].reply.body) == MAX_KEPT_BYTES
    (har,) = as_har(live.world.journal, URL, "1")["log"]["entries"]
    assert har["response"]["bodySize"] == har["response"]["content"]["size"] == len(reply.body)


def test_a_long_body_and_many_headers_are_kept_in_part() -> None:
    """A mebibyte that is sent is kept in 16 KiB and told with its length; so are headers that fill one."""
    journal = Journal()
    header = (b"X-Long", b"h" * 8_000)
    journal.write(entry(body=b"b" * (1 << 20), headers=(header,) * 128))
    (kept,) = journal
    assert (len(kept.request.body), kept.asked_bytes, told(kept)["body_bytes"]) == (MAX_KEPT_BYTES, 1 << 20, 1 << 20)
    assert kept.request.headers == (header,) * 2
    assert (kept.answered_bytes, told(kept)["answer_bytes"]) == (2, 2)


def test_many_headers_alone_are_kept_in_part() -> None:
    """Each is short, and there is no body; together they are more than is kept of a request."""
    journal = Journal()
    header = (b"X-Short", b"h" * 89)  # 100 bytes as a line
    journal.write(entry(headers=(header,) * 164))
    assert journal.entries[0].request.headers == (header,) * (MAX_KEPT_BYTES // 100)


def test_the_collector_of_garbage_has_nothing_to_do_with_entries() -> None:
    """A call leaves nothing behind that it would have to look at: it would look all the more often."""
    assert not gc.is_tracked(written(request()))


def test_what_is_short_is_kept_as_it_is() -> None:
    """Up to the limit itself nothing is cut."""
    journal = Journal()
    short = entry(
        body=b"b" * MAX_KEPT_BYTES, answer=b"a" * MAX_KEPT_BYTES, headers=((b"A", b"b" * (MAX_KEPT_BYTES - 5)),)
    )
    journal.write(short)
    assert journal.entries[0] is short


def test_a_script_of_a_long_answer_is_not_kept() -> None:
    """What a fault has put on the wire instead of a long answer would keep it whole a second time."""
    journal = Journal()
    long = entry(answer=b"a" * (MAX_KEPT_BYTES + 1))
    journal.write(structs.replace(long, reply=structs.replace(long.reply, delivery=Delivery(script=(b"a" * 99_999,)))))
    assert journal.entries[0].reply.delivery is None


# Who listens.


def test_listeners_hear_every_entry_and_the_end() -> None:
    """Also one that takes itself off while it listens; no more is heard after None."""
    journal, heard = Journal(), []

    def once(one: Entry | None) -> None:
        heard.append(one)
        journal.listeners.remove(once)

    journal.listeners += [once, heard.append]
    first, second = entry(1), entry(2)
    journal.write(first)
    journal.write(second)
    journal.end()
    assert heard == [first, first, second, None]


def test_a_slow_follower_hears_in_its_place_how_much_was_lost() -> None:
    """What is too much is counted where it would have stood, and the end comes after all."""
    woken: list[bool] = []
    following = Following(lambda: woken.append(True), length=2)
    for seq in (1, 2, 3, 4, 5):
        following.hear(entry(seq))
    following.waiting.popleft()
    following.waiting.popleft()
    for seq in (6, 7):
        following.hear(entry(seq))
    following.hear(None)
    assert [one.seq if isinstance(one, Entry) else one for one in following.waiting] == [3, 6, 1, None]
    assert len(woken) == 8


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_no_follower_loses_count(steps: list[bool], length: int) -> None:
    """However calls and readings alternate, what was told and what was lost are all calls, in their order."""
    following = Following(lambda: None, length)
    seq, next_seq = 0, 1
    for is_call in steps:
        if is_call:
            seq += 1
            following.hear(entry(seq))
            assert len(following.waiting) <= length + 1
        elif following.waiting:
            one = following.waiting.popleft()
            assert isinstance(one, int) or (isinstance(one, Entry) and one.seq == next_seq)
            next_seq += one if isinstance(one, int) else 1
    rest = sum(one if isinstance(one, int) else 1 for one in following.waiting)
    assert next_seq + rest == seq + 1


# What is told.


def test_a_call_is_told_with_all_that_came_of_it() -> None:
    """Asked, answered, charged, and every check's verdict, in the gateway's order."""
    live = exchange()
    call = structs.replace(request(timestamp=NOW_MS - 9_000), lines=b"Accept: */*\r\nX-Odd: \xff\r\n")
    one = written(call, live)
    route = CATALOGUE.routes[call.target.partition("?")[0]]["GET"]
    about = told(one, route.steps)
    checks = about.pop("checks")
    assert about["target"] == call.target[:-56] + "…"
    answer, headers = live.handle(call).body.decode(), dict(one.reply.headers)
    rest = {name: value for name, value in about.items() if name not in ("target", "api_key")}
    assert rest == {
        "seq": 1,
        "at_ms": NOW_MS,
        "at": iso(NOW_MS),
        "ip": alice.IP,
        "method": "GET",
        "body": "",
        "body_bytes": 0,
        "gateway": "PAPI",
        "endpoint": "negative_balance_exchange_record",
        "uid": 1,
        "status": 400,
        "code": -1021,
        "refused_by": "timestamp_is_late",
        "tally": {"used": 100, "limit": 6000, "retry_after_s": 0, "banned_until_ms": 0},
        "faults": [],
        "request_headers": [("Accept", "*/*"), ("X-Odd", "�")],
        "headers": headers,
        "answer": answer,
        "answer_bytes": len(answer),
    }
    assert [*checks] == [step.name for step in route.steps]
    verdicts = [*checks.values()]
    place = verdicts.index("refused")
    assert [*checks][place] == "timestamp_is_late"
    assert set(verdicts[:place]) == {"passed"}
    assert set(verdicts[place + 1 :]) == {"not asked"}


def test_the_checks_of_an_admitted_call_and_of_one_stopped_at_the_edge() -> None:
    """All have passed the one; none was asked of the other, because nothing was charged and nothing refused."""
    steps = CATALOGUE.routes[SAPI_PATH]["GET"].steps
    admitted = written(request("SAPI"))
    assert set(told(admitted, steps)["checks"].values()) == {"passed"}
    stopped = structs.replace(admitted, tally=None, faults=("f1",), reply=Reply(503, {}, b""))
    assert set(told(stopped, steps)["checks"].values()) == {"not asked"}


def test_a_fault_that_struck_is_named() -> None:
    """Next to the answer that the fault gave."""
    live = exchange()
    live.world.arm(Fault(effect=Documented("overloaded"), name="storm"))
    about = told(written(request(), live))
    assert (about["faults"], about["status"], about["code"]) == (["storm"], 503, -1008)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"code":-1003,"msg":""}', -1003),
        (b'{"code":"-1003"}', None),
        (b'{"code":', None),
        (b'{"code":' + b"[" * 16_000, None),
        (b'{"msg":"x","code":-1}', None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_the_code_of_an_answer(body: bytes, code: int | None) -> None:
    """It is that of the envelope; whatever else a fault made of the answer has none."""
    assert code_of(entry(answer=body)) == code


def test_timing_is_told_apart() -> None:
    """Two runs of the same calls are told in the same words; only the timing differs."""
    lives = [Exchange(CATALOGUE, exchange().world, iter(range(0, 10**9, 7_000 * n)).__next__) for n in (1, 2)]
    calls = [request(), request("SAPI"), request(api_key="x"), structs.replace(request(), target="/sapi/é")]
    for live in lives:
        for call in calls:
            live.handle(call)
    tellings = [[told(one) for one in live.world.journal] for live in lives]
    assert tellings[0] == tellings[1]
    assert [timing(one)["took_us"] for one in lives[1].world.journal] == [14, 14, 14, 14]


# What is not told.


def base64_of(call_query: str) -> str:
    """Sign with the Ed25519 key of `documented`, as base64 that holds a plus, a slash or an equals sign."""
    return Signer.of(ED25519).signature(call_query)


def hidden_in(call: Request, *whole: str, secrets: tuple[str, ...] = ()) -> None:
    """See that none of these texts is in anything that is told of a call, and that it can be told at all."""
    live = exchange()
    one = written(call, live)
    steps = CATALOGUE.gateways[0].steps
    tellings = [told(one, steps, secrets), as_curl(one, URL, secrets), as_har([one], URL, "1", secrets)]
    tellings.append(to_builtins(diagnose_entry(one, live.world)))
    for telling in tellings:
        text = json.dumps(telling, ensure_ascii=False)
        for word in whole:
            assert word not in text
            assert quote(word, safe="") not in text
            assert json.dumps(word)[1:-1] not in text


HEX = "0123456789abcdef" * 4
BASE64 = "YWJj/GRl+Zmd" * 7 + "/a+w=="
SPELLINGS = [
    "signature={}",
    "a=1&signature={}&b=2",
    "signature={}&signature={}",
    "s%69gnature={}",
    "%73%69%67%6e%61%74%75%72%65={}",
    "s%2569gnature={}",
    "Signature={}",
    "SiGnAtUrE={}",
    "?signature={}",
    "a=1&signature%3D{}",
    "a=1%26signature%3D{}",
    "a=1%2526s%69gnature%253D{}",
    "a=1;signature={}",
    "a=1#signature={}",
    "a=signature:{}",
    "mysignature={}",
    "signature=={}",
    "%20signature={}",
    "signature[]={}",
    "sign=1&signature[0]={}",
]


def forms(signature: str) -> list[str]:
    """Spell a signature as it is, as it must be sent, in lower-case escapes, and escaped twice."""
    once = quote(signature, safe="")
    lower = re.sub("%..", lambda match: match[0].lower(), once)
    return [signature, once, lower, quote(once, safe="")]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("signature", [HEX, HEX.upper(), BASE64], ids=["hex", "HEX", "base64"])
def test_no_whole_signature_is_told(spelling: str, signature: str) -> None:
    """However its parameter is spelled and wherever it stands: in the query, the body, a header, the path."""
    for form in forms(signature):
        sent = spelling.replace("{}", form)
        call = structs.replace(request(), target=f"/sapi/v1/x?{sent}")
        for one in (
            call,
            structs.replace(call, target=f"/sapi/v1/x&{sent}"),
            structs.replace(call, target="/papi/v1/x", body=sent.encode(), method="POST"),
            structs.replace(call, target="/x", lines=f"Referer: http://127.0.0.1/?{sent}\r\n".encode()),
        ):
            hidden_in(one, signature, form)


@pytest.mark.parametrize(
    "body",
    ['{"signature":"%s"}', '{"signature": "%s", "a": 1}', '------x\r\nname="signature"\r\n\r\n%s\r\n------x', "%s"],
)
def test_no_whole_signature_of_a_body_is_told(body: str) -> None:
    """Nor of JSON, of a form in parts, or of a body that is nothing but a digest."""
    hidden_in(structs.replace(request(), body=(body % HEX).encode()), HEX)
    if "signature" in body:
        hidden_in(structs.replace(request(), body=(body % BASE64).encode()), BASE64)


@pytest.mark.parametrize(
    "name", ["Authorization", "Cookie", "X-Signature", "X-MBX-SECRET", "Proxy-Authorization", "Api-Token"]
)
def test_headers_of_credentials_are_not_told(name: str) -> None:
    """Their names are, their values are not."""
    call = structs.replace(request(), lines=f"{name}: abc\r\n".encode())
    assert told(written(call))["request_headers"] == [(name, "…")]
    hidden_in(structs.replace(call, lines=f"{name}: {HEX}\r\n".encode()), HEX)


def test_a_signature_is_cut_so_that_it_can_be_recognised() -> None:
    """Eight characters stay; and a word that is no longer than that is no signature."""
    target = request().target
    signature = target[-64:]
    assert told(written(request()))["target"] == target.replace(signature, f"{signature[:8]}…")
    assert told(written(request(signature="bad")))["target"].endswith(f"&signature=bad&signature={signature_of('bad')}")


def signature_of(sent: str) -> str:
    """Give the cut signature of a request that has a parameter of that name already."""
    return request(signature=sent).target.rpartition("=")[2][:8] + "…"


def test_the_key_is_told_even_where_it_looks_like_a_digest() -> None:
    """A fresh key is 64 hex digits, and who reads a journal needs it."""
    live = exchange_of()
    world = live.worlds.open(live.world.scenario, CATALOGUE, NOW_MS, fresh_keys=True)
    live.handle(structs.replace(signed(world), lines=f"X-MBX-APIKEY: {next(iter(world.keys))}\r\n".encode()))
    about = told(world.journal.entries[-1], (), world.secrets)
    (api_key,) = world.keys
    assert (about["api_key"], about["request_headers"]) == (api_key, [("X-MBX-APIKEY", api_key)])


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": SECRET},
        {"target": f"/x?secret={quote(SECRET)}"},
        {"target": f"/x?secret={SECRET.replace(' ', '+')}"},
        {"target": f"/{quote(SECRET)}/x"},
        {"body": SECRET.encode()},
        {"lines": f"X-My: {SECRET}\r\n".encode()},
        {"ip": "192.0.2.9", "target": f"/x?a={quote(quote(SECRET))}"},
    ],
)
def test_a_secret_is_not_told(changes: dict[str, Any]) -> None:
    """Sent by mistake as the key, as a parameter, in the path, the body or a header, it shows as dots."""
    world = exchange().world
    assert world.secrets == (SECRET,)
    hidden_in(structs.replace(request(), **changes), SECRET, secrets=world.secrets)


def test_no_line_of_a_private_key_is_told() -> None:
    """A key that is given inline is a secret in each of its lines."""
    lines = ("MC4CAQAwBQYDK2VwBCIEIHRoaXMgaXMgbm8ga2V5IG9mIGFu", "eW9uZSwgb25seSBhIGxpbmU=")
    pem = "\n".join(("-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""))
    world = exchange({"uid": 1, "keys": (structs.replace(ED25519, private_key_file=None, private_key=pem),)}).world
    assert world.secrets == lines
    for sent in (pem.encode(), quote(pem).encode()):
        one = written(structs.replace(request(), body=sent, method="POST"))
        text = json.dumps([told(one, (), lines), as_curl(one, URL, lines), as_har([one], URL, "1", lines)])
        assert not [line for line in lines if line in text or quote(line) in text]


def test_a_signature_that_the_answer_quotes_is_not_told() -> None:
    """The 404 of a gateway quotes the path; a question mark that was forgotten makes the query a part of it."""
    call = structs.replace(request(), target=f"/sapi/v1/x&signature={HEX}")
    quoting = Reply(404, {"Location": f"/y&signature={HEX}"}, f'{{"path":"/sapi/v1/x&signature={HEX}"}}'.encode())
    one = structs.replace(written(call), reply=quoting)
    for telling in (told(one), as_har([one], URL, "1")):
        assert HEX not in json.dumps(telling)


raw = st.text(
    st.characters(exclude_characters="\n\r", max_codepoint=0x2FF) | st.sampled_from("\udcff%&=+?"), max_size=30
)


@given(raw, raw, st.binary(max_size=30), raw)
def test_anything_at_all_can_be_told(query: str, path: str, body: bytes, api_key: str) -> None:
    """Whatever was sent: JSON, curl line and HAR are Unicode, and the search for signatures ends."""
    call = Request(
        method="GET",
        target=f"/{path}?{query}",
        received_at_ms=NOW_MS,
        body=body,
        api_key=api_key,
        lines=b"\xff: %b\r\n" % body,
    )
    one = written(call)
    for telling in (told(one, CATALOGUE.gateways[0].steps, (SECRET,)), as_curl(one, URL), as_har([one], URL, "1")):
        json.dumps(telling, ensure_ascii=False).encode()


@given(st.text("signature=&?%3D26;# \u00e9", max_size=40))
def test_the_search_for_signatures_is_total(text: str) -> None:
    """It finds texts, and never what is not there."""
    assert all(isinstance(word, str) for word in signatures(Request(method="GET", target=text, received_at_ms=0)))


# The curl line.


def signing_words(line: str) -> tuple[list[str], str, str]:
    """Take a curl line apart: its words, the URL before the signed query, and the query that is to be signed."""
    match = re.fullmatch(r'(.*) (\S+)"\$\(mockex sign -- (.*)\)"', line)
    assert match
    (url,), (unsigned,) = shlex.split(match[2]), shlex.split(match[3])
    return shlex.split(match[1]), url, unsigned


def test_a_curl_line_signs_anew() -> None:
    """Run by a shell with the secret in MOCKEX_SECRET it makes the very call again."""
    call = request()
    words, url, unsigned = signing_words(as_curl(written(call), URL))
    assert words == ["curl", "-g", "-i", "-H", f"X-MBX-APIKEY: {ALICE.api_key}"]
    again = url.removeprefix(URL) + Signer.of(ALICE).signed(unsigned)
    assert again == call.target
    assert exchange().handle(structs.replace(call, target=again)).status == 200


@pytest.mark.parametrize("unsigned", ["timestamp=1&a='b c'&c=$(d)`e`\"f\\", "-x=1", "", "a=%20+é&&b"])
def test_a_curl_line_is_quoted_for_the_shell(unsigned: str) -> None:
    """Nothing in a query is the shell's business, nor taken for an option."""
    call = structs.replace(request(), target=f"{SAPI_PATH}?{unsigned}&signature={HEX}")
    assert signing_words(as_curl(written(call), URL))[2] == unsigned


def test_a_curl_line_leaves_the_signature_out_wherever_it_stood() -> None:
    """First, in the middle, doubled, or with its name percent-encoded: what is signed is what the exchange signs."""
    for query in (f"signature={HEX}&a=1&b=2", f"a=1&s%69gnature={HEX}&b=2&signature={HEX}"):
        call = structs.replace(request(), target=f"{SAPI_PATH}?{query}")
        assert signing_words(as_curl(written(call), URL))[2] == "a=1&b=2"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"target": "/api/v3/time"}, f"curl -g -i {URL}/api/v3/time"),
        ({"target": "/api/v3/time?a=1&b=%27"}, f"curl -g -i '{URL}/api/v3/time?a=1&b=%27'"),
        ({"target": "/x", "method": "DELETE"}, f"curl -g -i -X DELETE {URL}/x"),
        ({"target": "/x", "method": "HEAD"}, f"curl -g -I {URL}/x"),
        ({"target": "/x", "body": b"a=1'"}, f"""curl -g -i -X GET --data-raw 'a=1'"'"'' {URL}/x"""),
        ({"target": "/x\0y"}, f"curl -g -i {URL}/xy"),
    ],
)
def test_a_curl_line_of_an_unsigned_call(changes: dict[str, Any], line: str) -> None:
    """It is the call as it was sent."""
    assert as_curl(written(structs.replace(request(), api_key=None, **changes)), URL) == line


# HAR.

TEXT, NUMBER, PAIRS = str, (int, float), [{"name": str, "value": str}]
HAR_ENTRY = {
    "startedDateTime": TEXT,
    "time": NUMBER,
    "cache": {},
    "timings": {"send": NUMBER, "wait": NUMBER, "receive": NUMBER},
    "_mockex": {"seq": NUMBER, "ip": TEXT, "refused_by": object, "faults": [TEXT]},
    "request": {
        "method": TEXT,
        "url": TEXT,
        "httpVersion": TEXT,
        "cookies": PAIRS,
        "headers": PAIRS,
        "queryString": PAIRS,
        "headersSize": NUMBER,
        "bodySize": NUMBER,
    },
    "response": {
        "status": NUMBER,
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": PAIRS,
        "headers": PAIRS,
        "content": {"size": NUMBER, "mimeType": TEXT, "text": TEXT},
        "redirectURL": TEXT,
        "headersSize": NUMBER,
        "bodySize": NUMBER,
    },
}
"""HAR 1.2 as http://www.softwareishard.com/blog/har-12-spec/ has it: what must be there, and of which type.

Names of one's own begin with an underscore.
"""


def misfits(value: Any, shape: Any, place: str = "") -> Iterator[str]:
    """Say where a value has not the shape that it must have."""
    if isinstance(shape, dict):
        if not isinstance(value, dict) or set(value) != set(shape):
            yield f"{place}: {value!r}"
            return
        for name, inner in shape.items():
            yield from misfits(value[name], inner, f"{place}.{name}")
    elif isinstance(shape, list):
        for number, one in enumerate(value):
            yield from misfits(one, shape[0], f"{place}[{number}]")
    elif not isinstance(value, shape):
        yield f"{place}: {value!r}"


def test_har_has_the_shape_that_its_specification_demands() -> None:
    """Every field is there and of its type; the query is told in pairs, the types of bodies by their headers."""
    live = exchange()
    for call in (
        structs.replace(request(), lines=b"Accept: */*\r\n"),
        structs.replace(request(), body=b"a=1&b", method="POST", lines=b"content-type: text/x\r\n"),
    ):
        live.handle(call)
    har = json.loads(json.dumps(as_har(live.world.journal, URL, "1.2.3")))
    assert (har["log"]["version"], har["log"]["creator"]) == ("1.2", {"name": "mockex", "version": "1.2.3"})
    assert har["log"]["entries"][1]["request"].pop("postData") == {"mimeType": "text/x", "params": [], "text": "a=1&b"}
    assert not list(misfits(har["log"]["entries"], [HAR_ENTRY]))
    first = har["log"]["entries"][0]
    assert first["request"]["url"].startswith(f"{URL}{alice.PAPI_PATH}?startTime=")
    assert [one["name"] for one in first["request"]["queryString"]] == [
        "startTime",
        "endTime",
        "timestamp",
        "signature",
    ]
    assert first["response"]["content"]["mimeType"] == "application/json"
    assert first["startedDateTime"] == iso(NOW_MS)


def test_base64_signatures_of_a_key_pair_are_hidden() -> None:
    """A real Ed25519 signature, percent-encoded as it must be, is told in its first characters alone."""
    live = exchange_of(scenarios.read("documented"))
    live.world.clock.set(NOW_MS, NOW_MS, 0.0)
    reply = ask(live, live.world, nth_key=2)
    assert reply.status == 200
    signature = base64_of(query_of({"timestamp": NOW_MS}))
    one = live.world.journal.entries[-1]
    assert quote(signature, safe="") in one.request.target
    text = json.dumps([told(one), as_curl(one, URL), as_har([one], URL, "1")])
    assert signature not in text
    assert quote(signature, safe="") not in text
    assert quote(signature, safe="")[:8] in text


def test_bodies_that_are_no_text_are_told() -> None:
    """Bytes that are no UTF-8 show as replacement characters, in whatever is told."""
    one = structs.replace(entry(body=b"\xff", headers=((b"\xfe", b"\xff"),)), reply=Reply(200, {"X": "é"}, b"\xff"))
    about = told(one)
    assert (about["body"], about["answer"], about["request_headers"]) == ("�", "�", [("�", "�")])
    assert about["headers"] == {"X": "é"}
