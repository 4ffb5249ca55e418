"""Made-up accounts, keys, records and loans: a Faker provider whose bytes depend on the seed alone.

Faker is imported here and nowhere else; mockex imports this module only for a scenario that generates something.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import gcd
from random import Random
from typing import Any

from faker import Faker
from faker.providers import BaseProvider
from msgspec import structs

from mockex import scenarios
from mockex.core.account import KeyType
from mockex.core.bounds import MAX_CLOCK_MS
from mockex.core.clock import moment_ms
from mockex.core.scenario import (
    AccountSpec,
    AnyKey,
    Ed25519Key,
    GenerateForAccount,
    HmacKey,
    RsaKey,
    Scenario,
)
from mockex.endpoints.negative_balance_exchange_record import Detail, Record
from mockex.endpoints.pm_loan import Loan

ASSETS = ("BNB", "BTC", "ETH", "SOL", "USDC", "USDT", "XRP")
LOAN_ASSETS = ("BUSD", "USDT")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
RSA_BITS = 2_048
RSA_EXPONENT = 65_537


class ExchangeProvider(BaseProvider):
    """What the exchange knows of an account, as Faker makes it: `faker.exchange_record(since, until)` and the like."""

    @property
    def chance(self) -> Random:
        """The generator's own source of chance."""
        chance: Random = self.generator.random
        return chance

    def api_key(self) -> str:
        """Make an API key or an HMAC secret: 64 letters and digits."""
        return "".join(self.chance.choices(ALPHABET, k=64))

    def asset_amount(self, places: int = 8) -> Decimal:
        """Make an amount above 0 of at most `places` decimals, as often small as large."""
        chance = self.chance
        units = chance.randint(1, 10 ** chance.randint(0, 4 + places))
        return Decimal(units).scaleb(-places).normalize() + 0

    def exchange_record(self, since_ms: int, until_ms: int) -> Record:
        """Make one auto exchange that begins within [since_ms, until_ms] and lasts up to ten minutes."""
        chance = self.chance
        start_ms = chance.randint(since_ms, until_ms)
        assets = chance.sample(ASSETS, k=chance.choice((1, 1, 1, 2, 3)))
        details = tuple(Detail(asset, self.asset_amount(), chance.choice((0, 0, 1, 5, 50))) for asset in assets)
        end_ms = min(start_ms + chance.randint(1_000, 600_000), MAX_CLOCK_MS)
        return Record(start_ms, end_ms, details)

    def loan(self) -> Loan:
        """Make a bankruptcy loan."""
        return Loan(self.chance.choice(LOAN_ASSETS), f"{self.asset_amount(places=8):f}")

    def uid(self) -> int:
        """Make a UID of nine digits."""
        return self.chance.randint(100_000_000, 999_999_999)

    def hmac_key(self) -> HmacKey:
        """Make a key that signs with a secret."""
        return HmacKey(api_key=self.api_key(), secret=self.api_key())

    def rsa_key(self) -> RsaKey:
        """Make a key that signs with an RSA private key, both halves inline; takes about half a second."""
        public, private = rsa_pair(self.chance)
        return RsaKey(api_key=self.api_key(), public_key=public, private_key=private)

    def ed25519_key(self) -> Ed25519Key:
        """Make a key that signs with an Ed25519 private key, both halves inline."""
        public, private = ed25519_pair(self.chance)
        return Ed25519Key(api_key=self.api_key(), public_key=public, private_key=private)

    def exchange_key(self, key_type: KeyType) -> AnyKey:
        """Make a key of a type."""
        if key_type == "HMAC":
            return self.hmac_key()
        return self.rsa_key() if key_type == "RSA" else self.ed25519_key()


def exchange_faker(seed: int) -> Any:
    """Make a Faker that knows the exchange; the same seed makes the same things in any process."""
    faker = Faker()
    faker.add_provider(ExchangeProvider)
    faker.seed_instance(seed)
    return faker


def expand(scenario: Scenario, seed: int) -> Scenario:
    """Put what a scenario asks to be generated in its place; an account's chance depends on the seed and its UID."""
    accounts = [_expanded(account, seed) for account in scenario.accounts]
    if scenario.generate is not None:
        account_type = scenarios.account_type()
        taken = {account.uid for account in accounts}
        accounts += [
            _expanded(account_type(uid=uid, generate=scenario.generate.each), seed)
            for uid in _uids(seed, taken, scenario.generate.accounts)
        ]
    return structs.replace(scenario, accounts=tuple(accounts), generate=None)


def _uids(seed: int, taken: set[int], count: int) -> Iterator[int]:
    faker = exchange_faker(seed)
    while count:
        uid = faker.uid()
        if uid not in taken:
            taken.add(uid)
            count -= 1
            yield uid


def _expanded(account: AccountSpec, seed: int) -> AccountSpec:
    wanted = account.generate
    if wanted is None:
        return account
    faker = exchange_faker(seed * 1_000_003 + account.uid)
    changes: dict[str, Any] = {"generate": None}
    changes["keys"] = account.keys + tuple(faker.exchange_key(key_type) for key_type in wanted.keys)
    if wanted.loan:
        changes["loan"] = faker.loan()
    if wanted.records:
        changes["records"] = getattr(account, "records", ()) + _records(wanted, faker)
    return structs.replace(account, **changes)


def _records(wanted: GenerateForAccount, faker: Any) -> tuple[Record, ...]:
    assert wanted.since is not None
    assert wanted.until is not None
    since_ms, until_ms = moment_ms(wanted.since), moment_ms(wanted.until)
    return tuple(faker.exchange_record(since_ms, until_ms) for _ in range(wanted.records))


def ed25519_pair(chance: Random) -> tuple[str, str]:
    """Make an Ed25519 key pair: public and private half in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return _pem_pair(Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)))


def rsa_pair(chance: Random) -> tuple[str, str]:
    """Make an RSA key pair: public and private half in PEM.

    cryptography takes no seed, so the primes are found here; the arithmetic of the key is its own. For tests only.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    p, q = _prime(chance), _prime(chance)
    d = pow(RSA_EXPONENT, -1, (p - 1) * (q - 1) // gcd(p - 1, q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(RSA_EXPONENT, p * q)
    )
    return _pem_pair(numbers.private_key())


def _prime(chance: Random) -> int:
    """Find a prime of half the bits, its two highest set so that the product has all of them."""
    while True:
        candidate = chance.getrandbits(RSA_BITS // 2) | (3 << (RSA_BITS // 2 - 2)) | 1
        if gcd(candidate, _SMALL_PRIMES) == 1 and candidate % RSA_EXPONENT != 1 and _is_probably_prime(candidate):
            return candidate


def _is_probably_prime(number: int, bases: tuple[int, ...] = (2, 3, 5, 7, 11, 13, 17, 19)) -> bool:
    """Test by Miller and Rabin; for a random number of 1,024 bits the chance of a mistake is far below 2⁻¹⁰⁰."""
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for base in bases:
        power = pow(base, odd, number)
        if power not in (1, number - 1) and all(
            (power := power * power % number) != number - 1 for _ in range(twos - 1)
        ):
            return False
    return True


def _product_of_primes(below: int) -> int:
    product = 1
    for number in range(3, below, 2):
        if gcd(number, product) == 1:
            product *= number
    return product


_SMALL_PRIMES = _product_of_primes(2_000)


def _pem_pair(key: Any) -> tuple[str, str]:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return public.decode(), private.decode()
