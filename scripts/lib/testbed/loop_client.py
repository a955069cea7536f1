"""HTTP on asyncio, for many requests at once."""

import asyncio
from dataclasses import dataclass

from .ports import LOOPBACK


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


class LoopClient:
    """One connection to one port, kept alive; one request at a time. Every failure is an OSError or an EOFError."""

    def __init__(self, port: int):
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> "LoopClient":
        self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def request(self, method: str, path: str, body: bytes = b"") -> Reply:
        length = f"Content-Length: {len(body)}\r\n" if method == "PUT" else ""
        self._writer.write(f"{method} {path} HTTP/1.1\r\nHost: {LOOPBACK}:{self.port}\r\n{length}\r\n".encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *fields = head.split("\r\n")
        lengths = [int(field.split(":")[1]) for field in fields if field.lower().startswith("content-length:")]
        return Reply(int(status_line.split(" ")[1]), await self._reader.readexactly(lengths[0]))


async def ask_once(port: int, method: str, path: str, body: bytes = b"") -> Reply:
    """On a connection of its own."""
    async with LoopClient(port) as client:
        return await client.request(method, path, body)
