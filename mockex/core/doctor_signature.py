"""The doctor on -1022: tries the known mistakes and names the one that reproduces the client's signature."""

from collections import Counter

from mockex.core.call import Call
from mockex.core.diagnosis import Case, Remark, cut, spec_of
from mockex.core.doctor_time import timestamps_of
from mockex.core.params import decoded, read_params
from mockex.core.scenario import AnyKey, HmacKey
from mockex.core.signature_mistakes import WRONG_ALGORITHM
from mockex.core.signature_search import search
from mockex.core.signature_ways import from_hex, from_loose_base64
from mockex.core.signed_payloads import Sent
from mockex.core.wire import as_text

_EARLIER = 50
_NAMED = 5


def signature_is_wrong(case: Case) -> Remark:
    """Name the known mistake that the client made, or say that none reproduces its signature."""
    call = case.call
    spec, sent = spec_of(call), sent_of(case)
    facts = {"sent_payload": sent.payload, "signature": cut(call.params.signature or "")}
    found = search(call, spec, sent)
    if found is None:
        return _unknown(call, spec, facts)
    if not found.mistakes:
        return Remark("The signature fits by now: the key was another one when the call came.", None, facts)
    words = _words(case, sent, found.payload)
    sentences = [mistake.sentence.format_map(words) for mistake in found.mistakes]
    sentence = "; and ".join([*(one.removesuffix(".") for one in sentences[:-1]), sentences[-1]])
    facts = {"signed_payload": found.payload, **facts}
    return Remark(sentence, "+".join(mistake.id for mistake in found.mistakes), facts)


def sent_of(case: Case) -> Sent:
    """Gather what was sent, and what a client may have had at hand while signing."""
    call, request = case.call, case.call.request
    query, body = request.target.partition("?")[2], as_text(request.body)
    in_query = call.params.payload if not body else read_params(query).payload
    in_body = call.params.payload[len(in_query) :]
    latest = [one for one in reversed(case.earlier) if one.request.api_key == request.api_key][:_EARLIER]
    return Sent(
        payload=call.params.payload,
        segments=[segment for form in (in_query, in_body) if form for segment in form.split("&")],
        query=in_query,
        body=in_body,
        before_signature=_before_signature(query, body),
        method=request.method,
        path=call.path,
        hosts=tuple(value.decode("latin-1") for name, value in request.headers if name.lower() == b"host")[:1],
        api_key=request.api_key or "",
        values=call.params.values,
        names=tuple(parameter.name for parameter in call.route.parameters) if call.route else (),
        earlier_timestamps=tuple(text for _, text in timestamps_of(case)[:_EARLIER]),
        earlier_payloads=tuple(read_params(one.request.target.partition("?")[2]).payload for one in latest),
    )


def _before_signature(query: str, body: str) -> str:
    for form, before in ((query, ""), (body, query)):
        segments = form.split("&")
        for n, segment in enumerate(segments):
            if decoded(segment.partition("=")[0]) == "signature":
                return before + "&".join(segments[:n])
    return query + body


def _words(case: Case, sent: Sent, signed_payload: str) -> dict[str, str]:
    """Say what only one of the two payloads has, and which earlier call the signed timestamp is of."""
    sent_parts, signed_parts = Counter(sent.segments), Counter(signed_payload.split("&"))
    timestamps = [part.partition("=")[2] for part in signed_parts if part.startswith("timestamp=")]
    calls = [seq for seq, text in timestamps_of(case) if text in timestamps]
    return {
        "only_sent": _listed(sent_parts - signed_parts),
        "only_signed": _listed(signed_parts - sent_parts),
        "call": str(calls[0]) if calls else "?",
    }


def _listed(parts: Counter[str]) -> str:
    named = [part[:80] for part in parts if part][:_NAMED]
    return " and ".join(f"`{part}`" for part in named) or "nothing"


def _unknown(call: Call, spec: AnyKey | None, facts: dict[str, str]) -> Remark:
    """Say what can be said of a signature that no known mistake explains."""
    key_type = str(spec.__struct_config__.tag) if spec else "unknown"
    looks_like = _looks_like(call.params.signature or "")
    facts = facts | {"key_type": key_type}
    if spec is not None and looks_like and looks_like != key_type:
        sentence = WRONG_ALGORITHM.sentence.format(looks_like=looks_like, key_type=key_type)
        return Remark(sentence, WRONG_ALGORITHM.id, facts | {"looks_like": looks_like})
    shape = ""
    if isinstance(spec, HmacKey) and looks_like is None:
        shape = f" (it has {len(call.params.signature or '')} characters, which are not 64 hex digits)"
    return Remark(
        f"No known mistake leads to the signature {cut(call.params.signature or '')}{shape}: compare the string that "
        "you signed, character by character, with what was sent, and the secret with that of the key "
        f"{cut(call.request.api_key or '')}.",
        None,
        facts,
    )


def _looks_like(signature: str) -> str | None:
    """Guess by its length what type of key made a signature."""
    if len(signature) == 64 and from_hex(signature):  # noqa: PLR2004 - SHA-256 in hex
        return "HMAC"
    raw = from_loose_base64(signature.replace(" ", "+")) or b""
    return {64: "Ed25519", 128: "RSA", 256: "RSA", 384: "RSA", 512: "RSA", 1024: "RSA"}.get(len(raw))
