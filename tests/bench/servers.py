"""The servers that are compared: each is a row of data."""

import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tests.bench.homes import Home
from tests.bench.processes import ROOT
from tests.bench.workload import PATH, SCENARIO, Question, key_of, scenario, signed_calls, sts_call

SERVE = Path(__file__).with_name("serve")

Family = Literal["mockex", "floor", "peer"]


class Server(Struct, frozen=True, kw_only=True):
    """One server: where it lives, how it is started there, what it is asked, and whether it verifies a signature.

    `command` is filled in: {python} or {packages} of its home, {port} and {admin}, which are free ports, its {folder}
    with files for it, the {serve} folder of small servers. It `gives` the very bytes, the same JSON, or its own. It is
    loaded for `warming_s` before it is measured: who compiles while running needs longer. What it `prints` when ready
    must match, so that nobody is measured as what he is not.
    """

    name: str
    title: str
    family: Family
    home: str
    command: tuple[str, ...]
    verifies: bool = False
    gives: Literal["bytes", "json", "own"] = "bytes"
    note: str = ""
    warming_s: float = 2.0
    prints: str = ""

    def filled_in(self, home: Home, folder: Path, port: int, admin: int, served: Path = SCENARIO) -> list[str]:
        """Write the command that starts it; mockex has this scenario served."""
        words = {"python": home.python or sys.executable, "packages": home.packages, "folder": str(folder)}
        words |= {"port": str(port), "admin": str(admin), "serve": str(SERVE), "path": PATH, "scenario": str(served)}
        words |= {"secret": key_of(scenario()).secret, "mockex": entry_point(), "asyncio": asyncio_option()}
        return [filled for word in self.command if (filled := word.format(**words))]

    def question(self) -> Question:
        """Say what it is asked."""
        return sts_call() if self.gives == "own" else signed_calls()


def entry_point() -> str:
    """Write the program behind the command `mockex`, as pip does."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts["mockex"].partition(":")
    return f"import sys; from {module} import {name}; sys.exit({name}())"


def asyncio_option() -> str:
    """Say what keeps `mockex serve` on asyncio's own loop; nothing is needed where there is no other."""
    return "--no-uvloop" if find_spec("uvloop") else ""


def _small(file: str, *more: str) -> tuple[str, ...]:
    return ("{python}", f"{{serve}}/{file}", "{port}", "{folder}/body.json", *more)


def _mockex(*more: str) -> tuple[str, ...]:
    return ("{python}", "-c", "{mockex}", "serve", "--port", "{port}", "--json", "--scenario", "{scenario}", *more)


_JAVA = ("java", "-jar", "{packages}/wiremock/build/wiremock-standalone-3.13.2.jar", "--port", "{port}")
_PRISM = ("node", "{packages}/.bin/prism", "mock", "--host", "127.0.0.1", "--port", "{port}", "{folder}/openapi.json")

