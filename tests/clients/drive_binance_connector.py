"""Drives binance-connector 3, the official client before the SDKs."""

from collections.abc import Callable, Iterator
from typing import Any

from binance.error import Error
from binance.spot import Spot
from driving import NEG_PATH, Job, drive, private_key_of


def questions(job: Job) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ask NEG by `sign_request`, for want of a method; LOAN by its method."""
    client = Spot(job["api_key"], job["secret"], base_url=job["url"], private_key=private_key_of(job))
    yield "NEG", lambda: client.sign_request("GET", NEG_PATH, dict(job["range"]))
    yield "LOAN", client.portfolio_margin_bankruptcy_loan_amount


def described(error: Any) -> dict[str, int | None]:
    """Read the exchange's code and the HTTP status."""
    return {"code": error.error_code, "status": error.status_code}


if __name__ == "__main__":
    drive(questions, Error, described)
