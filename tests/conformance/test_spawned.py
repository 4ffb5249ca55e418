"""Processes that speak the protocol badly: none hangs the harness, disturbs the next case, or is left behind."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from threading import Timer
from typing import Any, cast

import pytest

from mockex.conformance import protocol
from mockex.conformance.case import Ask
from mockex.conformance.piped import KEPT_BYTES
from mockex.conformance.protocol import AdapterError
from mockex.conformance.run import FEATURES, Told, ToldError
from mockex.conformance.spawned import Spawned
from mockex.errors import MockexError
from mockex.fuzzing import Target

ADAPTER = """
import json, os, subprocess, sys, time
ABOUT = {"protocol": 1, "name": "bad", "version": "2", "features": ["loan", "HMAC"]}
def say(**answer):
    print(json.dumps(answer), flush=True)
def told(question):
    say(id=question["id"], told=[{"value": ask["what"]} for ask in question["asks"]])
def opened(question):
    say(id=question["id"])
def closed(question):
    say(id=question["id"])
def hello(question):
    say(id=question["id"], **ABOUT)
{BAD}
for line in sys.stdin:
    question = json.loads(line)
    {"hello": hello, "open": opened, "ask": told, "close": closed}[question["do"]](question)
"""
LOAN = [Ask()]
FILE = "mockex-never-there"


class Stand(Target):
    """What a client is opened with, of an exchange that nobody asks."""

    def __init__(self) -> None:
        self.url, self.api_key, self.secret, self.private_key = "http://127.0.0.1:1", "key", "s3cret", None
        self.key_type, self.recv_window_ms, self.ca_file = "HMAC", None, None


@contextmanager
def spawned(bad: str, real_s: float = 30.0) -> Iterator[Spawned]:
    """Start an adapter that does one thing otherwise."""
    with Spawned([sys.executable, "-S", "-c", ADAPTER.replace("{BAD}", bad)], real_s=real_s) as client:
        yield client


def asked(client: Spawned, asks: list[Ask] = LOAN) -> tuple[list[Told], list[str]]:
    """Open an instance, ask it, close it; gives what it told and what was shown."""
    assert client.open(Stand()) == Told()
    try:
        told = client.ask(asks)
    finally:
        shown = client.close()
    return told, shown


def error_of(told: list[Told]) -> ToldError:
    """Give the only error."""
    (one,) = told
    assert one.error is not None
    return one.error


def test_who_speaks_is_told() -> None:
    """Name, version and features are those that the adapter gives."""
    with spawned("") as client:
        assert (client.name, client.version, client.features) == ("bad", "2", frozenset({"loan", "HMAC"}))


def test_what_is_asked_together_is_told_in_order() -> None:
    """Each has an answer of its own."""
    with spawned("") as client:
        told, _ = asked(client, [Ask(), Ask(what="records")])
    assert [one.value for one in told] == ["loan", "records"]


def test_lines_that_answer_nothing_are_shown() -> None:
    """Whatever a client prints to stdout disturbs nothing, though it looks like JSON, or like the answer to another."""
    bad = """
def told(question):
    for line in ("hello", "[1]", '{"id": 0, "told": []}', '{"id": "x"}', '{"id": true}', "{broken", "", "\\u00e9"):
        print(line, flush=True)
    say(id=question["id"], told=[{"value": 1}])
"""
    with spawned(bad) as client:
        told, shown = asked(client)
    assert told == [Told(value=1)]
    assert shown[-8:] == ["hello", "[1]", '{"id": 0, "told": []}', '{"id": "x"}', '{"id": true}', "{broken", "", "é"]


def test_what_an_instance_wrote_to_stderr_is_its_own() -> None:
    """All of it is there when the instance is closed, and nothing of it at the next."""
    bad = """
def told(question):
    sys.stderr.write("secret of " + str(question["id"]) + "\\n" + "x" * 50_000 + "\\n")
    say(id=question["id"], told=[{"value": 1}])
def closed(question):
    sys.stderr.write("closed\\n")
    say(id=question["id"])
"""
    with spawned(bad) as client:
        for number in (3, 6, 9):
            _, shown = asked(client)
            assert [line for line in shown[2:] if "x" not in line] == [f"secret of {number}", "closed"]


def test_command_line_of_a_process_is_shown() -> None:
    """What anybody on the machine can see, also of what the process has started."""
    bad = """
