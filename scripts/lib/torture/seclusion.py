"""A network and mounts of the script's own, where the machine allows: nothing outside is touched, and the kernel takes
all of it back when the last process in it ends, however it ends."""

import os
import subprocess
import sys

MARK = "RAFTD_TORTURE_SECLUDED"
ROOT, USER = "root", "user"


def seclude() -> None:
    """Starts this script anew inside, if it is possible."""
    if MARK in os.environ:
        return
    whose = ROOT if os.geteuid() == 0 else USER
    command = ["unshare", "--net", "--mount", *(["--user", "--map-root-user"] if whose == USER else [])]
    tried = subprocess.run(
        [*command, "sh", "-c", "ip link set lo up && ip link add probe type bridge"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if tried.returncode == 0:
        os.environ[MARK] = whose
        os.execvp(command[0], [*command, sys.executable, "-B", *sys.argv])


def has_network() -> bool:
    return MARK in os.environ


def has_disks() -> bool:
    """Whether file systems in files can be mounted."""
    return os.environ.get(MARK) == ROOT
