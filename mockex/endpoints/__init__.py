"""The endpoints: one small file for each documentation page, and one line here."""

from mockex.core.endpoint import Catalogue
from mockex.endpoints.keyless import KEYLESS
from mockex.endpoints.negative_balance_exchange_record import NEGATIVE_BALANCE_EXCHANGE_RECORD
from mockex.endpoints.pm_loan import PM_LOAN
from mockex.gateways import GATEWAYS

CATALOGUE = Catalogue(
    (
        NEGATIVE_BALANCE_EXCHANGE_RECORD,
        PM_LOAN,
        *KEYLESS,
    ),
    GATEWAYS,
)