def opened(question):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "--secret=s3cret"])
    say(id=question["id"])
"""
    with spawned(bad) as client:
        _, shown = asked(client)
    assert Path("/proc").is_dir() is any(line.rstrip().endswith("--secret=s3cret") for line in shown)


@pytest.mark.parametrize("bytes_", [KEPT_BYTES * 3, 1_000_000])
@pytest.mark.parametrize("pipe", ["stdout", "stderr"])
def test_flood_neither_hangs_nor_is_kept(pipe: str, bytes_: int) -> None:
    """A client that prints more than any pipe holds is answered for, and a bounded part is kept: the last."""
    bad = f"""
def told(question):
    for _ in range({bytes_} // 1_000):
        sys.{pipe}.write("y" * 999 + "\\n")
    sys.{pipe}.write("the last\\n")
    say(id=question["id"], told=[{{"value": 1}}])
"""
    with spawned(bad) as client:
        told, shown = asked(client)
    assert told == [Told(value=1)]
    assert shown[-1] == "the last"
    assert min(bytes_, KEPT_BYTES) - 1_000 < len("".join(shown)) < 2 * KEPT_BYTES + 100_000


def test_question_of_any_size_is_written_while_answers_are_read() -> None:
    """Nobody waits for the other: the question is larger than a pipe, and so is what is printed before it is read."""
    bad = """
def opened(question):
    say(id=question["id"])
    print("z" * 1_000_000, flush=True)
def told(question):
    say(id=question["id"], told=[{"value": len(question["asks"][0]["parameters"]["note"])}])
"""
    with spawned(bad) as client:
        told, _ = asked(client, [Ask(what="records", parameters={"note": "n" * 1_000_000})])
    assert told == [Told(value=1_000_000)]


def test_question_that_is_not_read_is_given_up() -> None:
    """A process that reads nothing more is ended in time, though what it is asked fits in no pipe."""
    bad = """
def opened(question):
    say(id=question["id"])
    time.sleep(60)
"""
    with spawned(bad, real_s=0.3) as client:
        told, _ = asked(client, [Ask(what="records", parameters={"note": "n" * 1_000_000})])
    assert error_of(told).is_endless


def test_endless_call_is_given_up_and_the_next_instance_is_another_process() -> None:
    """Nothing of the one that was given up is left: not its late answer, not its children, not its words."""
    bad = """
def told(question):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print(child.pid, os.getpid(), file=sys.stderr, flush=True)
    time.sleep(60)
"""
    with spawned(bad, real_s=1.0) as client:
        told, shown = asked(client)
        error = error_of(told)
        assert (error.type, error.text, error.is_endless) == ("endless", "it had not ended within 1 s", True)
        pids = [int(pid) for pid in shown[-1].split()]
        assert client.open(Stand()) == Told()
        until_s = time.monotonic() + 20  # one that was killed may still be about to end
        while {*map(str, pids)} & {*shown_pids()} and time.monotonic() < until_s:
            time.sleep(0.02)
        assert not {*map(str, pids)} & {*shown_pids()}
        assert str(pids[0]) not in client.close()


def shown_pids() -> list[str]:
    """Name the processes that run, or that nobody has waited for, but for those that the system itself is to."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            if not (state[0] == "Z" and int(state[1]) != os.getpid()):
                found.append(folder.name)
    return found


def test_late_answer_is_not_taken_for_the_next() -> None:
    """An answer to an earlier question is dropped."""
    bad = """
def told(question):
    say(id=question["id"] - 1, told=[{"value": "late"}])
    say(id=question["id"], told=[{"value": "now"}])
    say(id=question["id"], told=[{"value": "twice"}])
"""
    with spawned(bad) as client:
        for _ in range(3):
            assert asked(client)[0] == [Told(value="now")]


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ("raise KeyError('amount')", "its process ended with exit code 1: KeyError: 'amount'"),
        ("sys.exit(7)", "its process ended with exit code 7"),
        ("os.abort()", "its process ended by signal 6"),
        ("os.close(1); time.sleep(60)", "its process was killed, or closed its stdout"),
    ],
)
def test_process_that_ends_is_an_error_of_its_client(act: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how it ended and what it wrote last; the next instance is another process."""
    monkeypatch.setattr("mockex.conformance.spawned.LOST_S", 0.5)
    with spawned(f"def told(question):\n    {act}") as client:
        error = error_of(asked(client)[0])
        assert (error.type, error.own, error.is_lost, error.text) == ("lost", False, True, text)
        assert client.open(Stand()) == Told()


def test_answer_before_the_end_counts() -> None:
    """A process that answers and ends has answered, though it did not end the line; the next instance finds another."""
    bad = """
def told(question):
    print(json.dumps({"id": question["id"], "told": [{"value": os.getpid()}]}), end="", flush=True)
    os._exit(0)
"""
    with spawned(bad) as client:
        first, second = (asked(client)[0][0].value for _ in range(2))
    assert first != second


def test_process_that_ends_between_questions_is_lost() -> None:
    """Every further question to the instance says so."""
    bad = """
def opened(question):
    say(id=question["id"])
    os._exit(3)
"""
    with spawned(bad) as client:
        client.open(Stand())
        assert [error_of(client.ask(LOAN)).text for _ in range(2)] == [
            "its process ended with exit code 3",
            "its process had ended before",
        ]
        assert client.close()


def test_numbers_keep_their_digits() -> None:
    """However long they are; those that are none are given as such, and half a character as its escape."""
    told = """{"told": [{"value": [1.10264488000000000000000001, 9007199254740993, 1e400, NaN, -Infinity, LONG,
        1e99999999999999999999, "\\\\ud800", "\\\\ud83d\\\\ude00", {"\\\\udfff": 1}]}], "id": %d}"""
    told = told.replace("\n", "").replace("LONG", "7" * 5_000)
    with spawned(f'def told(question):\n    print("""{told}""" % question["id"], flush=True)') as client:
        ((one,), _) = asked(client)
    assert repr(one.value) == repr(
        [
            Decimal("1.10264488000000000000000001"),
            9007199254740993,
            Decimal("1E+400"),
            Decimal("NaN"),
            Decimal("-Infinity"),
            Decimal("7" * 5_000),
            "1e99999999999999999999",
            "\\ud800",
            "😀",
            {"\\udfff": 1},
        ]
    )


def test_error_is_told_as_it_is_given() -> None:
    """Code, status and time to wait, a fraction of a second too."""
    bad = """
def told(question):
    error = {"type": "E", "own": True, "code": -1003, "status": 429, "retry_after_s": 1.5, "text": "a\\nb"}
    say(id=question["id"], told=[{"error": error, "used_weight": {"X-MBX-USED-WEIGHT-1M": 5}}])
"""
    with spawned(bad) as client:
        told, _ = asked(client)
    error = ToldError(type="E", own=True, code=-1003, status=429, retry_after_s=1.5, text="a\nb")
    assert told == [Told(error=error, used_weight={"X-MBX-USED-WEIGHT-1M": 5})]


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        ('"told": []', "was asked 1 things, and told 0"),
        ('"told": [{"valeu": 1}]', "unknown field `valeu`"),
        ('"told": [{"error": "no"}]', "Expected `object | null`, got `str`"),
        ('"told": [{"error": {"type": "E", "retry_after_s": "5"}}]', "got `str`"),
        ("", "missing required field `told`"),
        ('"told": [{"value": undefined}]', "an answer that is no JSON"),
    ],
)
def test_answer_that_the_protocol_does_not_know_is_the_adapters_fault(answer: str, mistake: str) -> None:
    """It is no error of the client, and the next instance is another process."""
    bad = f"def told(question):\n    print('{{\"id\": %d, {answer}}}' % question['id'], flush=True)"
    with spawned(bad.replace(", }", "}")) as client:
        assert client.open(Stand()) == Told()
        with pytest.raises(AdapterError, match=mistake.replace("|", r"\|")):
            client.ask(LOAN)
        assert client.close()
        assert client.open(Stand()) == Told()


def test_answer_that_is_too_deep_is_an_error_of_its_client() -> None:
    """Which let it through; the next instance is another process."""
    nested = (
        """print('{"id": %d, "told": [{"value": ' % question["id"] + "[" * 99_999 + "]" * 99_999 + "}]}", flush=True)"""
    )
    with spawned(f"def told(question):\n    {nested}") as client:
        error = error_of(asked(client)[0])
        assert (error.type, error.own) == ("unreadable", False)
        assert error.text == "what it gave is nested deeper than can be read"
        assert client.open(Stand()) == Told()


def test_line_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No memory is filled with it."""
    monkeypatch.setattr("mockex.conformance.piped.MAX_LINE_BYTES", 1 << 20)
    with spawned('def told(question):\n    while True: sys.stdout.write("x" * 9999)') as client:
        client.open(Stand())
        with pytest.raises(AdapterError, match="a line of more than"):
            client.ask(LOAN)


@pytest.mark.parametrize(
    ("about", "mistake"),
    [
        ('"protocol": 2, "name": "n", "features": []', "speaks protocol 2, and this mockex 1"),
        (
            '"protocol": 1, "name": "n", "features": ["loan", "fly"]',
            "claims fly, which is no feature; there are loan, records",
        ),
        (
            '"protocol": 1, "name": "n", "features": ["clock"]',
            "claims clock, which is no feature; there are loan, records",
        ),
        ('"protocol": 1, "features": []', "missing required field `name`"),
    ],
)
def test_adapter_that_introduces_itself_wrongly_is_told_so(about: str, mistake: str) -> None:
    """In one sentence, and its process is ended."""
    code = f"print('{{\"id\": 1, {about}}}', flush=True); input(); input()"
    client = Spawned([sys.executable, "-S", "-c", code])
    with pytest.raises(AdapterError, match=mistake):
        client.__enter__()
    assert cast("Any", client)._piped is None


@pytest.mark.parametrize(
    ("command", "mistake"),
    [
        ([FILE], f"{FILE}: No such file or directory"),
        (
            [sys.executable, "-S", "-c", "1/0"],
            r"says no hello: its process ended with exit code 1\n(.|\n)*  ZeroDivisionError",
        ),
    ],
)
def test_adapter_that_does_not_start_is_told(command: list[str], mistake: str) -> None:
    """With the last that it wrote."""
    with pytest.raises(MockexError, match=mistake) as told, Spawned(command):
        pass
    assert isinstance(told.value, AdapterError) is (command != [FILE])  # which is no adapter at all


def test_adapter_that_does_not_start_again_is_the_adapters_fault(tmp_path: Path) -> None:
    """The other cases go on; no exception of another kind ends the run."""
    mark = tmp_path / "started"
    bad = f"""
if os.path.exists({str(mark)!r}): sys.exit(9)
open({str(mark)!r}, "w").close()
def told(question):
    sys.exit(1)
"""
    with spawned(bad) as client:
        asked(client)
        with pytest.raises(AdapterError, match="exit code 9"):
            client.open(Stand())
        with pytest.raises(AdapterError, match="exit code 9"):
            client.open(Stand())


def test_stopping_ends_what_is_waited_for() -> None:
    """From another thread: the question is lost at once, and no other process is started."""
    with spawned("def told(question):\n    time.sleep(60)") as client:
        client.open(Stand())
        timer = Timer(0.1, client.stop)
        timer.start()
        assert error_of(client.ask(LOAN)).text == "its process was killed, or closed its stdout"
        timer.join()
        with pytest.raises(AdapterError, match="the adapter was stopped"):
            client.open(Stand())


def test_ending_is_not_waited_for() -> None:
    """A process that does not want to end is ended, and so is what it has started and left behind."""
    bad = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def opened(question):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print(child.pid, file=sys.stderr, flush=True)
    say(id=question["id"])
"""
    began_s = time.monotonic()
    with spawned(bad) as client:
        client.open(Stand())
        pid = client.close()[-1]
        assert pid in shown_pids()
    while pid in shown_pids() and time.monotonic() - began_s < 20:
        os.sched_yield()
    assert pid not in shown_pids()


def test_no_pipe_is_left_open() -> None:
    """However a process ended."""
    before = sorted(Path("/proc/self/fd").iterdir())
    for act in ("pass", "time.sleep(60)", "os._exit(1)"):
        with spawned(f"def told(question):\n    {act}", real_s=0.2) as client:
            client.open(Stand())
            client.ask(LOAN)
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_every_feature_but_the_clock_is_offered() -> None:
    """A process cannot take its time from another."""
    assert {*protocol.OFFERED, "clock"} == FEATURES.keys()
