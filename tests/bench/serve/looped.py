"""Chooses the event loop that a server's last argument names."""

import asyncio
import sys


def choose_loop() -> None:
    """Take uvloop where it was asked for."""
    if sys.argv[-1] == "uvloop":
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
