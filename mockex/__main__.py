"""`mockex` and `python -m mockex`: a server's port is bound first of all, for loading the rest takes time."""

import sys
from os import environ

from mockex.errors import MockexError
from mockex.server.listening import HOST, MAX_PORT, PORT, Ahead, bind, is_loopback


def main() -> None:
    """Bind the port of a server ahead, and run the command."""
    ahead = bound_ahead(sys.argv[1:])
    try:
        from mockex.cli import main as command_line

        command_line(ahead)
    finally:
        for listening in ahead.values():
            listening.close()


def bound_ahead(arguments: list[str]) -> Ahead:
    """Listen where `serve` probably will; it looks what was meant, tells what is wrong, and takes what is right."""
    if arguments[:1] != ["serve"] or "--help" in arguments or "-h" in arguments:
        return {}
    found = {"--host": environ.get("MOCKEX_HOST") or HOST, "--port": environ.get("MOCKEX_PORT") or str(PORT)}
    words = iter(arguments[1:])
    for word in words:
        name, is_joined, value = word.partition("=")
        if name in found:
            found[name] = value if is_joined else next(words, "")
    host, port = found["--host"], found["--port"]
    if not (port.isdecimal() and len(port) <= len(str(MAX_PORT)) and int(port) <= MAX_PORT and is_loopback(host)):
        return {}
    try:
        return {(host, int(port)): bind(host, int(port))}
    except MockexError:
        return {}


if __name__ == "__main__":
    main()
