"""Kills leaders while something else goes on."""

import random
import time

from .cluster import Cluster
from .members import members


class LeaderKiller:
    """Call `kill_one` on the main thread: nodes live as long as the thread that started them."""

    def __init__(self, cluster: Cluster, seed: int):
        self.cluster = cluster
        self.dice = random.Random(f"{seed}/killer")
        self.kills = 0

    def kill_one(self, victim=None) -> None:
        """The leader, or `victim`; it is started again after a while, and caught up with before this returns."""
        victim = victim or self.cluster.wait_for("a leader", lambda: members(self.cluster), 60).leader
        victim.kill()
        self.kills += 1
        time.sleep(self.dice.uniform(0.1, 0.6))
        victim.start()
        self.cluster.wait_ready(timeout=60)
