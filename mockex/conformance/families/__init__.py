"""All requirements, family by family; the order is that of the reports."""

from mockex.conformance.families.clocks import TIME
from mockex.conformance.families.data import DATA
from mockex.conformance.families.errors import ERR
from mockex.conformance.families.networks import NET
from mockex.conformance.families.ranges import WIN
from mockex.conformance.families.rates import RATE
from mockex.conformance.families.safety import SAFE
from mockex.conformance.families.several import CONC
from mockex.conformance.families.signing import SIG
from mockex.conformance.requirement import Requirement

REQUIREMENTS: tuple[Requirement, ...] = (*SIG, *TIME, *RATE, *ERR, *NET, *DATA, *WIN, *SAFE, *CONC)
