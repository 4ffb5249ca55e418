"""The known mistakes of those who sign: of each its id, a sentence, and what the client would have done by it.

What was signed instead of the payload is in payload_mistakes; here are secrets, algorithms and forms, and the list of
all.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from mockex.core import signature_ways as ways
from mockex.core.call import Call
from mockex.core.payload_mistakes import PAYLOADS, PayloadMistake


class SecretMistake(Struct, frozen=True):
    """The client signed with something else than the secret."""

    id: str
    sentence: str
    secrets: Callable[[str, Call], Iterator[str | bytes]]


class DigestMistake(Struct, frozen=True):
    """The client computed something else than HMAC-SHA256."""

    id: str
    sentence: str
    digests: Callable[[bytes], Iterator[ways.Digest]]


class FormMistake(Struct, frozen=True):
    """The client wrote the right bytes in another form."""

    id: str
    sentence: str
    read: Callable[[str], bytes | None]


class OtherMistake(Struct, frozen=True):
    """A mistake that is found by other means."""

    id: str
    sentence: str


SECRETS = (
    SecretMistake(
        "secret-with-white-space",
        "White space, a newline or a byte order mark stands at the secret, or is missing there: strip what was read "
        "from the file or the environment.",
        ways.white_space,
    ),
    SecretMistake(
        "secret-in-quotes",
        "The secret was used with quotes or brackets around it: take them off what was read.",
        ways.in_quotes,
    ),
    SecretMistake(
        "api-key-as-secret",
        "The API key was used as the secret: sign with the secret, the key goes into the header.",
        ways.the_api_key,
    ),
    SecretMistake(
        "secret-in-other-case",
        "The secret was used in other letter case: use it exactly as it was given.",
        ways.other_case,
    ),
    SecretMistake(
        "secret-not-set",
        "An empty secret, or a placeholder for one, was used: the variable that should hold it is not set.",
        ways.nothing,
    ),
    SecretMistake(
        "secret-cut",
        "Only a part of the secret was used: copy it whole.",
        ways.cut_off,
    ),
    SecretMistake(
        "secret-encoded",
        "The secret was encoded or hashed before use: its characters are the key, as they are.",
        ways.re_encoded,
    ),
    SecretMistake(
        "secret-decoded",
        "The secret was decoded from base64 or hex before use: its characters are the key, as they are.",
        ways.decoded,
    ),
    SecretMistake(
        "secret-of-another-key",
        "The secret belongs to another API key of this world: send the key that the secret was given out with.",
        ways.of_another_key,
    ),
)

DIGESTS = (
    DigestMistake(
        "another-hash",
        "The HMAC was made with another hash than SHA-256: use HMAC-SHA256.",
        ways.another_hash,
    ),
    DigestMistake(
        "key-and-message-swapped",
        "Key and message of the HMAC are swapped: the secret is the key, the payload the message.",
        ways.swapped,
    ),
    DigestMistake(
        "hash-without-key",
        "A plain hash of the payload was sent, without the secret: use HMAC-SHA256 with the secret as its key.",
        ways.hash_without_key,
    ),
    DigestMistake(
        "secret-glued-to-payload",
        "Secret and payload were put behind each other and hashed: use HMAC-SHA256 with the secret as its key.",
        ways.glued,
    ),
    DigestMistake(
        "signed-twice",
        "The digest was signed or hashed once more: send the first digest, in hex.",
        ways.signed_twice,
    ),
)

FORMS_OF_HEX = (
    FormMistake(
        "hex-with-separators",
        "The digest is hex with separators, as AB-CD-EF: send 64 hex digits and nothing else.",
        ways.from_hex_with_separators,
    ),
    FormMistake(
        "leading-zeros-left-out",
        "The digest went through an integer and lost its leading zeros: pad it to 64 hex digits.",
        ways.from_short_hex,
    ),
    FormMistake(
        "signature-decorated",
        "The signature is right and has quotes, white space, 0x or the like around it: send it bare.",
        ways.from_decorated,
    ),
    FormMistake(
        "base64-of-text",
        "The signature is base64 of the right text: an HMAC key's is sent as hex, another key's as base64 once.",
        ways.from_base64_of_text,
    ),
    FormMistake(
        "base64url-for-hex",
        "The signature is base64 of URLs, where an HMAC key's is sent as 64 hex digits.",
        ways.from_base64url,
    ),
    FormMistake(
        "base64-for-hex",
        "The signature is base64, where an HMAC key's is sent as 64 hex digits.",
        lambda text: ways.from_loose_base64(text.replace(" ", "+")),
    ),
    FormMistake(
        "signature-encoded-twice",
        "The signature was percent-encoded twice: hand it to the HTTP library raw, or put it into the URL encoded "
        "once.",
        ways.from_twice_percent_encoded,
    ),
)
"""In what form the digest of an HMAC key may have been sent instead."""

FORMS_OF_BASE64 = (
    FormMistake(
        "hex-for-base64",
        "The signature is hex, where that of an RSA or Ed25519 key is sent as base64.",
        ways.from_hex,
    ),
    FormMistake(
        "plus-became-space",
        "The signature was not percent-encoded, so that its `+` arrived as a blank: percent-encode base64 in the URL.",
        ways.from_spaced_base64,
    ),
    FormMistake(
        "base64url-for-base64",
        "The signature is base64 of URLs, with - and _: use plain base64 and percent-encode it.",
        ways.from_base64url,
    ),
    FormMistake(
        "lines-in-base64",
        "The signature is base64 in lines: write it in one line (`base64 -w 0`, `openssl base64 -A`).",
        ways.from_base64_lines,
    ),
    FormMistake(
        "padding-left-out",
        "The signature is base64 without its `=` at the end: send it with them, percent-encoded.",
        ways.from_loose_base64,
    ),
    *(form for form in FORMS_OF_HEX if form.id in ("signature-decorated", "base64-of-text", "signature-encoded-twice")),
)
"""In what form the signature of an RSA or Ed25519 key may have been sent instead."""

RSA_PSS = OtherMistake("rsa-pss", "It was signed with RSA-PSS padding: use PKCS#1 v1.5 with SHA-256.")
RSA_HASH = OtherMistake(
    "rsa-another-hash", "It was signed by RSA with another hash than SHA-256: use PKCS#1 v1.5 with SHA-256."
)
OTHER_KEY = OtherMistake(
    "private-key-of-another-key",
    "It was signed with the private key of another API key of this world: send the API key that belongs to it.",
)
WRONG_ALGORITHM = OtherMistake(
    "wrong-algorithm-for-key",
    "The signature looks like {looks_like} and the key's type is {key_type}: the type of the API key alone decides "
    "how it is signed.",
)
OTHERS = (RSA_PSS, RSA_HASH, OTHER_KEY, WRONG_ALGORITHM)

Mistake = PayloadMistake | SecretMistake | DigestMistake | FormMistake | OtherMistake

MISTAKES: tuple[Mistake, ...] = (*PAYLOADS, *SECRETS, *DIGESTS, *FORMS_OF_HEX, *FORMS_OF_BASE64, *OTHERS)
"""Every known mistake of those who sign; some forms are a mistake of either kind of key."""
