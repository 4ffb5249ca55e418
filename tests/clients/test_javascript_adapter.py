"""The adapter in JavaScript that `mockex conformance new-adapter` writes, run by Node."""

from pathlib import Path

import pytest

from tests.clients.environments import node
from tests.conformance.test_adapters import print_is_no_answer, run_as_written


def test_javascript_adapter_works_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own small client answers both questions, and its error tells code and status."""
    monkeypatch.chdir(tmp_path)
    run_as_written("javascript", node(), {"loan", "records", "HMAC", "parameters", "together"}, monkeypatch)


def test_javascript_adapter_gives_a_print_to_stderr(tmp_path: Path) -> None:
    """What a client prints does not get between the answers."""
    print_is_no_answer("javascript", node(), "console.log('hello');", tmp_path)
