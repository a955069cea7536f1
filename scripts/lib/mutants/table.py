"""What is known, as a table for the documents."""

from mutants.mutant import Mutant
from mutants.state import CAUGHT, State

HEAD = """\
| mutant | the bug | caught by | seeds |
| --- | --- | --- | --- |"""


def table(mutants: list[Mutant], state: State) -> str:
    return "\n".join([HEAD, *(row(mutant, state) for mutant in mutants)])


def row(mutant: Mutant, state: State) -> str:
    result = state.results.get(mutant.name)
    bug = mutant.bug if not mutant.known_from else f"{mutant.bug} Known from {mutant.known_from}"
    if result is None:
        cells = ["not run", ""]
    elif result.verdict != CAUGHT:
        cells = [f"**{result.verdict}**", ""]
    else:
        missed = "".join(f"; not by `{text}`" for text in result.missed)
        cells = [f"`{result.catcher}`{missed}", str(result.seeds or "")]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in [f"`{mutant.name}`", bug, *cells]) + " |"
