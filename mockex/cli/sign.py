"""`mockex sign` and `mockex curl`: sign a query, and make a signed call to a running server."""

import sys
from pathlib import Path
from urllib.parse import urlencode

import click

from mockex.asking import DEFAULT_URL, fetch
from mockex.cli import option
from mockex.errors import MockexError
from mockex.signer import Signer


@click.command()
@click.argument("query")
@option("--secret", help="The HMAC secret. In the variable it does not show in the list of processes.")
@option("--private-key-file", type=click.Path(path_type=Path), help="An RSA or Ed25519 private key in PEM.")
def sign(query: str, secret: str | None, private_key_file: Path | None) -> None:
    """Sign QUERY, exactly as written, and print it with its signature. Without a key it is signed by `documented`'s."""
    click.echo(signed(query, signer(None, secret, private_key_file)))


@click.command()
@click.argument("path")
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]…")
@option("--url", default=DEFAULT_URL, show_default=True, help="The server.")
@option("--api-key", help="The API key; without it the HMAC key of the scenario `documented`.")
@option("--secret", help="The HMAC secret. In the variable it does not show in the list of processes.")
@option("--private-key-file", type=click.Path(path_type=Path), help="An RSA or Ed25519 private key in PEM.")
@click.option("-i", "--include", is_flag=True, help="Print the status and the headers too.")
def curl(
    path: str,
    parameters: tuple[str, ...],
    url: str,
    api_key: str | None,
    secret: str | None,
    private_key_file: Path | None,
    include: bool,
) -> None:
    """Call PATH, signed at the server's own time, and print the answer. Exit 1 where it is a refusal."""
    pairs = [parameter.partition("=") for parameter in parameters]
    unnamed = next((name for name, separator, _ in pairs if not separator), None)
    if unnamed is not None:
        raise MockexError(f"{unnamed!r} is no parameter; expected NAME=VALUE")
    if not path.startswith("/"):
        raise MockexError(f"{path!r} is no path; expected one that starts with a slash, as /sapi/v1/portfolio/pmLoan")
    url = url.rstrip("/")
    query = urlencode([(name, value) for name, _, value in pairs])
    if not any(name == "timestamp" for name, _, _ in pairs):
        query += f"{'&' if query else ''}timestamp={server_time(url)}"
    by = signer(api_key, secret, private_key_file)
    status, headers, body = fetch(f"{url}{path}?{signed(query, by)}", {"X-MBX-APIKEY": by.api_key})
    if include:
        click.echo(f"HTTP {status}\n{headers}")
    click.echo(body)
    sys.exit(0 if status < 400 else 1)  # noqa: PLR2004 - the first status that is a refusal


def signer(api_key: str | None, secret: str | None, private_key_file: Path | None) -> Signer:
    """Make the signer of what was given; the rest is the HMAC key's of the scenario `documented`."""
    if secret is not None and private_key_file is not None:
        raise MockexError("a query is signed either by a secret or by a private key, not by both")
    if secret == "":
        raise MockexError("the secret is empty")
    from mockex import scenarios

    documented = Signer.of(scenarios.read(scenarios.DEFAULT).accounts[0].keys[0])
    if private_key_file is None:
        return Signer(api_key=api_key or documented.api_key, secret=secret or documented.secret)
    try:
        private_key = private_key_file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise MockexError(f"{private_key_file}: cannot be read: {error}") from None
    return Signer(api_key=api_key or documented.api_key, private_key=private_key)


def signed(query: str, by: Signer) -> str:
    """Put the signature behind a query."""
    try:
        return by.signed(query)
    except (ValueError, TypeError):
        raise MockexError("expected an RSA or Ed25519 private key in PEM, without a password") from None


def server_time(url: str) -> int:
    """Ask the server for its time."""
    from msgspec import DecodeError, json

    _, _, body = fetch(f"{url}/api/v3/time", {})
    try:
        return int(json.decode(body)["serverTime"])
    except (DecodeError, KeyError, TypeError, ValueError):
        raise MockexError(f"{url} does not tell the time as an exchange does; it says {body[:80]!r}") from None
