"""What a world tells of itself: its keys, with all that is needed to sign, and what it was at a snapshot."""

from pathlib import Path

from msgspec import Struct

from mockex.core.account import KeyType
from mockex.core.scenario import Behaviour
from mockex.core.weight import Limits
from mockex.signer import Signer
from mockex.testing.reach import OfWorld


class ToldKey(Struct):
    """A key of a world, with its private half where it is known."""

    api_key: str
    type: KeyType
    secret: str | None = None
    private_key: str | None = None
    private_key_file: str | None = None

    def __repr__(self) -> str:
        """Tell the key, and nothing to sign with."""
        return f"ToldKey(api_key={self.api_key!r}, type={self.type!r})"


class ToldWorld(Struct):
    """What a world says of itself."""

    name: str
    scenario: str
    seed: int
    now_ms: int
    keys: tuple[ToldKey, ...]
    accounts: tuple[int, ...]
    limits: Limits
    behaviour: Behaviour
    calls: int
    refused: int
    happened: tuple[str, ...]


class Snapshot(Struct, frozen=True):
    """A world as it was; it can be gone back to again and again. With `with` that happens at the end.

    `expected` are the refusals that its test expects, and `expected_then` those that it did: the numbers of calls that
    a revert forgets are given again.
    """

    of: OfWorld
    id: str
    expected: set[int]
    expected_then: frozenset[int]

    def revert(self) -> None:
        """Make the world what it was: its clock, data, budgets, bans, faults and journal."""
        self.of.ask("POST", f"/snapshots/{self.id}/revert", object)
        self.expected.clear()
        self.expected.update(self.expected_then)

    def __enter__(self) -> "Snapshot":
        return self

    def __exit__(self, *_: object) -> None:
        self.revert()


def signer_of(key: ToldKey) -> Signer:
    """Make the signer of a key. Raises ValueError where its private half is not known."""
    if key.secret is not None:
        return Signer(api_key=key.api_key, secret=key.secret)
    if key.private_key_file is not None:
        return Signer(api_key=key.api_key, private_key=Path(key.private_key_file).read_text(encoding="ascii"))
    if key.private_key is None:
        raise ValueError(f"the private half of {key.api_key} is not known")
    return Signer(api_key=key.api_key, private_key=key.private_key)
