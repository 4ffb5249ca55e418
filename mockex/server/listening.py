"""The listening socket: bound before anything heavy is loaded, so that the port is there at once."""

import socket
import sys
from ipaddress import ip_address

from mockex.errors import MockexError

HOST, PORT = "127.0.0.1", 8090
"""Where a server listens that was not told where, and where it is then asked."""

MAX_PORT = 65_535
BACKLOG = 1_024

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
        listening.listen(BACKLOG)
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


def shared(listening: socket.socket, count: int) -> list[socket.socket]:
    """Listen with more sockets at the same address, `count` in all: the kernel spreads connections over them.

    The first was bound for itself alone, so that nobody else's server is shared with. Raises MockexError.
    """
    sockets = [listening]
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        for _ in range(count - 1):
            sockets.append(socket.socket(listening.family, listening.type, listening.proto))
            for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
                sockets[-1].setsockopt(socket.SOL_SOCKET, option, 1)
            sockets[-1].bind(listening.getsockname())
            sockets[-1].listen(BACKLOG)
            sockets[-1].setblocking(False)
    except OSError as error:
        for one in sockets:
            one.close()
        raise MockexError(f"cannot listen {count} times on {url_of(listening)}: {error.strerror}") from None
    return sockets


def url_of(listening: socket.socket, scheme: str = "http") -> str:
    """Say where the server is."""
    host, port = listening.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
