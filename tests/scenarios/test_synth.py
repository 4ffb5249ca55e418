"""What is generated: the same bytes from the same seed in any process, and keys that sign."""

import os
import subprocess
import sys
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import json

from mockex import scenarios
from mockex.core.scenario import AccountSpec, HmacKey, PublicKeySpec, Scenario
from mockex.core.world import verifier_of
from mockex.endpoints.negative_balance_exchange_record import as_number
from mockex.signer import Signer
from mockex.synth import exchange_faker, rsa_pair

FILE = """
title = "Everything generated"
[[accounts]]
uid = 42
[accounts.generate]
records = 25
since = 2026-01-01T00:00:00Z
until = 1775001600000
loan = true
keys = ["HMAC", "RSA", "Ed25519"]
"""
SEED = 2026
GOLDEN = "2f308dd98e364218ba5c3f0edd2ca32fddc5f1e58b7835aadb690acd82c9c62f"
"""If these bytes change, every seed that somebody has noted means another exchange: say so in the changelog."""


def generated(text: str = FILE, seed: int = SEED) -> Scenario:
    """Generate what a file asks for."""
    return scenarios.expanded(scenarios.parse(text, Path("generated.toml")), seed)


def digest(scenario: Any) -> str:
    """Hash all that a scenario says."""
    return sha256(json.encode(scenario)).hexdigest()


@pytest.fixture(scope="module")
def account() -> AccountSpec:
    """Generate the account once: its RSA key takes a while."""
    (account,) = generated().accounts
    return account


def test_bytes_of_a_seed_are_golden(account: AccountSpec) -> None:
    """An account with records, a loan and a key of each type is just what this seed has always made."""
    assert digest(account) == GOLDEN


def test_bytes_are_the_same_in_every_process() -> None:
    """Processes that hash strings differently, live in other zones and know other locales make the same bytes."""
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", "from tests.scenarios.test_synth import *; print(digest(generated().accounts[0]))"],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": ".", "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            cwd=Path(__file__).parents[2],
        )
        for seed, zone, locale in (("0", "Asia/Kathmandu", "C"), ("4294967295", "America/St_Johns", "C.UTF-8"))
    ]
    assert [maker.communicate(timeout=30)[0].strip() for maker in makers] == [GOLDEN, GOLDEN]


SMALL = FILE.replace('"RSA", ', "")


def test_seeds_differ() -> None:
    """Other seeds make other bytes, the neighbours and the largest of them too."""
    seeds = [0, 1, 2, SEED, (1 << 63) - 1]
    assert len({digest(generated(SMALL, seed)) for seed in seeds}) == len(seeds)


def test_account_is_the_same_whatever_stands_beside_it() -> None:
    """An account hangs on the seed and its UID alone: what is generated for the account before it changes nothing."""
    beside = SMALL.replace("[[accounts]]\n", '[[accounts]]\nuid = 41\ngenerate = { keys = ["HMAC"] }\n[[accounts]]\n')
    alone, (other, same) = generated(SMALL).accounts, generated(beside).accounts
    assert (same,) == alone
    assert other.keys[0] != same.keys[0]


def test_nothing_is_generated_twice() -> None:
    """Three hundred accounts have as many UIDs, none of them one that the file has taken, and as many keys."""
    text = 'title = "Many"\ngenerate = { accounts = 300 }\n'
    first = generated(text).accounts[0].uid
    accounts = generated(f"{text}[[accounts]]\nuid = {first}\n").accounts
    assert len(accounts) == 301
    assert len({account.uid for account in accounts}) == 301
    assert len({key.api_key for account in accounts for key in account.keys}) == 300
    assert accounts[0].keys == ()


def test_generating_leaves_what_is_written() -> None:
    """Records and keys of the file stay first, as they are; the request to generate is gone."""
    written = SMALL + (
        f'[[accounts.keys]]\ntype = "HMAC"\napi_key = "{"w" * 64}"\nsecret = "s"\n'
        "[[accounts.records]]\nstartTime = 1\nendTime = 2\ndetails = []\n"
    )
    scenario: Any = generated(written)
    (account,) = scenario.accounts
    assert [key.api_key == "w" * 64 for key in account.keys] == [True, False, False]
    assert [record.start_time == 1 for record in account.records] == [True] + [False] * 25
    assert (account.generate, scenario.generate) == (None, None)
    assert scenarios.expanded(scenario, 99) is scenario


