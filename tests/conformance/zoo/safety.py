"""Broken clients that SAFE requirements catch."""

import logging
import subprocess
from typing import Any

from mockex.signer import Signer
from mockex.testing.client import Client, ClientError, Heard, Host
from tests.conformance.broken import Broken

RIGHT_SIGNED, RIGHT_ASK, RIGHT_TRY = Client._signed, Client._ask, Client._try
RIGHT_SIGNER = Signer.signed
STARTED: list["subprocess.Popen[bytes]"] = []
"""What was started, and ends by itself."""


def secret_of(client: Client) -> str:
    """Give the secret, or the private key."""
    return client._signer.secret or client._signer.private_key or ""


def sent_along(self: Signer, query: str) -> str:
    """Send the secret, too."""
    return RIGHT_SIGNER(self, f"{query}&secret={(self.secret or self.private_key or '').splitlines()[-2:][0]}")


async def told_in_errors(self: Client, *about: Any) -> Any:
    """Note in each error who made the call."""
    try:
        return await RIGHT_ASK(self, *about)
    except ClientError as error:
        error.add_note(f"signed with {secret_of(self)}")
        raise


def logged(self: Client, query: str, host: Host) -> str:
    """Log what it signs with."""
    logging.getLogger("client").debug("signing with %s", secret_of(self))
    return RIGHT_SIGNED(self, query, host)


def signed_by_another(self: Client, query: str, host: Host) -> str:
    """Let another program sign, and say on its command line what with."""
    for one in STARTED:
        one.poll()
    STARTED.append(subprocess.Popen(["sh", "-c", "sleep 1", "sh", secret_of(self)]))
    return RIGHT_SIGNED(self, query, host)


async def headers_logged(self: Client, target: str, timeout_s: float) -> Heard:
    """Log what it sends."""
    logging.getLogger("client").debug("GET with %s", self._signer.headers)
    return await RIGHT_TRY(self, target, timeout_s)


async def url_told(self: Client, target: str, timeout_s: float) -> Heard:
    """Say in an error what was asked."""
    heard = await RIGHT_TRY(self, target, timeout_s)
    heard.failure += f" for {target}" if heard.failure else ""
    return heard


async def asked_at_home(self: Client, target: str, timeout_s: float) -> Heard:
    """Ask at the address that it was written with."""
    self._url = "http://127.0.0.1:1"
    return await RIGHT_TRY(self, target, timeout_s)


async def always_with_key(self: Client, target: str, timeout_s: float) -> Heard:
    """Send the key with each call."""
    self._session.headers.update(self._signer.headers)
    return await RIGHT_TRY(self, target, timeout_s)


async def with_account(self: Client, target: str, timeout_s: float) -> Heard:
    """Look at something else first."""
    await RIGHT_TRY(self, "/papi/v1/account", timeout_s)
    return await RIGHT_TRY(self, target, timeout_s)


SAFE: tuple[Broken, ...] = (
    Broken("SAFE-SECRET-SENT", "the secret goes along", Signer, "signed", sent_along),
    Broken("SAFE-SECRET-ERROR", "errors say what it signs with", Client, "_ask", told_in_errors),
    Broken("SAFE-SECRET-LOG", "what it signs with is logged", Client, "_signed", logged),
    Broken("SAFE-PROCESS", "another program signs", Client, "_signed", signed_by_another),
    Broken("SAFE-KEY-LOG", "headers are logged", Client, "_try", headers_logged),
    Broken("SAFE-SIGNATURE-ERROR", "errors say what was asked", Client, "_try", url_told),
    Broken("SAFE-BASE-URL", "the base URL is fixed", Client, "_try", asked_at_home),
    Broken("SAFE-KEYLESS", "the key is sent with each call", Client, "_try", always_with_key),
    Broken("SAFE-UNASKED", "it looks at the account first", Client, "_try", with_account),
)
