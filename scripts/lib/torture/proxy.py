"""A process between the nodes that delays, holds, cuts and refuses what they say to each other.

Every node has one listener, whose address is all that the others know of it. Whose connection it is tells the sender's
node id in the first frame (docs/PROTOCOL.md), so each pair and each direction can be treated by itself. Bytes are never
lost or reordered within a connection: a held direction delivers all of it when it is released, the end of the connection
included, as TCP does.

Run with a JSON document as its argument; it takes one JSON line for each change of rules and answers each with a line.
"""

import asyncio
import json
import random
import socket
import struct
import sys
import time
from collections import deque
from dataclasses import dataclass

# Of what waits in one direction of one connection; more stays with the kernel.
QUEUE_BYTES = 4 << 20
ID_OFFSET = 4 + 1 + 1 + 16 + 16
LINGER_RESET = struct.pack("ii", 1, 0)


@dataclass
class Rule:
    """For all that one node says to another."""

    delay: float = 0.0
    jitter: float = 0.0
    is_held: bool = False


PLAIN = Rule()


class Rules:
    def __init__(self):
        self.rules: dict[tuple[str | None, str], Rule] = {}

    def of(self, sender: str | None, recipient: str) -> Rule:
        return self.rules.get((sender, recipient), PLAIN)

    def replace(self, links: list[dict]) -> None:
        self.rules = {
            (link["from"], link["to"]): Rule(link.get("delay", 0.0), link.get("jitter", 0.0), link.get("held", False))
            for link in links
        }


class Direction:
    """What one end of a connection says, on its way to the other end."""

    def __init__(self, rules: Rules, loop: asyncio.AbstractEventLoop):
        self.rules = rules
        self.loop = loop
        self.sender: str | None = None
        self.recipient = ""
        self.source: asyncio.Transport | None = None
        self.target: asyncio.Transport | None = None
        self.queue: deque[tuple[float, bytes | None]] = deque()
        self.queued_bytes = 0
        self.is_blocked = False
        self.timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes | None) -> None:
        """None is the end."""
        rule = self.rules.of(self.sender, self.recipient)
        if data and self.target and not self.queue and not rule.is_held and not rule.delay and not self.is_blocked:
            self.target.write(data)
            return
        due = time.monotonic() + rule.delay + (random.uniform(0, rule.jitter) if rule.jitter else 0)
        if self.queue:
            due = max(due, self.queue[-1][0])
        self.queue.append((due, data))
        self.queued_bytes += len(data or b"")
        if self.queued_bytes > QUEUE_BYTES and self.source and not self.source.is_closing():
            self.source.pause_reading()
        self.pump()

    def pump(self) -> None:
        """Passes on what is due; waits for the rest."""
        if self.timer:
            self.timer.cancel()
            self.timer = None
        if self.target is None or self.is_blocked or self.rules.of(self.sender, self.recipient).is_held:
            return
        now = time.monotonic()
        while self.queue and self.queue[0][0] <= now and not self.is_blocked:
            _, data = self.queue.popleft()
            if data is None:
                self.target.close()
                return
            self.queued_bytes -= len(data)
            self.target.write(data)
        if self.queue and not self.is_blocked:
            self.timer = self.loop.call_at(self.loop.time() + self.queue[0][0] - now, self.pump)
        if self.queued_bytes <= QUEUE_BYTES // 2 and self.source and not self.source.is_closing():
            self.source.resume_reading()


