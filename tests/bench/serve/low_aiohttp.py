"""aiohttp without its application: `web.Server` around a handler that returns ready bytes. PORT BODY-FILE [uvloop]."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web
from looped import choose_loop

BODY = Path(sys.argv[2]).read_bytes()


async def constant(_request: web.BaseRequest) -> web.StreamResponse:
    """Answer."""
    return web.Response(body=BODY, content_type="application/json")


async def main() -> None:
    """Serve until the end."""
    server = web.Server(constant, access_log=None)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", int(sys.argv[1]))
    await listening.serve_forever()


choose_loop()
asyncio.run(main())
