"""Where servers come from: environments of pinned packages, made once in `.venv-bench`, and the machine's programs."""

import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution

from msgspec import Struct
from packaging.requirements import Requirement

from tests.bench.processes import ROOT
from tests.clients.environments import interpreter, packages

FOLDER = ROOT / ".venv-bench"

UVLOOP = ("uvloop==0.23.0",)
PYTHON_PINS = {
    "pytest-httpserver": ("pytest-httpserver==1.2.0",),
    "moto": ("moto[server]==5.2.5",),
    "flask": ("flask==3.1.3", "waitress==3.0.2"),
    "starlette": ("starlette==1.10.0", "uvicorn==0.54.0"),
}
NPM_PINS = {
    "wiremock": ("wiremock@3.13.2",),
    "prism": ("@stoplight/prism-cli@5.16.0",),
    "mountebank": ("mountebank@2.9.1",),
    "mockoon": ("@mockoon/cli@9.9.0",),
    "json-server": ("json-server@0.17.4",),
}


class MissingError(Exception):
    """A server cannot be had; it says why."""


class Home(Struct, frozen=True):
    """Where a server lives: its interpreter or its folder of packages, and their versions."""

    python: str = ""
    packages: str = ""
    version: str = ""


def plain() -> Home:
    """Give the interpreter that runs this; whether it has uvloop makes no difference, for rows choose their loops."""
    return Home(python=sys.executable)


def fast() -> Home:
    """Make an environment of the very same versions, and uvloop."""
    return Home(python=str(interpreter("fast", (*runtime_pins(), *UVLOOP), FOLDER)), version=versions(UVLOOP))


def of_pypi(name: str) -> Callable[[], Home]:
    """Make an environment of pinned packages."""
    return lambda: Home(python=str(interpreter(name, PYTHON_PINS[name], FOLDER)), version=versions(PYTHON_PINS[name]))


def of_npm(name: str, *programs: str) -> Callable[[], Home]:
    """Make a folder of pinned packages, which these programs run."""

    def home() -> Home:
        needed(*programs, "npm")
        folder = packages(name, NPM_PINS[name], FOLDER)
        return Home(packages=str(folder / "node_modules"), version=versions(NPM_PINS[name]))

    return home


def of_the_machine(*programs: str) -> Callable[[], Home]:
    """Take programs that are installed, or not."""

    def home() -> Home:
        needed(*programs)
        return Home()

    return home


HOMES: dict[str, Callable[[], Home]] = {
    "plain": plain,
    "fast": fast,
    **{name: of_pypi(name) for name in PYTHON_PINS},
    "wiremock": of_npm("wiremock", "java"),
    **{name: of_npm(name, "node") for name in NPM_PINS if name != "wiremock"},
    "node": of_the_machine("node"),
    "nginx": of_the_machine("nginx"),
}


def made(name: str) -> Home:
    """Make a home ready. Raises MissingError with the reason."""
    try:
        return HOMES[name]()
    except (RuntimeError, OSError, TimeoutError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise MissingError(f"cannot be installed: {said[-1].replace(str(ROOT), '…')[:120]}") from None


def needed(*programs: str) -> None:
    """Raise MissingError where a program is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            raise MissingError(f"{program} is not installed on this machine")


def versions(pins: tuple[str, ...]) -> str:
    """Write pins as they are read; of a single one the version alone."""
    told = [pin.replace("==", "@").rsplit("@", 1) for pin in pins]
    return told[0][1] if len(told) == 1 else ", ".join(" ".join(words) for words in told)


def runtime_pins(name: str = "mockex") -> Iterator[str]:
    """Give what is installed here of all that a package needs to run, in these very versions."""
    found: dict[str, str] = {}
    wanted = [name]
    while wanted:
        for line in distribution(wanted.pop()).requires or ():
            requirement = Requirement(line)
            if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
                continue
            try:
                found[requirement.name] = distribution(requirement.name).version
            except PackageNotFoundError:
                continue
            wanted.append(requirement.name)
    yield from sorted(f"{one}=={version}" for one, version in found.items())
