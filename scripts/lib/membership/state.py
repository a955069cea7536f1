from dataclasses import dataclass, field

from promises.run_state import RunState


@dataclass
class State(RunState):
    started: list[str] = field(default_factory=list)
    """The nodes that run or are to run again: members, and those that are joining."""
    joined: list[str] = field(default_factory=list)
    """Those of them that were seen to be members."""
    learners: list[str] = field(default_factory=list)
    """Those of them that were started to stay learners."""
    changes: int = 0
    done: dict[str, int] = field(default_factory=dict)
    """How often each kind of change was made, and how often one was refused."""

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1
