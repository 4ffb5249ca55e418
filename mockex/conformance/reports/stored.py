"""Reports as JSON: the whole of one, with its verdicts spelled out; what is written is read back the same."""

from pathlib import Path
from typing import Any

from msgspec import DecodeError, ValidationError, json, to_builtins

from mockex.conformance.reports.wording import again
from mockex.conformance.results import Report
from mockex.errors import MockexError
from mockex.mistakes import explained

MAX_REPORT_BYTES = 256 << 20


def as_json(report: Report) -> str:
    """Write a report, and beside its fields what follows from them: verdicts, marks, the score, the exit code."""
    told: dict[str, Any] = to_builtins(report)
    told |= {"exit_code": report.exit_code, "score": report.score, "marks": dict(report.marks)}
    for about, result in zip(told["results"], report.results, strict=True):
        about |= {"verdict": result.verdict, "mark": result.mark, "said": result.said, "again": again(report, result)}
    return json.format(json.encode(told), indent=1).decode() + "\n"


def read(file: Path) -> Report:
    """Read a report. Raises MockexError."""
    try:
        if file.stat().st_size > MAX_REPORT_BYTES:
            raise MockexError(f"{file} is too large for a report")
        return json.decode(file.read_bytes(), type=Report)
    except OSError as error:
        raise MockexError(f"{file}: {error.strerror or error}") from None
    except ValidationError as mistake:
        raise MockexError(f"{file} is no report of this mockex: {explained(str(mistake), Report, {})}") from None
    except DecodeError as mistake:
        raise MockexError(f"{file} is no JSON: {mistake}") from None
