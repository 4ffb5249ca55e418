"""Scenario files: found by name, read, and explained where they are wrong."""

import tomllib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct, structs

from mockex.core.faults import Fault
from mockex.core.scenario import (
    AccountSpec,
    AnyKey,
    Ed25519Key,
    HmacKey,
    PublicKeySpec,
    RsaKey,
    Scenario,
    scenario_type,
)
from mockex.core.timeline import Happening
from mockex.endpoints import CATALOGUE
from mockex.errors import ScenarioError
from mockex.mistakes import explained, in_one_line, nearest

DEFAULT = "documented"
MAX_FILE_BYTES = 16 << 20
PROBE = "mockex"
NUMBERS_AND_TIMES = (Decimal, datetime)


@cache
def file_type() -> type[Scenario]:
    """Give the type of a scenario file, made from the catalogue."""
    return scenario_type(CATALOGUE.endpoints)


def account_type() -> type[AccountSpec]:
    """Give the type of its accounts, which hold something for each endpoint."""
    shape: type[AccountSpec] = _entry_type("accounts")
    return shape


def happening_type() -> type[Happening]:
    """Give the type of what happens on its timeline."""
    shape: type[Happening] = _entry_type("timeline")
    return shape


def _entry_type(name: str) -> Any:
    (entries,) = (field.type for field in structs.fields(file_type()) if field.name == name)
    return get_args(entries)[0]


def folder() -> Path:
    """Find the scenarios: beside the code when it is installed, at the top of the repository otherwise."""
    package = Path(__file__).parent
    installed = package / "_data" / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def names() -> list[str]:
    """List the scenarios that come with mockex."""
    return sorted(path.stem for path in folder().glob("*.toml"))


def read(name_or_file: str | Path) -> Scenario:
    """Read a scenario by its name or its file; raises ScenarioError with one sentence."""
    if isinstance(name_or_file, Path) or is_file(name_or_file):
        path = Path(name_or_file)
        scenario = read_file(path)
        check_keys(path, scenario)
        return scenario
    return read_named(name_or_file)


def is_file(name_or_file: str) -> bool:
    """Say whether a file is meant, and not a scenario that comes with mockex."""
    is_path = "/" in name_or_file or "\\" in name_or_file or name_or_file.endswith(".toml")
    return is_path and name_or_file not in names()


def read_named(name: str) -> Scenario:
    """Read a scenario that comes with mockex; raises ScenarioError."""
    if name not in names():
        hint = nearest(name, names())
        raise ScenarioError(f"no scenario is called {name!r}{hint}; there are {', '.join(names())}")
    return read_file(folder() / f"{name}.toml")


def read_file(path: Path) -> Scenario:
    """Read a scenario file and the key files that it names."""
    return parse(text_in(path), path)


def text_in(path: Path) -> str:
    """Read the text of a TOML file, which is not too large. Raises ScenarioError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise ScenarioError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB")
        return raw.decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text") from None


def parse(text: str, path: Path, *, may_read_files: bool = True) -> Scenario:
    """Read a scenario from TOML; `path` is what mistakes are told of, and where its key files are looked for."""
    return completed(_of(data_in(text, path), path), path, may_read_files=may_read_files)


def data_in(text: str, path: Path) -> dict[str, Any]:
    """Read TOML whose numbers keep their digits. Raises ScenarioError."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{path}: is not TOML: {error}") from None


def _of(data: Any, path: Path) -> Scenario:
    try:
        return msgspec.convert(data, file_type(), builtin_types=NUMBERS_AND_TIMES)
    except (msgspec.ValidationError, OverflowError) as error:
        raise ScenarioError(f"{path}: {explained(str(error), file_type(), data)}") from None


def of_value(scenario: Scenario) -> Scenario:
    """Read a scenario that was made in Python as if from a file in the working directory. Raises ScenarioError."""
    path = Path("scenario")
    whole = completed(_of(msgspec.to_builtins(scenario, builtin_types=NUMBERS_AND_TIMES), path), path)
    check_keys(path, whole)
    return whole


def completed(scenario: Scenario, path: Path, *, may_read_files: bool = True) -> Scenario:
    """Look at what no type says of a scenario, and put the key files that it names inline. Raises ScenarioError."""
    if not may_read_files and any(_names_files(key) for account in scenario.accounts for key in account.keys):
        raise ScenarioError(f"{path}: a scenario that is sent names no files; expected `public_key` inline")
    _check_faults(path, scenario)
    accounts = tuple(_with_key_files(account, number, path) for number, account in enumerate(scenario.accounts))
    return structs.replace(scenario, accounts=accounts)


def _with_key_files(account: AccountSpec, number: int, path: Path) -> AccountSpec:
    keys = (_with_key_file(key, f"accounts[{number}].keys[{n}]", path) for n, key in enumerate(account.keys))
    return structs.replace(account, keys=tuple(keys))


def _with_key_file(key: AnyKey, place: str, path: Path) -> AnyKey:
    """Put the public key inline, and the private key's file in full."""
    if not isinstance(key, PublicKeySpec):
        return key
    changes: dict[str, Any] = {}
    if key.private_key_file is not None:
        _text_of(path, key.private_key_file, f"{place}.private_key_file")
        changes["private_key_file"] = str((path.parent / key.private_key_file).resolve())
    if key.public_key_file is not None:
        public_key = _text_of(path, key.public_key_file, f"{place}.public_key_file")
        changes |= {"public_key": public_key, "public_key_file": None}
    return structs.replace(key, **changes)


