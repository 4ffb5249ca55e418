"""pytest-httpserver, told one answer. PORT BODY-FILE PATH."""

import signal
import sys
from pathlib import Path

from pytest_httpserver import HTTPServer

server = HTTPServer(host="127.0.0.1", port=int(sys.argv[1]))
server.expect_request(sys.argv[3]).respond_with_data(Path(sys.argv[2]).read_bytes(), content_type="application/json")
with server:
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
