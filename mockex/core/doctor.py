"""Placeholder until the doctor is merged."""

from typing import Any


def diagnose(call: Any, earlier: Any = (), refused_by: str | None = None) -> list[Any]:
    return []