SERVERS = (
    Server(
        name="mockex",
        title="mockex",
        family="mockex",
        home="plain",
        command=_mockex("{asyncio}"),
        verifies=True,
        note="everything that is on by default: both gateways' checks, weights, journal, worlds, control API",
    ),
    Server(
        name="aiohttp",
        title="bare `aiohttp.web` handler",
        family="floor",
        home="plain",
        command=_small("bare_aiohttp.py", "{path}"),
        note="the floor of the framework: ratios are to it",
    ),
    Server(
        name="mockex-fast",
        title="mockex with the `fast` extra",
        family="mockex",
        home="fast",
        command=_mockex(),
        prints=r'"loop": ?"uvloop"',
        verifies=True,
        note="on uvloop, which it takes where that is installed",
    ),
    Server(
        name="aiohttp-uvloop",
        title="bare `aiohttp.web` handler, uvloop",
        family="floor",
        home="fast",
        command=_small("bare_aiohttp.py", "{path}", "uvloop"),
    ),
    Server(
        name="mockex-workers",
        title="mockex `--workers 2`",
        family="mockex",
        home="plain",
        command=_mockex("--workers", "2", "{asyncio}"),
        verifies=True,
        note="two processes; the load generator wants one of the cores too",
    ),
    Server(
        name="aiohttp-low",
        title="aiohttp's `web.Server`",
        family="floor",
        home="plain",
        command=_small("low_aiohttp.py"),
        note="its low-level API, without application and router",
    ),
    Server(
        name="aiohttp-low-uvloop",
        title="aiohttp's `web.Server`, uvloop",
        family="floor",
        home="fast",
        command=_small("low_aiohttp.py", "uvloop"),
    ),
    Server(
        name="raw",
        title="raw asyncio protocol",
        family="floor",
        home="plain",
        command=_small("raw_protocol.py"),
        note="the floor of the language: it parses nothing",
    ),
    Server(
        name="raw-uvloop",
        title="raw asyncio protocol, uvloop",
        family="floor",
        home="fast",
        command=_small("raw_protocol.py", "uvloop"),
    ),
    Server(
        name="nginx",
        title="nginx, a static file",
        family="peer",
        home="nginx",
        command=("nginx", "-p", "{folder}", "-c", "{folder}/nginx.conf"),
    ),
    Server(
        name="node",
        warming_s=5,
        title="Node's `http`, ready bytes",
        family="peer",
        home="node",
        command=("node", "{serve}/constant.mjs", "{port}", "{folder}/body.json", "{path}"),
    ),
    Server(
        name="starlette",
        title="Starlette on uvicorn, HMAC",
        family="peer",
        home="starlette",
        command=_small("starlette_hmac.py", "{path}", "{secret}"),
        verifies=True,
        note="our own handler: it verifies the signature and nothing else",
    ),
    Server(
        name="flask",
        title="Flask on waitress, HMAC",
        family="peer",
        home="flask",
        command=_small("flask_hmac.py", "{path}", "{secret}"),
        verifies=True,
        note="our own handler: it verifies the signature and nothing else",
    ),
    Server(
        name="wiremock",
        warming_s=20,
        title="WireMock",
        family="peer",
        home="wiremock",
        command=(*_JAVA, "--root-dir", "{folder}"),
        note="as it comes: it keeps a journal without end",
    ),
    Server(
        name="wiremock-tuned",
        warming_s=20,
        title="WireMock, tuned",
        family="peer",
        home="wiremock",
        command=(
            *_JAVA,
            "--root-dir",
            "{folder}",
            "--no-request-journal",
            "--disable-banner",
            "--container-threads",
            "100",
            "--async-response-enabled",
            "true",
        ),
        note="`--no-request-journal --async-response-enabled true --container-threads 100`",
    ),
    Server(name="prism", warming_s=5, title="Prism", family="peer", home="prism", command=_PRISM, note="as it comes"),
    Server(
        name="prism-quiet",
        warming_s=5,
        title="Prism, quiet",
        family="peer",
        home="prism",
        command=(*_PRISM, "--verboseLevel", "silent"),
        note="`--verboseLevel silent`",
    ),
    Server(
        name="mountebank",
        warming_s=5,
        title="mountebank",
        family="peer",
        home="mountebank",
        command=(
            "node",
            "{packages}/.bin/mb",
            "start",
            "--port",
            "{admin}",
            "--configfile",
            "{folder}/imposters.json",
            "--nologfile",
            "--localOnly",
        ),
    ),
    Server(
        name="mockoon",
        warming_s=5,
        title="Mockoon CLI",
        family="peer",
        home="mockoon",
        command=("node", "{packages}/.bin/mockoon-cli", "start", "--data", "{folder}/mockoon.json", "--port", "{port}"),
    ),
    Server(
        name="json-server",
        warming_s=5,
        title="json-server",
        family="peer",
        home="json-server",
        command=(
            "node",
            "{packages}/.bin/json-server",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--routes",
            "{folder}/routes.json",
            "--quiet",
            "{folder}/db.json",
        ),
        gives="json",
        note="the same JSON, indented",
    ),
    Server(
        name="pytest-httpserver",
        title="pytest-httpserver",
        family="peer",
        home="pytest-httpserver",
        command=_small("pytest_httpserver_constant.py", "{path}"),
        note="one call after the other",
    ),
    Server(
        name="moto",
        title="moto server",
        family="peer",
        home="moto",
        command=("{python}", "-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"),
        gives="own",
        note="an exchange of its own kind: STS' GetCallerIdentity",
    ),
)

QUICK = ("mockex", "aiohttp", "raw")


def named(name: str) -> Server:
    """Find a server."""
    return next(server for server in SERVERS if server.name == name)