class End(asyncio.Protocol):
    """One of the two sockets of a connection: what it hears goes into one direction; it is the target of the other."""

    def __init__(self, heard: Direction, said: Direction):
        self.heard = heard
        self.said = said

    def connection_made(self, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard.source = transport
        self.said.target = transport
        self.said.pump()

    def data_received(self, data: bytes) -> None:
        self.heard.take(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.heard.take(None)

    def pause_writing(self) -> None:
        self.said.is_blocked = True

    def resume_writing(self) -> None:
        self.said.is_blocked = False
        self.said.pump()


class Connection(End):
    """A node's connection to the listener of another."""

    def __init__(self, proxy: "Proxy", recipient: str):
        self.proxy = proxy
        self.recipient = recipient
        super().__init__(Direction(proxy.rules, proxy.loop), Direction(proxy.rules, proxy.loop))
        self.head: bytes | None = b""

    def data_received(self, data: bytes) -> None:
        if self.head is None:
            self.heard.take(data)
            return
        self.head += data
        sender = sender_of(self.head)
        if sender != "":
            self.proxy.route(self, sender)
            data, self.head = self.head, None
            self.heard.take(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.proxy.connections.discard(self)
        super().connection_lost(error)

    @property
    def pair(self) -> set[str | None]:
        return {self.heard.sender, self.recipient}

    def reset(self) -> None:
        for direction in (self.heard, self.said):
            if direction.target and not direction.target.is_closing():
                # So that the peer learns it as ECONNRESET.
                direction.target.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                direction.target.abort()


def sender_of(head: bytes) -> str | None:
    """Who says this; "" when more of it is needed, None for what is no frame between nodes."""
    text, separator, body = head.partition(b"\r\n\r\n")
    if not separator:
        return "" if len(head) < 16384 else None
    if b"application/vnd.raftd.peer" not in text:
        return None
    if len(body) <= ID_OFFSET or len(body) <= ID_OFFSET + body[ID_OFFSET]:
        return ""
    return body[ID_OFFSET + 1:ID_OFFSET + 1 + body[ID_OFFSET]].decode()


class Proxy:
    """`sites`: for each node id where it listens, where its listener here shall be, and which source address its own
    connections get, or null."""

    def __init__(self, sites: dict[str, dict]):
        self.sites = sites
        self.loop = asyncio.get_running_loop()
        self.rules = Rules()
        self.connections: set[Connection] = set()
        self.listeners: dict[str, asyncio.Server] = {}
        self.dialling: set[asyncio.Task] = set()

    async def listen(self, refused: list[str]) -> None:
        """All listeners but those of the `refused` nodes, whose ports refuse connections."""
        for node_id, site in self.sites.items():
            if node_id in refused and node_id in self.listeners:
                self.listeners.pop(node_id).close()
            elif node_id not in refused and node_id not in self.listeners:
                self.listeners[node_id] = await self.loop.create_server(
                    lambda node_id=node_id: self.accept(node_id), *site["listen"], reuse_address=True)

    def accept(self, recipient: str) -> Connection:
        connection = Connection(self, recipient)
        self.connections.add(connection)
        return connection

    def route(self, connection: Connection, sender: str | None) -> None:
        """Dials the recipient on behalf of the sender."""
        there, back = connection.heard, connection.said
        there.sender, there.recipient = sender, connection.recipient
        back.sender, back.recipient = connection.recipient, sender or ""
        task = self.loop.create_task(self.dial(connection, sender))
        self.dialling.add(task)
        task.add_done_callback(self.dialling.discard)

    async def dial(self, connection: Connection, sender: str | None) -> None:
        source = self.sites[sender]["source"] if sender in self.sites else None
        try:
            await self.loop.create_connection(
                lambda: End(connection.said, connection.heard), *self.sites[connection.recipient]["node"],
                local_addr=(source, 0) if source else None)
        except OSError:
            connection.reset()

    async def obey(self, order: dict) -> None:
        await self.listen(order["refused"])
        self.rules.replace(order["links"])
        for pair in order["reset"]:
            for connection in [found for found in self.connections if found.pair == set(pair)]:
                connection.reset()
        for connection in list(self.connections):
            connection.heard.pump()
            connection.said.pump()


async def main() -> None:
    proxy = Proxy(json.loads(sys.argv[1]))
    await proxy.listen([])
    print("ready", flush=True)
    orders = asyncio.StreamReader(limit=1 << 20)
    await proxy.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        await proxy.obey(json.loads(line))
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
