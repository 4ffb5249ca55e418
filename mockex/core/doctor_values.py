"""The doctor on parameters: what was named differently, what is no number, and ranges."""

import re
from difflib import get_close_matches

from mockex.core.bounds import DEFAULT_RECV_WINDOW_MS, MAX_RECV_WINDOW_MS
from mockex.core.call import Call
from mockex.core.dates import months_later_ms
from mockex.core.diagnosis import Case, Remark, moment, span
from mockex.core.params import as_long
from mockex.core.wire import as_text

_COMMON = ("timestamp", "signature", "recvWindow")
_COMPARED_NAMES = 50
_COMPARED_CHARS = 60
_SECONDS_BELOW = 100_000_000_000
_MICROSECONDS_FROM = 1_000_000
_ALSO_CALLED = {
    "timestamp": {"ts", "t", "time", "nonce", "tonce", "servertime", "reqtime"},
    "signature": {"sign", "sig", "hmac", "sgn"},
    "recvWindow": {"recv", "window", "timewindow"},
    "startTime": {"start", "from", "since", "begin", "begintime", "startat", "fromtime"},
    "endTime": {"end", "to", "until", "finish", "endat", "totime"},
}

SHAPES = (
    ("empty", r"", "is empty"),
    ("none", r"(?i)none|null|undefined|nan|nil", "is the word for nothing in a programming language, as text"),
    ("with-white-space", r"\s.*|.*\s", "has white space around it"),
    ("in-quotes", r"""["'].*|.*["']""", "stands in quotes"),
    ("negative", r"-[0-9]+", "is negative"),
    ("zero", r"0+", "is 0"),
    ("with-decimals", r"[0-9]+\.[0-9]*", "has a decimal point: send an integer"),
    ("scientific-notation", r"[0-9.]+[eE][+-]?[0-9]+", "is in scientific notation: format it as an integer"),
    ("thousands-separators", r"[0-9]{1,3}([,_. '][0-9]{3})+", "has thousands separators"),
    ("date-for-number", r"[0-9]{4}-[0-9]{2}.*", "is a date: send milliseconds since 1970 UTC"),
    ("too-large", r"[0-9]+", "is larger than a LONG, 2⁶³ − 1"),
)
"""What a value looks like that is no LONG: the mistake's id, a pattern, and what is said of it."""


def shape_of(value: str) -> tuple[str | None, str]:
    """Say what keeps a value from being a LONG: a mistake's id, if it is a known one, and words."""
    for mistake, pattern, words in SHAPES:
        if re.fullmatch(pattern, value, re.DOTALL | re.ASCII):
            return mistake, words
    return None, "is no integer of ASCII digits"


def misnamed(call: Call, name: str) -> tuple[str, str] | None:
    """Find what was sent in place of a parameter: a mistake's id, and the name that it was sent by."""
    own = {parameter.name for parameter in call.route.parameters} if call.route else set()
    sent = [one for one in call.params.values if one not in own and one not in _COMMON][:_COMPARED_NAMES]
    plain = {one: re.sub(r"^amp;|[\s_\-?.\[\]\"']", "", one[:_COMPARED_CHARS]).lower() for one in sent}
    for one in sent:
        if one == f"amp;{name}":
            return "html-escaped", one
    close = get_close_matches(name.lower(), plain.values(), n=1, cutoff=0.75)
    for one in sent:
        if plain[one] in close or (not close and plain[one] in _ALSO_CALLED.get(name, ())):
            return "misnamed", one
    return None


def _not_sent(call: Call, name: str) -> Remark:
    """Explain a parameter that was not sent by its name, or stands where it is not read."""
    body = as_text(call.request.body[:2_000])
    if body.lstrip().startswith(("{", "[")) and f'"{name}"' in body:
        return Remark(
            f"{name} was sent in a JSON body, which is not read: put the parameters in the query.", "json-body"
        )
    if name == "timestamp" and any("×tamp" in text for pair in call.params.values.items() for text in pair):
        return Remark(
            "The query says `×tamp`, because `&times` was read as the HTML entity × on its way: build the query where "
            "nothing unescapes HTML.",
            "html-entity",
        )
    other = misnamed(call, name)
    if other is None:
        return Remark(
            f"{name} was not sent: add it to the query, before signing."
            if name != "signature"
            else "signature was not sent: sign the query and put `&signature=…` behind it.",
            "not-sent",
        )
    mistake, sent = other
    if mistake == "html-escaped":
        return Remark(f"{name} was sent behind `&amp;` instead of `&`: do not escape the query for HTML.", mistake)
    return Remark(
        f"{name} was not sent, but {sent!r} was: its name is {name}, letter by letter.", mistake, {"sent_as": sent}
    )