def _text_of(path: Path, name: str, place: str) -> str:
    """Read a file that a scenario names. Raises ScenarioError."""
    try:
        with (path.parent / name).open("rb") as file:
            return file.read(MAX_FILE_BYTES).decode("ascii")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text, or its name is none"
        raise ScenarioError(in_one_line(f"{path}: at {place}: {name!r} cannot be read: {reason}")) from None


def self_contained(scenario: Scenario) -> Scenario:
    """Put the private keys that a scenario names by their files inline, so that it can be sent to a server."""
    accounts = (structs.replace(one, keys=tuple(map(_with_inline_key, one.keys))) for one in scenario.accounts)
    return structs.replace(scenario, accounts=tuple(accounts))


def _with_inline_key(key: AnyKey) -> AnyKey:
    if not isinstance(key, PublicKeySpec) or key.private_key_file is None:
        return key
    private_key = Path(key.private_key_file).read_text(encoding="ascii")
    return structs.replace(key, private_key=private_key, private_key_file=None)


def _names_files(key: AnyKey) -> bool:
    return isinstance(key, PublicKeySpec) and (key.public_key_file or key.private_key_file) is not None


def fault_mistake(fault: Fault) -> str | None:
    """Say which name in a fault nobody has, with the nearest word that somebody has, or None."""
    known = {
        "endpoint": [endpoint.name for endpoint in CATALOGUE.endpoints],
        "gateway": [gateway.name for gateway in CATALOGUE.gateways],
    }
    for field, names_of_it in known.items():
        name = getattr(fault, field)
        if name is not None and name not in names_of_it:
            hint = nearest(name, names_of_it) or f"; there are {', '.join(names_of_it)}"
            return f"{field}: there is no {field} {name!r}{hint}"
    return None


def _check_faults(path: Path, scenario: Scenario) -> None:
    """Refuse a fault that no call could ever be struck by, and two of one name."""
    declared = [(f"faults[{n}]", fault) for n, fault in enumerate(scenario.faults)]
    for number, happening in enumerate(scenario.timeline):
        declared += [(f"timeline[{number}].faults[{n}]", fault) for n, fault in enumerate(happening.faults)]
    taken: dict[str, str] = {}
    for place, fault in declared:
        if mistake := fault_mistake(fault):
            raise ScenarioError(f"{path}: at {place}.{mistake}")
        if fault.name is not None and taken.setdefault(fault.name, place) != place:
            raise ScenarioError(f"{path}: at {place}.name: {taken[fault.name]} is called {fault.name!r} already")


def check_keys(path: Path, scenario: Scenario) -> None:
    """Read every public key as its type says, which reading a scenario leaves for the first signature that needs it."""
    for place, key in _public_keys(scenario):
        from mockex.core.signing import public_key_type
        from mockex.core.world import verifier_of
        from mockex.signer import Signer

        kind = public_key_type(key.public_key or "")
        expected = key_type(key)
        if kind != expected:
            raise ScenarioError(f"{path}: at {place}: expected the PEM of an {expected} public key, got {kind}")
        if key.private_key is None and key.private_key_file is None:
            continue
        try:
            signature = Signer.of(key).signature(PROBE)
        except ValueError:
            raise ScenarioError(f"{path}: at {place}: expected the private half to be a key in PEM") from None
        if not verifier_of(key)(PROBE.encode(), signature):
            raise ScenarioError(f"{path}: at {place}: the private half does not fit the public one")


def key_type(key: Struct) -> str:
    """Name the type of a key as its file does."""
    return str(key.__struct_config__.tag)


def _public_keys(scenario: Scenario) -> Iterator[tuple[str, RsaKey | Ed25519Key]]:
    for number, account in enumerate(scenario.accounts):
        for n, key in enumerate(account.keys):
            if not isinstance(key, HmacKey):
                yield f"accounts[{number}].keys[{n}]", key


def expanded(spec: Scenario, seed: int) -> Scenario:
    """Generate what the scenario asks for; Faker is imported for nothing else."""
    if spec.generate is None and all(account.generate is None for account in spec.accounts):
        return spec
    from mockex.synth import expand

    return expand(spec, seed)


def schema() -> dict[str, Any]:
    """Give the JSON Schema of a scenario file."""
    described = msgspec.json.schema(file_type())
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A mockex scenario", **described}
    whole: dict[str, Any] = unindented(numbers_as_numbers(described))
    return whole


def numbers_as_numbers(described: Any) -> Any:
    """Say of a Decimal that it is a number, because TOML and JSON write it as one here."""
    if isinstance(described, dict):
        if described == {"type": "string", "format": "decimal"}:
            return {"type": "number"}
        return {name: numbers_as_numbers(value) for name, value in described.items()}
    if isinstance(described, list):
        return [numbers_as_numbers(value) for value in described]
    return described


def unindented(described: Any) -> Any:
    """Take the indentation off descriptions, as Python 3.13 does with docstrings; a table of that name is kept."""
    if isinstance(described, dict):
        return {
            name: cleandoc(value) if name == "description" and isinstance(value, str) else unindented(value)
            for name, value in described.items()
        }
    if isinstance(described, list):
        return [unindented(value) for value in described]
    return described
