"""HTTP on asyncio, for many requests at once."""

import asyncio
from dataclasses import dataclass

from .ports import LOOPBACK


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    revision: int | None = None
    """Of the ETag, if there is one."""


class LoopClient:
    """One connection to one port, kept alive; one request at a time. Every failure is an OSError or an EOFError."""

    def __init__(self, port: int, host: str = LOOPBACK):
        self.host = host
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> "LoopClient":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)

    def close(self) -> None:
        self._writer.close()

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        more = f"Content-Length: {len(body)}\r\n" if method in ("PUT", "POST", "PATCH") else ""
        for name, value in (headers or {}).items():
            more += f"{name}: {value}\r\n"
        self._writer.write(f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{more}\r\n".encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *fields = head.split("\r\n")
        found = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        tag = found.get("etag")
        body = await self._reader.readexactly(int(found["content-length"]))
        return Reply(int(status_line.split(" ")[1]), body, None if tag is None else int(tag.strip('"')))


async def ask_once(port: int, method: str, path: str, body: bytes = b"") -> Reply:
    """On a connection of its own."""
    async with LoopClient(port) as client:
        return await client.request(method, path, body)
