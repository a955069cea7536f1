"""A network and mounts of the script's own, where the machine allows: nothing outside is touched, and the kernel takes
all of it back when the last process in it ends, however it ends."""

import os
import subprocess
import sys

MARK = "RAFTD_TORTURE_SECLUDED"


def seclude() -> None:
    """Starts this script anew inside, if it is possible."""
    if MARK in os.environ:
        return
    ways = ["--net --mount"] if os.geteuid() == 0 else ["--user --map-root-user --net --mount"]
    for way in ways:
        command = ["unshare", *way.split()]
        tried = subprocess.run(
            [*command, "sh", "-c", "ip link set lo up && ip link add probe type bridge"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if tried.returncode == 0:
            os.environ[MARK] = "1"
            os.execvp(command[0], [*command, sys.executable, "-B", *sys.argv])


def is_secluded() -> bool:
    return MARK in os.environ
