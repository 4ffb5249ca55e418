"""Adapts the official SDKs of portfolio margin (records) and portfolio margin pro (the loan).

`parameters` are not claimed: the methods take none but their own, and `send_signed_request`, which would, raises a
TypeError before anything is sent (16.0.0: "'function' object is not subscriptable").
"""

import ssl
from importlib.metadata import version
from typing import Any

from adapting import ALL_KEYS, Adapter, Question, speak, weights, window
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import (
    BadRequestError,
    Error,
    ForbiddenError,
    NotFoundError,
    RateLimitBanError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
)
from binance_sdk_derivatives_trading_portfolio_margin import DerivativesTradingPortfolioMargin
from binance_sdk_derivatives_trading_portfolio_margin_pro import DerivativesTradingPortfolioMarginPro

PACKAGE = "binance-sdk-derivatives-trading-portfolio-margin"
STATUS: dict[type, int] = {
    BadRequestError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    RateLimitBanError: 418,
    TooManyRequestsError: 429,
}
"""These tell the HTTP status by their class alone; what they call `status_code` is the exchange's code."""


class Made:
    """Both SDKs with one configuration; the caller's recvWindow; and the headers that the last answer came with."""

    def __init__(self, question: Question) -> None:
        configuration = ConfigurationRestAPI(
            api_key=question["api_key"],
            api_secret=question.get("secret"),
            private_key=question.get("private_key"),
            base_path=question["url"],
            https_agent=ssl.create_default_context(cafile=question["ca_file"]) if "ca_file" in question else None,
        )
        self.margin = DerivativesTradingPortfolioMargin(configuration).rest_api
        self.pro = DerivativesTradingPortfolioMarginPro(configuration).rest_api
        self.question = question
        self.headers: dict[str, str] = {}

    def read(self, response: Any) -> Any:
        """Keep the headers of an answer, and give its data: a model, or where the answer does not fit it, as it is."""
        self.headers = response.headers
        data = response.data()
        return data.to_dict() if hasattr(data, "to_dict") else data


def loan(made: Made) -> Any:
    """Ask by the method of the one SDK."""
    asked = made.pro.query_portfolio_margin_pro_bankruptcy_loan_amount(**window(made.question, "recv_window"))
    return made.read(asked)


def records(made: Made, start_ms: int, end_ms: int, _parameters: dict[str, str]) -> Any:
    """Ask by the method of the other."""
    how = window(made.question, "recv_window")
    return made.read(made.margin.query_user_negative_balance_auto_exchange_record(start_ms, end_ms, **how))


def described(error: Any) -> dict[str, Any]:
    """Read the exchange's code, the status and the time to wait from where the SDK puts them."""
    if isinstance(error, ServerError):
        return {"status": error.status_code}
    return {
        "code": getattr(error, "status_code", None),
        "status": STATUS.get(type(error)),
        "retry_after_s": getattr(error, "retry_after", None),
    }


if __name__ == "__main__":
    speak(
        Adapter(
            package=PACKAGE,
            version=f"{version(PACKAGE)}, pro {version(f'{PACKAGE}-pro')}",
            features=(*ALL_KEYS, "recv_window", "retry_after", "used_weight", "tls"),
            made=Made,
            loan=loan,
            records=records,
            errors=(Error,),
            described=described,
            used_weight=lambda made: weights(made.headers),
        )
    )
