"""The known mistakes of those who sign another payload than they send: of each its id, a sentence, and what it signs.

In the sentences `{only_sent}` and `{only_signed}` are the parameters that only one of the two payloads has, `{call}`
the earlier call that a timestamp is of.
"""

from collections.abc import Callable

from msgspec import Struct

from mockex.core import signed_payloads as payloads
from mockex.core import signed_values as values


class PayloadMistake(Struct, frozen=True):
    """The client signed another payload than it sent."""

    id: str
    sentence: str
    signed: Callable[[payloads.Sent], payloads.Payloads]


PAYLOADS = (
    PayloadMistake(
        "trailing-newline",
        "A newline, a space or a NUL stood behind the payload when it was signed, as `echo` puts it there: sign the "
        "query alone (`printf %s`).",
        payloads.ends_in_a_newline,
    ),
    PayloadMistake(
        "leading-question-mark",
        "The `?` was signed, or one more was sent: sign exactly what follows the `?` of the URL.",
        payloads.leading_question_mark,
    ),
    PayloadMistake(
        "stray-ampersand",
        "Signed and sent payload differ in an empty `&`: build the query once, sign that string and send that string.",
        payloads.stray_ampersand,
    ),
    PayloadMistake(
        "signature-in-payload",
        "A `signature` parameter was part of what was signed: sign first, then put `&signature=…` behind it.",
        payloads.signature_in_payload,
    ),
    PayloadMistake(
        "parameters-behind-signature",
        "Only what stands before the signature was signed and {only_sent} stands behind it: add every parameter before "
        "signing, and the signature last.",
        payloads.before_signature_alone,
    ),
    PayloadMistake(
        "body-joined-with-ampersand",
        "Query and body were joined with a character between them: the payload is the query and right behind it the "
        "body.",
        payloads.joined_by_ampersand,
    ),
    PayloadMistake(
        "body-before-query",
        "The body was put before the query: the payload is the query and right behind it the body.",
        payloads.body_first,
    ),
    PayloadMistake(
        "sorted",
        "The parameters were signed in sorted order and sent in another: sign the very string that is sent, the order "
        "does not matter but must be the same.",
        payloads.in_sorted_order,
    ),
    PayloadMistake(
        "sent-encoded-twice",
        "The query was percent-encoded once before signing and once more on its way: hand the encoded query to the "
        "HTTP library as it is.",
        values.sent_encoded_twice,
    ),
    PayloadMistake(
        "plus-for-space",
        "A blank is `+` in one and `%20` in the other of signed and sent payload: sign the query as the HTTP library "
        "sends it.",
        values.plus_for_space,
    ),
    PayloadMistake(
        "percent-case",
        "The percent escapes were signed in other letter case than sent (%2f against %2F): sign the very string that "
        "is sent.",
        values.percent_case,
    ),
    PayloadMistake(
        "signed-decoded",
        "The parameters were signed raw and sent percent-encoded: encode first, sign the encoded string, send that "
        "string.",
        values.decoded,
    ),
    PayloadMistake(
        "signed-encoded",
        "The parameters were signed percent-encoded and sent raw, or encoded by another rule: send the very string "
        "that was signed.",
        values.encoded,
    ),
    PayloadMistake(
        "signed-encoded-twice",
        "The parameters were percent-encoded twice before signing: sign the string that is sent, which is encoded "
        "once.",
        values.encoded_twice,
    ),
    PayloadMistake(
        "separators-encoded",
        "The whole query was percent-encoded, its `&` and `=` too: encode names and values one by one.",
        values.separators_encoded,
    ),
    PayloadMistake(
        "number-format",
        "A number was signed as {only_signed} and sent as {only_sent}: format it once, as an integer, for both.",
        values.number_format,
    ),
    PayloadMistake(
        "boolean-format",
        "A truth value was signed as {only_signed} and sent as {only_sent}: format it once, for both.",
        values.boolean_format,
    ),
    PayloadMistake(
        "empty-values",
        "Values of nothing were sent as {only_sent} and signed as {only_signed}: leave parameters without a value out "
        "of both.",
        values.without_empty_values,
    ),
    PayloadMistake(
        "none-left-out",
        "{only_signed} was signed and not sent, as HTTP libraries drop None: drop it before signing.",
        payloads.with_nothing_left_out,
    ),
    PayloadMistake(
        "nothing-signed",
        "The empty string was signed, not the query: pass the query to the signing function.",
        payloads.nothing_at_all,
    ),
    PayloadMistake(
        "timestamp-of-an-earlier-call",
        "It was signed with the timestamp of call {call} and sent with a fresh one: sign anew whenever the timestamp "
        "changes.",
        payloads.earlier_timestamp,
    ),
    PayloadMistake(
        "signature-of-an-earlier-call",
        "The signature is that of an earlier call: sign every request anew.",
        payloads.of_an_earlier_call,
    ),
    PayloadMistake(
        "timestamp-in-another-unit",
        "The timestamp was signed as {only_signed} and sent as {only_sent}: take milliseconds once, for both.",
        payloads.another_unit,
    ),
    PayloadMistake(
        "body-left-out",
        "The query was signed and the body was not: the payload is the query and right behind it the body.",
        payloads.query_alone,
    ),
    PayloadMistake(
        "query-left-out",
        "The body was signed and the query was not: the payload is the query and right behind it the body.",
        payloads.body_alone,
    ),
    PayloadMistake(
        "added-after-signing",
        "{only_sent} came in after signing: complete the query first, sign it, then put only the signature behind it.",
        payloads.added_after_signing,
    ),
    PayloadMistake(
        "path-in-payload",
        "The path was signed too: sign only what follows the `?`.",
        payloads.with_the_path,
    ),
    PayloadMistake(
        "url-in-payload",
        "The whole URL was signed: sign only what follows the `?`.",
        payloads.with_the_url,
    ),
    PayloadMistake(
        "api-key-in-payload",
        "The API key was part of what was signed: it belongs in the header X-MBX-APIKEY alone.",
        payloads.with_the_api_key,
    ),
    PayloadMistake(
        "scheme-of-bybit",
        "It was signed as Bybit wants it, timestamp + key + recvWindow + query: here the query alone is signed.",
        payloads.like_bybit,
    ),
    PayloadMistake(
        "scheme-of-okx",
        "It was signed as OKX and KuCoin want it, timestamp + method + path + query: here the query alone is signed.",
        payloads.like_okx,
    ),
    PayloadMistake(
        "json-signed",
        "A printed object or JSON of the parameters was signed: sign the query as it is sent, `name=value&…`.",
        payloads.as_json,
    ),
    PayloadMistake(
        "quotes-signed",
        "Quotes were signed around the payload, as JSON or the repr of bytes have them: sign the bare query.",
        payloads.quoted,
    ),
    PayloadMistake(
        "html-escaped",
        "`&` was escaped for HTML in one of signed and sent payload: neither may be.",
        payloads.html_escaped,
    ),
    PayloadMistake(
        "other-separators",
        "The parameters were joined for signing with other characters than `=` and `&`: sign the query as it is sent.",
        payloads.other_separators,
    ),
    PayloadMistake(
        "payload-in-other-case",
        "The payload was signed all in lower or upper case: sign the query as it is sent.",
        values.letter_case,
    ),
    PayloadMistake(
        "charset",
        "The payload was signed in another charset than it was sent in: encode it as UTF-8 before signing.",
        values.charset,
    ),
    PayloadMistake(
        "hashed-first",
        "The payload was hashed and the hash was signed: sign the payload itself, the algorithm hashes it.",
        payloads.hashed_first,
    ),
    PayloadMistake(
        "lost-after-signing",
        "{only_signed} was signed and not sent: send every parameter that was signed.",
        payloads.lost_after_signing,
    ),
    PayloadMistake(
        "other-order",
        "The parameters were signed in another order than sent: sign the very string that is sent.",
        payloads.other_order,
    ),
    PayloadMistake(
        "timestamp-drawn-twice",
        "The clock was read twice, {only_signed} was signed and {only_sent} was sent: read it once and use that for "
        "both.",
        payloads.drawn_twice,
    ),
)
"""Tried in this order: where two explain a signature, the first is named."""
