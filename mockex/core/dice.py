"""Chance as a function and not as a stream: the same seed, fault and call always fall the same."""

from hashlib import blake2b


def roll(seed: int, name: str, nth: int) -> float:
    """Give a number in [0, 1) for the nth call that a fault of this name could strike."""
    digest = blake2b(f"{seed}\n{name}\n{nth}".encode(), digest_size=7).digest()
    return (int.from_bytes(digest) >> 3) / (1 << 53)


def text(seed: int, *names: str | int) -> str:
    """Give 64 hex digits that look like chance and are a function of the seed and the names."""
    return blake2b("\n".join(map(str, (seed, *names))).encode(), digest_size=32).hexdigest()
