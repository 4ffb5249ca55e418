"""Starlette on uvicorn, verifying each signature. PORT BODY-FILE PATH SECRET."""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from verifying import REFUSED, is_signed

BODY = Path(sys.argv[2]).read_bytes()
SECRET = sys.argv[4].encode()


async def records(request: Request) -> Response:
    """Answer, or refuse."""
    if not is_signed(request.scope["query_string"], SECRET):
        return Response(REFUSED, status_code=400, media_type="application/json")
    return Response(BODY, media_type="application/json")


app = Starlette(routes=[Route(sys.argv[3], records)])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="error")
