"""Reads one long answer, in a process of its own: connects, is told a call, and says `whole`. PORT SIZE."""

import socket
import sys

BLOCK = 1 << 20

if __name__ == "__main__":
    port, size = (int(word) for word in sys.argv[1:])
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        print("ready", flush=True)
        line.sendall(sys.stdin.buffer.read())
        block = bytearray(BLOCK)
        read = line.recv_into(block)
        head, _, body = bytes(block[:read]).partition(b"\r\n\r\n")
        left = size - len(body)
        while left > 0 and read:
            read = line.recv_into(block)
            left -= read
        print("whole" if head.startswith(b"HTTP/1.1 200") and not left else f"{left} bytes are missing: {head[:80]!r}")
