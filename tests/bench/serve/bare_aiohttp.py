"""The floor of the framework: an `aiohttp.web` handler that returns ready bytes. PORT BODY-FILE PATH [uvloop]."""

import sys
from pathlib import Path

from aiohttp import web
from looped import choose_loop

BODY = Path(sys.argv[2]).read_bytes()


async def constant(_request: web.Request) -> web.Response:
    """Answer."""
    return web.Response(body=BODY, content_type="application/json")


async def ping(_request: web.Request) -> web.Response:
    """Answer what is next to nothing, for who asks while a long answer is on its way."""
    return web.Response(body=b"{}", content_type="application/json")


choose_loop()
app = web.Application()
app.router.add_get(sys.argv[3], constant)
app.router.add_get("/papi/v1/ping", ping)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
