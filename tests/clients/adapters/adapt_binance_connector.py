"""Adapts binance-connector 3, the official client before the SDKs.

It has no option for whom to trust; the variable that `requests` reads is how its users say it.
"""

import os
from typing import Any

from adapting import ALL_KEYS, NEG, Adapter, Question, seconds, speak, weights, window
from binance.error import Error
from binance.spot import Spot


class Made:
    """The client, and what is kept beside it: the caller's recvWindow, and the usage that the last answer told."""

    def __init__(self, question: Question) -> None:
        os.environ.pop("REQUESTS_CA_BUNDLE", None)
        if "ca_file" in question:
            os.environ["REQUESTS_CA_BUNDLE"] = question["ca_file"]
        self.client = Spot(
            question["api_key"],
            question.get("secret"),
            base_url=question["url"],
            private_key=question.get("private_key"),
            show_limit_usage=True,
        )
        self.window = window(question)
        self.usage: dict[str, Any] = {}

    def read(self, said: Any) -> Any:
        """Take from an answer the usage that it is wrapped in."""
        self.usage = said["limit_usage"]
        return said["data"]


def loan(made: Made) -> Any:
    """Ask by its method."""
    return made.read(made.client.portfolio_margin_bankruptcy_loan_amount(**made.window))


def records(made: Made, start_ms: int, end_ms: int, parameters: dict[str, str]) -> Any:
    """Ask by `sign_request`, for want of a method."""
    payload = {"startTime": start_ms, "endTime": end_ms, **parameters, **made.window}
    return made.read(made.client.sign_request("GET", NEG, payload))


def described(error: Any) -> dict[str, Any]:
    """Read code, status and headers; a ServerError has only the status."""
    return {
        "code": getattr(error, "error_code", None),
        "status": getattr(error, "status_code", None),
        "retry_after_s": seconds(getattr(error, "header", None)),
    }


if __name__ == "__main__":
    speak(
        Adapter(
            package="binance-connector",
            features=(*ALL_KEYS, "recv_window", "parameters", "retry_after", "used_weight", "tls"),
            made=Made,
            loan=loan,
            records=records,
            errors=(Error,),
            described=described,
            closed=lambda made: made.client.session.close(),
            used_weight=lambda made: weights(made.usage),
        )
    )
