"""Arrows between the rooms point one way, and nothing heavy stands in the start's way."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "mockex"
ALLOWED = {
    "core": {"msgspec", "mockex.core"},
    "gateways": {"msgspec", "mockex.core", "mockex.gateways"},
    "endpoints": {"msgspec", "mockex.core", "mockex.gateways", "mockex.endpoints"},
    "strategies": {
        "hypothesis",
        "msgspec",
        "mockex.core",
        "mockex.endpoints",
        "mockex.scenarios",
        "mockex.signer",
        "mockex.strategies",
    },
}
BELOW_CONFORMANCE = {
    *("asking", "core", "endpoints", "errors", "fuzzing", "gateways", "mistakes", "openapi", "scenarios", "signer"),
    *("strategies", "testing"),
}
"""What conformance may read of mockex; beside these its own modules, and how the command line writes tables."""

IMPURE = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time", "io", "pathlib", "logging"}


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Give what a file imports, and whether it does so inside a function or for types alone."""
    tree = ast.parse(path.read_text())
    top = set(ast.walk(ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node not in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or "", node not in top


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    """The core is msgspec and standard library; gateways see the core, endpoints both; strategies, what they draw."""
    for path in (PACKAGE / room).glob("*.py"):
        for module, is_late in imports(path):
            root = module.partition(".")[0]
            if root == "cryptography":
                assert is_late, f"{path.name} imports {module} at its top"
            elif root in sys.stdlib_module_names:
                assert root not in IMPURE, f"{path.name} imports {module}"
            else:
                assert any(module.startswith(allowed) for allowed in ALLOWED[room]), f"{path.name} imports {module}"


def test_hypothesis_is_needed_for_drawing_alone() -> None:
    """No other module imports it, at its top or later, so that nobody has to install it who does not ask for them."""
    importing = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if any(module.partition(".")[0] == "hypothesis" for module, _ in imports(path))
    }
    assert importing == {"conformance", "fuzzing", "strategies"}


def test_conformance_reads_what_is_below_it() -> None:
    """Testing, fuzzing and strategies, and what they stand on; no server, and no command."""
    allowed = {f"mockex.{name}" for name in BELOW_CONFORMANCE} | {"mockex.conformance", "mockex.cli.tables"}
    for path in (PACKAGE / "conformance").rglob("*.py"):
        for module, _ in imports(path):
            is_ours = module.startswith("mockex.")
            assert not is_ours or any(f"{module}.".startswith(f"{one}.") for one in allowed), f"{path.name}: {module}"


def test_nothing_reads_conformance_but_who_offers_it() -> None:
    """The commands and the pytest plugin, and these not before they are asked."""
    reading = {
        (path.relative_to(PACKAGE).parts[0], is_late)
        for path in PACKAGE.rglob("*.py")
        for module, is_late in imports(path)
        if module.startswith("mockex.conformance")
    }
    assert reading == {("conformance", False), ("conformance", True), ("cli", True), ("pytest_plugin.py", True)}


def test_modules_are_small_and_say_why_they_exist() -> None:
    """No module has more than 300 lines, and each begins with a docstring."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert text.count("\n") <= 300, path
        assert ast.get_docstring(ast.parse(text)), path
