"""The snippets of docs/how-to/point-your-client.md, each run in its client's environment."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mockex.testing import LiveExchange
from tests.clients.environments import PINS

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "point-your-client.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python client\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ON_LOOPBACK = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import driving; driving.stay_on_loopback()\n"
)


def test_the_page_names_the_versions_that_are_run() -> None:
    """What the page calls tried is what is installed."""
    for pin in (pin for pins in PINS.values() for pin in pins):
        name, _, version = pin.partition("==")
        assert f"`{name}` {version}" in PAGE


@pytest.mark.parametrize(("environment", "snippet"), list(zip(PINS, SNIPPETS, strict=True)), ids=PINS)
def test_a_snippet_prints_what_its_comments_say(
    exchange: LiveExchange,
    drive: Callable[..., subprocess.CompletedProcess[str]],
    environment: str,
    snippet: str,
) -> None:
    """A snippet runs as it stands, but for the port."""
    done = drive(environment, "-c", ON_LOOPBACK + snippet.replace("http://127.0.0.1:8090", exchange.url))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == re.findall(r"^print\(.*\)  # (.+)$", snippet, re.MULTILINE)
