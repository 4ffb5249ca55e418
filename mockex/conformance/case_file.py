"""A case as a TOML file: written where one was found, read where it is to be repeated; nothing of it is lost."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct, structs

from mockex import scenarios
from mockex.conformance.case import Case, Disturb
from mockex.endpoints.pm_loan import Loan
from mockex.errors import MockexError
from mockex.mistakes import explained, nearest
from mockex.scenarios import NUMBERS_AND_TIMES

MAX_NAME = 120
"""A case's name is its exchange's title, too."""

ALWAYS_WHOLE = (Loan,)
"""What is written with all that it has; of others what is usual is left out."""

HEADER = "# Repeat it: mockex replay {file} -- CMD…\n\n"


class CaseFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A case, the requirement by which it is judged, and what was found when it was written.

    One that `is_drawn` is no case of the requirement's own, and is judged by the questions that are right for any case;
    where the harness failed, so that no requirement is known, it is ANY, and judged by those of all of them.
    """

    requirement: str
    is_drawn: bool = False
    finding: str = ""
    case: Case


def write(case_file: CaseFile, path: Path) -> None:
    """Write a case where it can be read again. Raises MockexError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER.format(file=path.name) + as_toml(case_file), encoding="utf-8")
    except OSError as error:
        raise MockexError(f"{path}: cannot be written: {error.strerror}") from None


def as_toml(case_file: CaseFile) -> str:
    """Write a case as TOML; numbers keep their digits."""
    import tomli_w

    return tomli_w.dumps(_plain(case_file))


def _plain(value: Any) -> Any:
    """Give a value as TOML has it, without what is as usual; a whole Decimal is the integer that it is on the wire."""
    match value:
        case Struct():
            return _table(value)
        case tuple() | list():
            return [_plain(one) for one in value]
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case Decimal() if not value.as_tuple().exponent:
            return int(value)
    return value


def _table(value: Struct) -> dict[str, Any]:
    config = value.__struct_config__
    table: dict[str, Any] = {} if config.tag_field is None else {config.tag_field: config.tag}
    for field in structs.fields(value):
        held = getattr(value, field.name)
        if held is None or (held == _usual(field) and not isinstance(value, ALWAYS_WHOLE)):
            continue
        table[field.encode_name] = _plain(held)
    return table


def _usual(field: structs.FieldInfo) -> Any:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()


def read(path: Path) -> CaseFile:
    """Read a case from its file. Raises MockexError with one sentence."""
    return parse(scenarios.text_in(path), path)


def parse(text: str, path: Path) -> CaseFile:
    """Read a case from TOML; `path` is what mistakes are told of. Raises MockexError."""
    data = scenarios.data_in(text, path)
    try:
        read = msgspec.convert(data, CaseFile, builtin_types=NUMBERS_AND_TIMES)
    except (msgspec.ValidationError, OverflowError) as error:
        raise MockexError(f"{path}: {explained(str(error), CaseFile, data)}") from None
    _check(read, path)
    return read


def _check(read: CaseFile, path: Path) -> None:
    """Look at what no type says: who judges, a name that can be told, and faults that can strike."""
    from mockex.conformance.families import REQUIREMENTS
    from mockex.conformance.oracles import ANY

    ids = [requirement.id for requirement in REQUIREMENTS]
    if read.requirement not in ids and not (read.is_drawn and read.requirement == ANY):
        hint = nearest(read.requirement, ids)
        raise MockexError(f"{path}: at requirement: there is no requirement {read.requirement!r}{hint}")
    if not 1 <= len(read.case.name) <= MAX_NAME:
        raise MockexError(f"{path}: at case.name: expected 1 to {MAX_NAME} characters, got {len(read.case.name)}")
    for number, step in enumerate(read.case.steps):
        if isinstance(step, Disturb) and (mistake := scenarios.fault_mistake(step.fault)):
            raise MockexError(f"{path}: at case.steps[{number}].fault.{mistake}")
