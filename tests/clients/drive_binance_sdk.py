"""Drives the official SDKs of portfolio margin (NEG) and portfolio margin pro (LOAN)."""

from collections.abc import Callable, Iterator
from typing import Any

from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import Error
from binance_sdk_derivatives_trading_portfolio_margin import DerivativesTradingPortfolioMargin
from binance_sdk_derivatives_trading_portfolio_margin_pro import DerivativesTradingPortfolioMarginPro
from driving import Job, drive


def questions(job: Job) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ask by the methods of both SDKs; the answers are their models."""
    configuration = ConfigurationRestAPI(
        api_key=job["api_key"],
        api_secret=job["secret"],
        private_key=job["private_key_file"],
        base_path=job["url"],
        timeout=10_000,  # the default, 1 s, would be retried on a busy machine
    )
    margin = DerivativesTradingPortfolioMargin(configuration).rest_api
    pro = DerivativesTradingPortfolioMarginPro(configuration).rest_api
    start, end = job["range"]["startTime"], job["range"]["endTime"]
    yield "NEG", lambda: margin.query_user_negative_balance_auto_exchange_record(start, end).data().to_dict()
    yield "LOAN", lambda: pro.query_portfolio_margin_pro_bankruptcy_loan_amount().data().to_dict()


def described(error: Any) -> dict[str, int | None]:
    """Find the exchange's code where the SDK puts it, in `status_code`; the HTTP status is told by the class alone."""
    return {"code": getattr(error, "status_code", None), "status": None}


if __name__ == "__main__":
    drive(questions, Error, described)
