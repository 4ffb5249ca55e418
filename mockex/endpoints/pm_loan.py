"""Query Portfolio Margin Pro Bankruptcy Loan Amount (USER_DATA).

https://developers.binance.com/docs/derivatives/portfolio-margin-pro/account/Query-Classic-Portfolio-Margin-Bankruptcy-Loan-Amount
"""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, json

from mockex.core.call import Call
from mockex.core.endpoint import Endpoint, NoParams
from mockex.core.gateway import Check
from mockex.core.refusals import Mark, Refusal
from mockex.core.weight import Scope, Weight
from mockex.gateways import SAPI

Amount = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,30}(\.[0-9]{1,18})?$(?!\n)", description="a decimal number, as the string that is sent"),
]


class Loan(Struct, frozen=True, forbid_unknown_fields=True):
    """What the account still owes after liquidation; an account that owes nothing shows 0."""

    asset: Annotated[str, Meta(min_length=1, max_length=40)] = "BUSD"
    amount: Amount = "0"


def owes_nothing(call: Call) -> bool:
    """Does the account owe nothing, in a world whose `no_loan` is "refuse"?"""
    return (
        call.key is not None
        and call.world.behaviour.no_loan == "refuse"
        and isinstance(call.held, Loan)
        and Decimal(call.held.amount) == 0
    )


def answer(loan: Loan, _query: NoParams, _now_ms: int) -> bytes:
    """Tell asset and amount, both as strings."""
    return json.encode(loan)


PM_LOAN = Endpoint(
    name="pm_loan",
    path="/sapi/v1/portfolio/pmLoan",
    gateway=SAPI,
    weight=Weight(500, per=Scope.UID),
    permission="enableReading",
    checks=(
        Check(
            owes_nothing,
            Refusal(400, -21004, "USER_NO_LIABILITY"),
            Mark.DECIDED,
            'only where `no_loan = "refuse"`: PRO-ERR and FAQ1 against the endpoint\'s own page',
        ),
    ),
    held_as="loan",
    holds=Loan,
    nothing=Loan(),
    answer=answer,
    returns=Loan,
    page="https://developers.binance.com/docs/derivatives/portfolio-margin-pro/account/"
    "Query-Classic-Portfolio-Margin-Bankruptcy-Loan-Amount",
    example='{"asset":"BUSD","amount":"579.45"}',
)
