"""DATA, first part: what the exchange says as its pages show it arrives: every digit, every row, in order."""

from collections import Counter
from itertools import pairwise

from msgspec import structs

from mockex.conformance.case import DAY_MS, NOW_MS, Ask, Case, Owe, record
from mockex.conformance.families.judging import named, not_own, said, shown, why
from mockex.conformance.families.struck import HOUR_MS, struck
from mockex.conformance.requirement import Judgement, Requirement, Unseen
from mockex.conformance.run import Asked, Run
from mockex.core.hostile import BodyIs
from mockex.endpoints.negative_balance_exchange_record import Record
from mockex.endpoints.pm_loan import Loan
from mockex.fuzzing import verdicts
from mockex.fuzzing.case import Value, records_said


def right_in_any_order(run: Run) -> Judgement:
    """Every question must be answered, and with what is true; the order of the rows is asked elsewhere."""
    for asked in run.asked:
        if asked.told.error is not None:
            return f"{named(asked)} came to nothing: {said(asked)}{why(run, asked)}"
        if sentence := untrue(run, asked):
            return sentence
    return None


def right_or_own(run: Run) -> Judgement:
    """What was said must be given, or be an error of the client's own."""
    for asked in run.asked:
        if sentence := not_own(asked) or untrue(run, asked):
            return sentence
    return None


def untrue(run: Run, asked: Asked) -> str | None:
    """Say what of an answer is not true, in whatever order it stands."""
    call = run.call(asked)
    sentence = verdicts.wrong_value(structs.replace(call, claims=structs.replace(call.claims, keeps_order=False)))
    if sentence is None:
        return None
    try:
        rows = records_said(asked.told.value) if asked.ask.what == "records" else None
        return f"{named(asked)}: {sentence if rows is None else _differing(rows, asked.truth)}"
    except (ValueError, TypeError):
        return f"{named(asked)}: {sentence}"


def _differing(rows: Value, truth: Value) -> str:
    """Say in how many records two answers differ, and show the first on each side."""
    lost, other = Counter(truth) - Counter(rows), Counter(rows) - Counter(truth)
    said = f"it gave {len(rows)} records, the exchange {len(truth)}"
    said += f"; {lost.total()} are not among them, such as {shown(next(iter(lost)))}" if lost else ""
    return said + (f"; {other.total()} were not said, such as {shown(next(iter(other)))}" if other else "")


def newest_first(run: Run) -> Judgement:
    """The rows must come in the order in which the exchange said them; other mistakes are asked elsewhere."""
    for asked in run.asked:
        if asked.told.error is not None:
            return Unseen(f"it gave no records: {said(asked)}")
        try:
            starts = [row[0] for row in records_said(asked.told.value)]
            is_sorted = all(one >= after for one, after in pairwise(starts))
        except (ValueError, TypeError):
            return Unseen("it gave no records that can be read")
        if not is_sorted:
            return f"{named(asked)}: the records are not newest first, but begin at {starts}"
    return None


def owing(*amounts: str, asset: str = "USDT") -> Case:
    """Owe one amount after the other."""
    steps = tuple(step for one in amounts for step in (Owe(loan=Loan(asset=asset, amount=one)), Ask()))
    return Case(name=f"loans of {', '.join(amounts)}", steps=steps)


def holding(name: str, *records: Record) -> Case:
    """Ask for records."""
    return Case(name=name, records=records, steps=(Ask(what="records"),))


def negative(*balances: tuple[str, str]) -> tuple[Record, ...]:
    """Make a record of each balance with its threshold, an hour apart."""
    return tuple(record(NOW_MS - nth * HOUR_MS, "ETH", *pair) for nth, pair in enumerate(balances, 1))


def _several(start_ms: int, *assets: str) -> Record:
    parts = [record(start_ms, asset, f"{nth}.5", str(nth)) for nth, asset in enumerate(assets, 1)]
    return structs.replace(parts[0], details=tuple(part.details[0] for part in parts))


