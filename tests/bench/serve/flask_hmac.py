"""Flask on waitress, verifying each signature. PORT BODY-FILE PATH SECRET."""

import logging
import sys
from pathlib import Path

import waitress
from flask import Flask, Response, request
from verifying import REFUSED, is_signed

BODY = Path(sys.argv[2]).read_bytes()
SECRET = sys.argv[4].encode()
app = Flask(__name__)


def records() -> Response:
    """Answer, or refuse."""
    if not is_signed(request.query_string, SECRET):
        return Response(REFUSED, status=400, content_type="application/json")
    return Response(BODY, content_type="application/json")


app.add_url_rule(sys.argv[3], view_func=records)
logging.getLogger("waitress").setLevel(logging.ERROR)  # it complains of 64 connections, and serves them
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]))
