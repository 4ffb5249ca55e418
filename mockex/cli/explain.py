"""`mockex explain`: why a call was refused, or would be, in a sentence to act on and the facts behind it."""

import textwrap
from pathlib import Path
from typing import Any

import click

from mockex.asking import Server, one_line, segment
from mockex.cli import option
from mockex.cli.asking import as_json, asks, say
from mockex.cli.tables import pairs
from mockex.cli.units import MOMENT
from mockex.errors import MockexError

LINE = 100


@click.command()
@click.argument("call", metavar="[SEQ|URL]", required=False)
@option("--api-key", help="With URL: the API key that the call carries.")
@option("--secret", help="With URL: the HMAC secret. In the variable it does not show in the list of processes.")
@option("--private-key-file", type=click.Path(path_type=Path), help="With URL: an RSA or Ed25519 private key in PEM.")
@click.option("--at", type=MOMENT, help="With URL: the gateway's time, ISO 8601 or milliseconds; else the machine's.")
@click.option("--method", default="GET", show_default=True, help="With URL: how it is called.")
@click.option("--body", default="", help="With URL: the body that the call carries.")
@asks()
@as_json
def explain(server: Server, call: str | None, as_json: bool, **of_url: Any) -> None:
    """Say why the call SEQ of the journal was refused; without it, the last that was. It changes nothing.

    With URL no server is asked: say what a gateway would answer to that very call, made with this key.
    """
    if call is not None and not call.isdecimal():
        from mockex.cli.judging import judged

        said = judged(call, **of_url)
    else:
        given = next((name for name in ("at", "body") if of_url[name] not in (None, "")), None)
        if given is not None:
            raise MockexError(f"--{given} goes with a URL")
        said = server.ask("GET", server.of_world(f"/journal/{segment(call or last_refused(server))}/explain"))
    say(said, explained(said), as_json=as_json)


def last_refused(server: Server) -> str:
    """Find the last call that was refused, or that a fault spoiled. Raises MockexError where there is none."""
    for entry in reversed(server.ask("GET", server.of_world("/journal"))):
        if entry["refused_by"] or entry["faults"]:
            return str(entry["seq"])
    raise MockexError(f"no call in the journal of {server.world!r} was refused")


def explained(said: dict[str, Any]) -> str:
    """Write an explanation: what was answered, the reason the client heard, and then what else is wrong."""
    lines = [headline(said["call"])]
    first, *others = said["diagnoses"] or [None]
    if first is not None:
        lines += ["", diagnosed(first)]
    elif said["call"]["refused_by"]:
        lines += ["", f"The check {said['call']['refused_by']} refused it; no more is known."]
    elif said["faults"]:
        lines += ["", f"It was admitted; its answer is the doing of the declared fault {', '.join(said['faults'])}."]
    else:
        lines += ["", "It was admitted: every check passed it."]
    for number, one in enumerate(others):
        lines += ["", *(["Mended, it would be refused all the same:", ""] if not number else []), diagnosed(one)]
    return "\n".join(lines)


def headline(call: dict[str, Any]) -> str:
    """Tell a call and its answer in a line."""
    words = [f"call {call['seq']}:" if "seq" in call else "", call["method"], call["target"].partition("?")[0], "→"]
    words += [str(call["status"]), "" if call["code"] is None else str(call["code"]), call["refused_by"] or ""]
    return one_line(" ".join(filter(None, words)))


def diagnosed(diagnosis: dict[str, Any]) -> str:
    """Write a diagnosis: the sentence first, then the check, the mistake, and each fact in a line of its own."""
    code = "" if diagnosis["code"] is None else f" ({diagnosis['code']})"
    about: list[tuple[str, object]] = [("check", f"{diagnosis['check']}{code}")]
    if diagnosis["mistake"]:
        about.append(("mistake", diagnosis["mistake"]))
    about += [(one_line(name), one_line(value)) for name, value in diagnosis["facts"].items()]
    sentence = textwrap.fill(one_line(diagnosis["sentence"]), LINE, break_long_words=False, break_on_hyphens=False)
    return f"{sentence}\n{pairs(about, indent='  ')}"
