"""The listening socket: bound before anything heavy is loaded, so that the port is there at once."""

import socket
import sys
from ipaddress import ip_address

from mockex.errors import MockexError

MAX_PORT = 65_535

Ahead = dict[tuple[str, int], socket.socket]
"""What was bound before anybody knew for certain what was asked for, by host and port."""


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach the host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bind(host: str, port: int) -> socket.socket:
    """Listen; raises MockexError where that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise MockexError(f"cannot listen on {host}: {error.strerror}") from None
    except UnicodeError:
        raise MockexError(f"cannot listen on {host}: it is no name of a host") from None
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1_024)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise MockexError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    return listening


def bound(host: str, port: int, ahead: Ahead) -> socket.socket:
    """Take what was bound ahead, where it was this, and close it where it was not. Raises MockexError."""
    listening = ahead.pop((host, port), None)
    while ahead:
        ahead.popitem()[1].close()
    return listening or bind(host, port)


def url_of(listening: socket.socket, scheme: str = "http") -> str:
    """Say where the server is."""
    host, port = listening.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
