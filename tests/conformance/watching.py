"""Requirements that tests judge by, beside those that there are: passive ones, and one for each id of a table."""

from mockex.conformance.attributing import BELONGS_TO
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Run
from mockex.fuzzing.case import is_spoilt, timestamp_of


def stamps_once(run: Run) -> Judgement:
    """No call that was let in carries the timestamp of an earlier one; where there is one alone, nothing is seen."""
    stamps = [(timestamp_of(entry), entry) for entry in run.signed if not is_spoilt(entry) and not entry.refused_by]
    if len(stamps) < 2:
        return Unseen("there are not two calls")
    seen: set[int | None] = set()
    for stamp, entry in stamps:
        if stamp in seen:
            return f"call {entry} has the timestamp of an earlier one"
        seen.add(stamp)
    return None


def signs_rightly(run: Run) -> Judgement:
    """No call is refused for its signature."""
    for entry in run.signed:
        if entry.refused_by == "signature_is_wrong" and not is_spoilt(entry):
            return f"call {entry} has a wrong signature"
    return None


def _requirement(name: str, **how: object) -> Requirement:
    about = dict.fromkeys(("title", "sentence", "source", "server", "wire"), f"{name} is for tests")
    plain: dict[str, object] = {"id": name, "cases": (), "judge": lambda _run: None, **about}
    return Requirement(**plain | how)  # type: ignore[arg-type]


STAMPS = _requirement("SIG-STAMPS", is_passive=True, judge=stamps_once)
SIGNS = _requirement("SIG-SIGNS", is_passive=True, judge=signs_rightly)
WATCHED = (STAMPS, SIGNS)

ATTRIBUTED = tuple(_requirement(name) for name in dict.fromkeys(BELONGS_TO.values()))
"""One for each requirement that a drawn case can be found to break."""
