"""The options of the tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--run-clients`: without it, tests/clients is not collected."""
    parser.addoption(
        "--run-clients", action="store_true", help="run published clients, each in an environment of its own"
    )
