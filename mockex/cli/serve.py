"""`mockex serve`: bind first, so that the port is there at once; then load what is heavy, and answer."""

import click

from mockex.cli import option
from mockex.errors import MockexError
from mockex.server.listening import bind, is_loopback, url_of


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@option("--port", default=8090, show_default=True, type=click.IntRange(0, 65_535), help="0 picks a free one.")
@option("--scenario", default="documented", show_default=True, help="A scenario's name, or a TOML file.")
@option("--seed", type=click.IntRange(0, (1 << 63) - 1), help="Instead of the scenario's own seed.")
@option("--json", "as_json", is_flag=True, help="When ready, print one line of JSON: url, scenario, seed, keys.")
@option("--quiet", is_flag=True, help="Print nothing when ready.")
@option("--allow-remote", is_flag=True, help="Allow a host that is not loopback.")
@option(
    "--behind-proxy", is_flag=True, help="Take the client's IP from X-Forwarded-For, which a proxy of yours writes."
)
def serve(
    host: str,
    port: int,
    scenario: str,
    seed: int | None,
    as_json: bool,
    quiet: bool,
    allow_remote: bool,
    behind_proxy: bool,
) -> None:
    """Start the exchange. SIGINT (Ctrl-C) or SIGTERM ends it."""
    if not allow_remote and not is_loopback(host):
        raise MockexError(f"{host} is not a loopback address; --allow-remote listens there all the same")
    with bind(host, port) as listening:
        from mockex import scenarios
        from mockex.core.world import open_world
        from mockex.endpoints import CATALOGUE

        spec = scenarios.read(scenario)
        seed = spec.seed if seed is None else seed
        spec = scenarios.expanded(spec, seed)
        import asyncio

        from mockex.core.exchange import Exchange
        from mockex.server.runner import answer_until_told
        from mockex.server.shell import exchange_handler, now_ms

        exchange = Exchange(CATALOGUE, open_world("default", spec, CATALOGUE, now_ms()))
        from mockex.cli.greeting import greeting, key_files

        with key_files(exchange.world) as keys:
            hello = None if quiet else greeting(url_of(listening), scenario, seed, keys, as_json=as_json)
            asyncio.run(answer_until_told(exchange_handler(exchange, behind_proxy=behind_proxy), listening, hello))
