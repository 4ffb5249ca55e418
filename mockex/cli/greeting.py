"""What `mockex serve` prints when it is ready: where it is, its keys, and a first signed call that works as pasted."""

import json
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mockex import __version__
from mockex.core.scenario import HmacKey, PublicKeySpec
from mockex.core.world import World
from mockex.scenarios import key_type

SHOWN_KEYS = 6
FIRST_CALL = "/sapi/v1/portfolio/pmLoan"
APART = "each counts weight, bans and faults for itself, so budgets are up to so many times as large; no /_mockex/"


@contextmanager
def key_files(world: World) -> Iterator[list[dict[str, str]]]:
    """Describe the world's keys; a private key that is not in a file yet lies in one as long as the server runs."""
    with TemporaryDirectory(prefix="mockex-") as folder:
        yield [
            described(key, Path(folder) / f"{number}.pem")
            for number, key in enumerate(key for account in world.scenario.accounts for key in account.keys)
        ]


def described(key: HmacKey | PublicKeySpec, file: Path) -> dict[str, str]:
    """Describe a key so that a test can sign with it."""
    about = {"api_key": key.api_key, "type": key_type(key)}
    if isinstance(key, HmacKey):
        return about | {"secret": key.secret}
    if key.private_key_file is not None:
        return about | {"private_key_file": key.private_key_file}
    if key.private_key is not None:
        file.touch(mode=0o600)
        file.write_text(key.private_key, encoding="ascii")
        return about | {"private_key_file": str(file)}
    return about


def greeting(
    url: str,
    scenario: str,
    seed: int,
    keys: list[dict[str, str]],
    *,
    as_json: bool,
    loop: str,
    control: str | None = None,
    workers: Sequence[int] = (),
) -> str:
    """Write what is printed: `control` is the URL of mockex itself where that is another, `workers` are processes."""
    if as_json:
        about = {"url": url, "scenario": scenario, "seed": seed, "keys": keys, "loop": loop}
        more = ({"control_url": control} if control else {}) | ({"workers": list(workers)} if workers else {})
        return json.dumps(about | more)
    lines = [
        f"mockex {__version__} · scenario {scenario} · {url}",
        *([f"mockex itself: {control}/_mockex/"] if control else []),
        *([f"{len(workers)} workers: {APART}"] if workers else []),
        "An offline exchange: no key, account or debt in it is real. Ctrl-C ends it.",
        "",
        *(line for key in keys[:SHOWN_KEYS] for line in _key_lines(key)),
    ]
    if len(keys) > SHOWN_KEYS:
        lines.append(f"… and {len(keys) - SHOWN_KEYS} more keys; --json lists them all")
    signing = next((key for key in keys if "secret" in key), None)
    if signing:
        lines += ["", "A first signed call:", "", f"  {curl_line(url, signing)}", ""]
        lines += ["or, the same:", "", f"  {program()} curl {FIRST_CALL} --url {url}"]
    return "\n".join(lines)


def _key_lines(key: dict[str, str]) -> Iterator[str]:
    yield f"{key['type']:8} {key['api_key']}"
    if "secret" in key:
        yield f"         secret {key['secret']}"
    elif "private_key_file" in key:
        yield f"         private key {key['private_key_file']}"


def curl_line(url: str, key: dict[str, str]) -> str:
    """Write a shell line that signs and calls, at the exchange's own time, which may not be the machine's."""
    secret = shlex.quote(key["secret"])
    return (
        f'Q="timestamp=$(curl -s {url}/api/v3/time | tr -dc 0-9)"; '
        f"curl -s -H 'X-MBX-APIKEY: {key['api_key']}' "
        f'"{url}{FIRST_CALL}?$Q&signature=$(printf %s "$Q" | openssl dgst -sha256 -hmac {secret} -r '
        "| cut -d' ' -f1)\"; echo"
    )


def program() -> str:
    """Name this program as the reader can call it."""
    called = Path(sys.argv[0]).absolute()
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m mockex"
    if shutil.which("mockex") == str(called):
        return "mockex"
    if called.is_relative_to(Path.cwd()):
        return shlex.quote(f"./{called.relative_to(Path.cwd())}")
    return shlex.quote(str(called))
