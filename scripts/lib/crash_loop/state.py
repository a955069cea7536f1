from dataclasses import dataclass

from promises.run_state import RunState


@dataclass
class State(RunState):
    kills: int = 0
