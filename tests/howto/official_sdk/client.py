"""The official SDKs, configured: portfolio margin for the records, portfolio margin pro for the loan."""

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_derivatives_trading_portfolio_margin import DerivativesTradingPortfolioMargin
from binance_sdk_derivatives_trading_portfolio_margin_pro import DerivativesTradingPortfolioMarginPro


class Client:
    """A client of one account, with an HMAC key; its errors are those of the SDKs, of `binance_common.errors`."""

    def __init__(self, url: str, api_key: str, secret: str) -> None:
        configuration = ConfigurationRestAPI(
            api_key=api_key, api_secret=secret, base_path=url, timeout=10_000, retries=2, backoff=1_000
        )
        self.margin = DerivativesTradingPortfolioMargin(configuration).rest_api
        self.pro = DerivativesTradingPortfolioMarginPro(configuration).rest_api

    def loan(self) -> tuple[str, str]:
        """Ask what the account owes, as asset and amount."""
        owed = self.pro.query_portfolio_margin_pro_bankruptcy_loan_amount().data()
        return owed.asset, owed.amount

    def exchanged_assets(self, start_ms: int, end_ms: int) -> list[str]:
        """Ask which assets were exchanged in a time, newest first."""
        records = self.margin.query_user_negative_balance_auto_exchange_record(start_ms, end_ms).data()
        return [detail.asset for row in records.rows for detail in row.details]
