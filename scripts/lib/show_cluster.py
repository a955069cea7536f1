"""The body of scripts/cluster."""

import argparse
import signal
import time
from pathlib import Path

from testbed.client import Answer, Client, NoAnswer, NotSent
from testbed.cluster import Cluster
from testbed.node import Node, NodeFailure
from testbed.programs import Programs
from testbed.running import fresh_folder, run

KEY = "/v1/kv/greeting"
VALUE = b"hello"


def main() -> int:
    options = parse()
    cluster = Cluster(
        Programs.find(), options.data or fresh_folder("cluster"),
        [options.base_port + number for number in (1, 2, 3)],
        [options.base_port + 1000 + number for number in (1, 2, 3)])
    if cluster.occupied_ports:
        occupied = ", ".join(map(str, cluster.occupied_ports))
        print(f"scripts/cluster: occupied: port {occupied}; stop what listens there, or choose others with --base-port", flush=True)
        return 1
    say(f"Starting three nodes; data and logs are in {cluster.data}")
    with cluster:
        cluster.start()
        leader = cluster.wait_leader()
        say(f"{leader.node_id} leads.\n")
        say(cluster.status_table())
        write_and_read(cluster, leader)
        if options.demo:
            demonstrate_failover(cluster, leader)
        else:
            stay_up(cluster)
    say("\nAll nodes are stopped.")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/cluster", description="Three raftd nodes on loopback, until Ctrl-C.",
        epilog="RAFTD_BIN_DIR names a folder with raftd and raftctl to use; without it they are built.")
    parser.add_argument("--demo", action="store_true", help="also kill the leader, show what happens, and end")
    parser.add_argument(
        "--base-port", type=base_port, default=7000, metavar="PORT",
        help="cluster ports are PORT+1 to PORT+3, client ports PORT+1001 to PORT+1003 (default: 7000)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where data and logs go (default: a fresh temporary folder)")
    return parser.parse_args()


def base_port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 64_000:
        raise argparse.ArgumentTypeError("give a number from 1 to 64000")
    return port


def say(text: str) -> None:
    print(text, flush=True)


def write_and_read(cluster: Cluster, leader: Node) -> None:
    """Through followers, to show that any node takes any request."""
    first, second = (node for node in cluster.nodes if node is not leader)
    say(f"\nA write through {first.node_id}, a follower:\n  curl -X PUT --data-binary {VALUE.decode()} {first.url}{KEY}")
    with Client(first.client_port) as client:
        say(f"  {expect(client.put(KEY, VALUE), 200, 201).body.decode()}")
    say(f"A read through {second.node_id}, another:\n  curl {second.url}{KEY}")
    say(f"  {read(second).decode()}")


def expect(answer: Answer, *statuses: int) -> Answer:
    if answer.status not in statuses:
        raise NodeFailure(f"a node answers {answer.status}: {answer.body.decode(errors='replace')}")
    return answer


def read(node: Node) -> bytes:
    with Client(node.client_port) as client:
        return expect(client.get(KEY), 200).body


def demonstrate_failover(cluster: Cluster, leader: Node) -> None:
    other = next(node for node in cluster.nodes if node is not leader)
    say(f"\nkill -9 {leader.process.pid}: {leader.node_id}, the leader, is gone.")
    killed_at = time.monotonic()
    leader.kill()
    write_until_taken(other, killed_at)
    say(f"A write through {other.node_id} succeeded {1000 * (time.monotonic() - killed_at):.0f} ms after the kill.")
    value = read(other)
    if value != VALUE:
        raise NodeFailure(f"the greeting was {VALUE!r} and is now {value!r}")
    say(f"The greeting is still there: {value.decode()}")

    say(f"\nStarting {leader.node_id} again, on its own data.")
    leader.start()
    cluster.wait_ready([leader])
    index = cluster.wait_caught_up()
    say(f"{leader.node_id} has caught up to index {index}.\n")
    say(cluster.status_table())


def write_until_taken(node: Node, started_at: float) -> None:
    """A node holds a write until there is a leader, or answers that it could not."""
    with Client(node.client_port) as client:
        while time.monotonic() < started_at + 30:
            try:
                if client.put("/v1/kv/after-the-kill", b"written").status in (200, 201):
                    return
            except (NotSent, NoAnswer):
                node.check_running()
    raise NodeFailure(f"no write through {node.node_id} succeeded within 30 s")


def stay_up(cluster: Cluster) -> None:
    events = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, events)
    say("\nThe nodes stay up. Ctrl-C stops them.")
    running = list(cluster.nodes)
    while running and signal.sigwait(events) == signal.SIGCHLD:
        for node in [node for node in running if not node.is_running]:
            running.remove(node)
            say(f"{node.node_id} ended; its log is {node.log}")


if __name__ == "__main__":
    run(main)
