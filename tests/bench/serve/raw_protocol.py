"""The floor of the language: a protocol that looks for the end of a call, and no more. PORT BODY-FILE [uvloop]."""

import asyncio
import sys
from pathlib import Path
from typing import cast

from looped import choose_loop

BODY = Path(sys.argv[2]).read_bytes()
END = b"\r\n\r\n"
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}".encode()
KEPT, CLOSED = HEAD + END + BODY, HEAD + b"\r\nConnection: close" + END + BODY


class Line(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write to."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        self.heard = b""

    def data_received(self, data: bytes) -> None:
        """Answer each call that has ended."""
        self.heard += data
        ended = self.heard.count(END)
        if ended:
            if b"\r\nConnection: close\r\n" in self.heard:
                self.transport.write(CLOSED)
                self.transport.close()
            else:
                self.transport.write(KEPT * ended)
            self.heard = self.heard.rpartition(END)[2]


async def main() -> None:
    """Serve until the end."""
    listening = await asyncio.get_running_loop().create_server(Line, "127.0.0.1", int(sys.argv[1]))
    await listening.serve_forever()


choose_loop()
asyncio.run(main())
