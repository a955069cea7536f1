"""For how long nobody's write was answered, and whether anybody could have expected otherwise."""

import time
from dataclasses import dataclass, field

from .links import Links
from .machines import Machines
from .roster import IN, JOINING, LEAVING, WIPED, Roster

# A node that was started again is ready by then.
START_SECONDS = 1.0


@dataclass
class Availability:
    """Seconds on the clock of the histories. While a majority of the members is up, has room and can talk to each other
    through one of them, writes should go on, but for elections."""

    lost: list[list[float]] = field(default_factory=list)
    """When it was not so: from, to."""
    is_lost: bool = False

    def look(self, machines: Machines, roster: Roster, links: Links) -> None:
        is_lost = not has_majority(machines, roster, links)
        now = time.monotonic()
        if is_lost and not self.is_lost:
            self.lost.append([now, now])
        elif self.is_lost:
            self.lost[-1][1] = now + START_SECONDS
        self.is_lost = is_lost

    def longest_gap(self, gaps: list[list[int]]) -> tuple[float, float]:
        """Of `gaps` in microseconds, in seconds: the longest that touches no such time, and the longest of all."""
        seconds = [(start / 1e6, end / 1e6) for start, end in gaps]
        unexpected = [
            end - start for start, end in seconds if not any(start < over and began < end for began, over in self.lost)]
        return max(unexpected, default=0.0), max((end - start for start, end in seconds), default=0.0)


def has_majority(machines: Machines, roster: Roster, links: Links) -> bool:
    voters = roster.ids(IN, LEAVING, WIPED, JOINING)
    fit = [
        node_id for node_id in roster.ids(IN, LEAVING)
        if machines.by_id[node_id].is_running and not machines.paused[node_id] and not machines.filled[node_id]
    ]
    return any(1 + sum(links.can_talk(one, other) for other in fit if other != one) > len(voters) // 2 for one in fit)
