"""All broken clients, family by family: at least one for each requirement."""

from tests.conformance.broken import Broken
from tests.conformance.zoo.clocks import TIME
from tests.conformance.zoo.data import DATA
from tests.conformance.zoo.errors import ERR
from tests.conformance.zoo.networks import NET
from tests.conformance.zoo.ranges import WIN
from tests.conformance.zoo.rates import RATE
from tests.conformance.zoo.safety import SAFE
from tests.conformance.zoo.several import CONC
from tests.conformance.zoo.signing import SIG

ZOO: tuple[Broken, ...] = (*SIG, *TIME, *RATE, *ERR, *NET, *DATA, *WIN, *SAFE, *CONC)