NAMES = ("币", "ΔΩ", 'A"B\\C', "A B&C=D+E%20", "\u202eCBA", "🦄", "<b>x</b>", "e\u0301")
ESCAPED = r'{"asset":"\u5e01\ud83e\udd84\"\\\/","amount":"1.5"}'
MANY = tuple(record(NOW_MS - nth * 1_000, "ETH", f"{nth}.5", "1") for nth in range(10_000))
SEED_1, SEED_2 = "SEED-1: Response Example", "SEED-2: Response Example"
TRUE = "What the exchange said, every digit of it."
CALM = "Answers as its pages show."
ONE_CALL = "One call for each question."

AMOUNTS: tuple[Requirement, ...] = (
    Requirement(
        id="DATA-EXACT",
        title="Amounts arrive as they were said",
        sentence='Amounts are decimals: "579.45" of a loan is a string, 1.10264488 of a balance a number.',
        source=f"{SEED_1}, {SEED_2} [documented]; that a loan has up to 18 decimals [decided]",
        server=CALM,
        wire=ONE_CALL,
        tells=TRUE,
        cases=(
            owing("0.1", "579.45", "0.00000001", "250.50", "100"),
            owing("0.000000000000000001", "123456789.123456789012345678", "0.300000000000000004"),
            holding(
                "balances of 0.1, 0.3, 1.10264488, 0.00000001, 2.50, 0.070, 100",
                *negative(("0.1", "0.3"), ("1.10264488", "0.00000001"), ("2.50", "0.070"), ("100", "10.0")),
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-DIGITS",
        title="Numbers keep digits that a float has no room for",
        severity="SHOULD",
        sentence="A JSON number is a decimal of any length; readers that take it for a float lose what is beyond 2^53.",
        source="RFC 8259, section 6 [documented]; that the exchange says such numbers [decided]",
        server="Says numbers of 18 decimals and of 60 digits.",
        wire=ONE_CALL,
        tells=TRUE,
        cases=(
            holding("18 decimals", *negative(("0.123456789012345678", "1.000000000000000001"))),
            holding("60 digits", *negative((f"{'1234567890' * 4}.{'0987654321' * 2}", f"0.{'12' * 29}3"))),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-FRACTION",
        title="A threshold may be a fraction",
        sentence="negativeMaxThreshold is an amount; the page shows whole ones, and does not say that all are.",
        source=f"{SEED_1} [documented]; fractions [inferred]",
        server="Says thresholds of 0.5, 0.01 and 1.0.",
        wire=ONE_CALL,
        tells=TRUE,
        cases=(holding("thresholds of 0.5, 0.01, 1.0", *negative(("1.5", "0.5"), ("2", "0.01"), ("3", "1.0"))),),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-LARGE",
        title="Whole numbers beyond 2^53 keep their last digit",
        sentence="An amount of a cheap asset is a large number; in a float, 9007199254740993 is another.",
        source="plain correctness; that the exchange says such numbers [decided]",
        server="Says 9007199254740993 and larger ones, for a loan, a balance and a threshold.",
        wire=ONE_CALL,
        tells=TRUE,
        cases=(
            owing("9007199254740993", "123456789012345678901234567890", asset="1000SATS"),
            holding(
                "balances beyond 2^53 and 2^64",
                *negative(("9007199254740993", "5"), ("18446744073709551617", "36893488147419103233")),
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-EMPTY",
        title="Nothing is an answer",
        sentence='An account without records has {"total":0,"rows":[]}; one that owes nothing shows an amount of "0".',
        source="SEED-1, SEED-2 [documented], the answer without records [decided]",
        server=CALM,
        wire=ONE_CALL,
        tells="No records and an amount of 0, and no error.",
        cases=(
            Case(name="nothing is owed", loan=Loan(asset="BUSD", amount="0"), steps=(Ask(),)),
            holding("no records at all"),
            Case(
                name="no records in the range",
                records=(record(NOW_MS - 3 * DAY_MS),),
                steps=(Ask(what="records"),),
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-HUGE",
        title="A page of ten thousand rows is complete",
        sentence="The endpoint has no limit and no paging: all records of the range come in one answer.",
        source="SEED-1: the parameters are startTime and endTime [documented]; that there is no most [inferred]",
        server="Answers with ten thousand rows.",
        wire="One call, or one for each part of the range.",
        tells="All of them.",
        cases=(holding("ten thousand records in one day", *MANY),),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-ORDER",
        title="Records come in the order of the answer",
        severity="SHOULD",
        sentence="The page's example shows the newest record first.",
        source=f"{SEED_1} [documented]; that it is always so [decided]",
        server="Answers with the newest record first.",
        wire=ONE_CALL,
        tells="The newest record first.",
        cases=(holding("four records", *negative(("1", "1"), ("3", "1"), ("2", "1"), ("4", "1"))),),
        judge=newest_first,
    ),
    Requirement(
        id="DATA-TIES",
        title="Records of the same millisecond are all kept",
        sentence="A record has no id, and its times are not unique: two assets may be exchanged at once.",
        source=f"{SEED_1} [documented]; ties [inferred]",
        server="Answers with several records that begin, and some that end, in the same millisecond.",
        wire=ONE_CALL,
        tells="All of them.",
        cases=(
            holding(
                "three assets in one millisecond, and one later",
                *(
                    record(NOW_MS - HOUR_MS, asset, balance)
                    for asset, balance in (("ETH", "1"), ("BNB", "1"), ("ETH", "2"))
                ),
                record(NOW_MS - HOUR_MS + 1, "ETH", "1"),
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-DETAILS",
        title="All assets of a record are given",
        sentence="The details of a record are a list: one exchange may be of several assets.",
        source=f"{SEED_1} [documented]",
        server="Answers with a record of five assets, and with one of two.",
        wire=ONE_CALL,
        tells="All of them, in the order of the answer.",
        cases=(
            holding(
                "five assets, and two",
                _several(NOW_MS - HOUR_MS, "ETH", "BNB", "USDT", "1000SATS", "BTC"),
                _several(NOW_MS - 2 * HOUR_MS, "ADA", "SOL"),
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-ASSET",
        title="The loan's asset is the one that the exchange says",
        sentence="The page's example says BUSD; newer ones say USDT. Neither is sure, so it is read, not assumed.",
        source=f"{SEED_2} [documented]; FAQ1 [documented]",
        server="Says USDT, then BUSD, then 1000SATS.",
        wire=ONE_CALL,
        tells="The asset of each answer.",
        cases=(
            Case(
                name="USDT, then BUSD, then 1000SATS",
                steps=tuple(
                    step
                    for asset in ("USDT", "BUSD", "1000SATS")
                    for step in (Owe(loan=Loan(asset=asset, amount="1.5")), Ask())
                ),
            ),
        ),
        judge=right_in_any_order,
    ),
    Requirement(
        id="DATA-UNICODE",
        title="Names of assets may be of any script",
        sentence="JSON is UTF-8, and its strings may have any character, written out or escaped.",
        source="RFC 8259, sections 7 and 8.1 [documented]; that the exchange has such names [decided]",
        server="Says names with quotes, with other scripts, from right to left, and with what URLs and pages escape.",
        wire=ONE_CALL,
        tells="The very same names.",
        cases=(
            holding(
                "records of eight names",
                *(record(NOW_MS - nth * HOUR_MS, name) for nth, name in enumerate(NAMES, 1)),
            ),
            Case(
                name="loans of eight names",
                steps=tuple(step for name in NAMES for step in (Owe(loan=Loan(asset=name, amount="1.5")), Ask())),
            ),
            struck("a loan whose asset is escaped", "loan", BodyIs(ESCAPED), loan=Loan(asset='币🦄"\\/', amount="1.5")),
        ),
        judge=right_in_any_order,
    ),
)
