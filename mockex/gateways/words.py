"""What several gateways say in the same words."""

from mockex.core.refusals import Refusal


def malformed(parameter: str) -> Refusal:
    """Say that a parameter is missing, empty or malformed (SAPI: NH4, PAPI: NH5)."""
    return Refusal(400, -1102, f"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.")


API_KEY_FORMAT = "API-key format invalid."
"""Said with 401 by PAPI and with 400 by SAPI."""

INVALID_KEY = "Invalid API-key, IP, or permissions for action"
"""Goes on with a period on SAPI, and with the IP on PAPI."""

RECV_WINDOW_TOO_LARGE = Refusal(400, -1131, "'recvWindow' must be less than 60000.")
LATE = Refusal(400, -1021, "Timestamp for this request is outside of the recvWindow.")
EARLY = Refusal(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
BAD_SIGNATURE = Refusal(400, -1022, "Signature for this request is not valid.")

BANNED_FROM_THE_HOST = Refusal(
    418,
    -1003,
    "Way too much request weight used; IP banned until {banned_until_ms}. "
    "Please use WebSocket Streams for live updates to avoid bans.",
)
"""Said by api.binance.com."""
