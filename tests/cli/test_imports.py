"""What is heavy is imported where it is needed, and nowhere before."""

import subprocess
import sys

import pytest

from tests.cli.running import MOCKEX, ROOT, environment, serving, signed_get, signer_of

HEAVY = {
    *("_pytest", "cryptography", "faker", "hypothesis", "jinja2", "prometheus_client", "pytest", "schemathesis"),
    *("unittest", "yaml"),
}
"""What no server of a written-out scenario needs."""

ELSEWHERE = {
    "mockex.cli.scenarios",
    "mockex.cli.sign",
    "mockex.conformance",
    "mockex.core.doctor",
    "mockex.fuzzing",
    "mockex.openapi",
    "mockex.signer",
    "mockex.strategies",
    "mockex.synth",
    "mockex.testing",
}
"""Our own modules that `serve` has no use for."""


def imported(log: str) -> set[str]:
    """Read the names out of what `python -X importtime` logs."""
    lines = (line for line in log.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def with_parents(names: set[str]) -> set[str]:
    """Add to every module the packages that it is in."""
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}


def test_serve_imports_nothing_that_it_does_not_need() -> None:
    """A server that has started, and has verified an HMAC signature, has imported none of the heavy modules."""
    program = (sys.executable, "-X", "importtime", "-m", "mockex")
    with serving("--port", "0", "--json", program=program) as server:
        hello = server.hello()
        assert signed_get(hello["url"], signer_of(hello["keys"][0]))[0] == 200
        names = with_parents(imported(server.end().stderr))
    assert {"mockex.server.shell", "aiohttp", "msgspec"} <= names, "this test has gone blind"
    assert names & (HEAVY | ELSEWHERE) == set()


def test_key_that_needs_cryptography_brings_it_in() -> None:
    """The same log shows cryptography once an Ed25519 signature has come, so its absence before means something."""
    program = (sys.executable, "-X", "importtime", "-m", "mockex")
    with serving("--port", "0", "--json", program=program) as server:
        hello = server.hello()
        assert signed_get(hello["url"], signer_of(hello["keys"][2]))[0] == 200
        assert "cryptography" in with_parents(imported(server.end().stderr))


@pytest.mark.parametrize(
    ("arguments", "needless"),
    [
        (("-c", "import mockex"), {"aiohttp", "asyncio", "click", "msgspec", "cryptography", "faker"}),
        (("-c", "import mockex.testing"), {"click", "cryptography", "faker", "hypothesis", "pytest"}),
        ((*MOCKEX[-2:], "--version"), {"aiohttp", "asyncio", "msgspec", "cryptography", "faker"}),
        ((*MOCKEX[-2:], "serve", "--help"), {"aiohttp", "asyncio", "cryptography", "faker", "prometheus_client"}),
        ((*MOCKEX[-2:], "sign", "a=b"), {"aiohttp", "asyncio", "cryptography", "faker"}),
        ((*MOCKEX[-2:], "conformance", "-h"), {"aiohttp", "asyncio", "hypothesis", "jinja2", "msgspec"}),
        ((*MOCKEX[-2:], "scenarios"), {"aiohttp", "asyncio", "cryptography", "faker"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_nothing_needless_is_imported(arguments: tuple[str, ...], needless: set[str]) -> None:
    """Neither the package itself nor a command that opens no socket brings in what only a server needs."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment(),
        cwd=ROOT,
        check=True,
    )
    names = with_parents(imported(told.stderr))
    assert "mockex" in names, "this test has gone blind"
    assert names & needless == set()