def _malformed(call: Call, name: str) -> Remark:
    """Explain a parameter that is missing, empty or no LONG."""
    value = call.params.values.get(name)
    if value is None:
        return _not_sent(call, name)
    mistake, words = shape_of(value)
    return Remark(f"{name} {words}; got {value[:_COMPARED_CHARS]!r}.", mistake, {name: value})


def timestamp_is_missing(case: Case) -> Remark:
    """Say what stands in the timestamp's place."""
    return _malformed(case.call, "timestamp")


def signature_is_missing(case: Case) -> Remark:
    """Say what stands in the signature's place."""
    if case.call.params.values.get("signature") is None:
        return _not_sent(case.call, "signature")
    return Remark("signature is empty: the signing gave nothing, or its result was not put in.", "empty")


def recv_window_is_malformed(case: Case) -> Remark:
    """Say what is wrong with the recvWindow."""
    return _malformed(case.call, "recvWindow")


def recv_window_is_too_large(case: Case) -> Remark:
    """Say how large a recvWindow may be."""
    sent = case.call.recv_window_ms or 0
    unit = ", so this may be microseconds" if sent >= _MICROSECONDS_FROM and sent % 1_000 == 0 else ""
    return Remark(
        f"recvWindow is in milliseconds and at most {MAX_RECV_WINDOW_MS}{unit}; got {sent}, where "
        f"{DEFAULT_RECV_WINDOW_MS} or less is advised.",
        "recv-window-too-large",
        {"recvWindow": str(sent)},
    )


def signature_is_not_last(case: Case) -> Remark:
    """Name what stands behind the signature."""
    query = case.call.request.target.partition("?")[2]
    _, _, behind = f"&{query}".partition("&signature=")
    names = [part.partition("=")[0] for part in behind.split("&")[1:]]
    if case.call.request.body:
        names.append("the body")
    what = ", ".join(names[:_COMPARED_NAMES]) or "something"
    return Remark(
        f'This world wants the signature last (`signature_position = "last"`) and {what} stands behind it: append the '
        "signature after everything else.",
        "signature-not-last",
        {"behind": what},
    )


def parameter_is_malformed(case: Case) -> Remark:
    """Explain the first bad parameter, and name the others."""
    names = case.call.bad_parameters
    if not names:
        return Remark("A parameter of the endpoint is missing or malformed.")
    remark = _malformed(case.call, names[0])
    others = f"; wrong too: {', '.join(names[1:])}." if names[1:] else "."
    facts = remark.facts | {"parameters": ", ".join(names)}
    return Remark(remark.sentence.removesuffix(".") + others, remark.mistake, facts)


def _range(call: Call) -> tuple[int, int]:
    values = call.params.values
    return as_long(values.get("startTime")) or 0, as_long(values.get("endTime")) or 0


def start_is_after_end(case: Case) -> Remark:
    """Say by how much the range is upside down, and why."""
    start, end = _range(case.call)
    facts = {"startTime": f"{start} ({moment(start)})", "endTime": f"{end} ({moment(end)})"}
    if 0 < end < _SECONDS_BELOW <= start:
        return Remark(
            "startTime is in milliseconds and endTime in seconds: send both in milliseconds.",
            "end-time-in-seconds",
            facts,
        )
    return Remark(
        f"startTime is {span(start - end)} after endTime, as if the two were swapped.", "range-swapped", facts
    )


def interval_is_too_big(case: Case) -> Remark:
    """Say until when a range from that start may go."""
    start, end = _range(case.call)
    latest = months_later_ms(start, 3)
    facts = {
        "startTime": f"{start} ({moment(start)})",
        "endTime": f"{end} ({moment(end)})",
        "latest_endTime": str(latest),
    }
    if 0 < start < _SECONDS_BELOW <= end:
        return Remark(
            "startTime is in seconds and endTime in milliseconds: send both in milliseconds.",
            "start-time-in-seconds",
            facts,
        )
    return Remark(
        f"The range is {span(end - start)} long and three calendar months are the most: ask up to {latest} "
        f"({moment(latest)}) first and then from there on.",
        "range-too-long",
        facts,
    )