def test_account_is_as_the_exchange_has_them(account: Any) -> None:
    """Records lie within what was asked for, amounts are above zero, and all of it can be read back as a scenario."""
    assert len(account.records) == 25
    for record in account.records:
        assert 1767225600000 <= record.start_time <= 1775001600000
        assert all(detail.negative_balance > 0 for detail in record.details)
    assert Decimal(account.loan.amount) > 0
    again: Any = json.decode(
        json.encode({"title": "x", "accounts": [account]}), type=scenarios.file_type(), strict=False
    )
    assert len(again.accounts[0].records) == 25


def test_last_moment_has_records_like_any_other() -> None:
    """Records that begin just before the end of time end by then, so that they can be read back from a state."""
    last = SMALL.replace("2026-01-01T00:00:00Z", "9999-12-31T23:59:59.990Z").replace("1775001600000", "253402300799999")
    (account,) = generated(last).accounts
    again: Any = json.decode(json.encode(account), type=type(account), strict=False)
    assert len(again.records) == 25


@pytest.mark.parametrize("number", [0, 1, 2], ids=["HMAC", "RSA", "Ed25519"])
def test_key_signs_and_is_verified(account: AccountSpec, number: int) -> None:
    """A generated key signs what its other half verifies, and no other key's half does."""
    key = account.keys[number]
    signature = Signer.of(key).signature("a=b")
    assert verifier_of(key)(b"a=b", signature)
    assert not verifier_of(key)(b"a=c", signature)
    assert [verifier_of(other)(b"a=b", signature) for other in account.keys] == [other is key for other in account.keys]


def test_rsa_key_is_a_real_one(account: AccountSpec) -> None:
    """It has 2,048 bits, the usual exponent and two different primes of 1,024 bits, and cryptography finds it sound."""
    key = account.keys[1]
    assert isinstance(key, PublicKeySpec)
    assert key.private_key is not None
    private = load_pem_private_key(key.private_key.encode(), password=None, unsafe_skip_rsa_key_validation=False)
    assert isinstance(private, RSAPrivateKey)
    numbers = private.private_numbers()
    assert (private.key_size, numbers.public_numbers.e) == (2_048, 65_537)
    assert numbers.p != numbers.q
    assert (numbers.p.bit_length(), numbers.q.bit_length()) == (1_024, 1_024)
    assert [pow(base, prime - 1, prime) for prime in (numbers.p, numbers.q) for base in (31, 37)] == [1, 1, 1, 1]


def test_rsa_pair_needs_nothing_but_its_source_of_chance() -> None:
    """The same source in the same state makes the same pair; and it is left in another state."""
    chance = Random(1)  # noqa: S311 - a key for tests
    before = chance.getstate()
    first = rsa_pair(chance)
    assert chance.getstate() != before
    chance.setstate(before)
    assert rsa_pair(chance) == first


def test_hmac_key_is_64_letters_and_digits(account: AccountSpec) -> None:
    """Key and secret look like the exchange's own, and are not the same."""
    key = account.keys[0]
    assert isinstance(key, HmacKey)
    for text in (key.api_key, key.secret):
        assert (len(text), text.isascii(), text.isalnum()) == (64, True, True)
    assert key.api_key != key.secret


def test_amounts_are_written_without_exponent() -> None:
    """However small or large an amount is, its digits are plain, at most eight behind the point, and no zero last."""
    faker = exchange_faker(1)
    amounts = [faker.asset_amount() for _ in range(2_000)]
    assert min(amounts) > 0
    assert max(amounts) > 1_000
    for text in map(as_number, amounts):
        whole, _, decimals = text.partition(".")
        assert whole.isdigit()
        assert len(decimals) <= 8
        assert not decimals.endswith("0")
