"""One mutant after the other: put in, built, run, taken out."""

import time
from pathlib import Path

from mutants.mutant import Mutant
from mutants.repository import code
from mutants.state import CAUGHT, DOES_NOT_APPLY, DOES_NOT_BUILD, SURVIVED, Result, State
from mutants.workshop import Workshop


class Trial:
    def __init__(self, commit: str, mutants: list[Mutant], workshop: Workshop, state: State, path: Path):
        self.commit = commit
        self.code = code(commit)
        self.mutants = mutants
        self.workshop = workshop
        self.state = state
        self.path = path
        self.targets = {target for mutant in mutants for catcher in mutant.catchers if (target := catcher.test_target)}

    def run(self) -> list[Result]:
        rest = [mutant for mutant in self.mutants if not self.is_known(mutant)]
        if rest:
            self.check_baseline(rest)
        for place, mutant in enumerate(rest, 1):
            print(f"{place}/{len(rest)} {mutant.name}: ", end="", flush=True)
            result = self.judge(mutant)
            self.state.results[mutant.name] = result
            self.state.save(self.path)
            print(describe(result), flush=True)
        self.workshop.restore(self.commit, self.targets)
        return [self.state.results[mutant.name] for mutant in self.mutants]

    def is_known(self, mutant: Mutant) -> bool:
        result = self.state.results.get(mutant.name)
        return result is not None and result.digest == mutant.digest and result.code == self.code

    def check_baseline(self, mutants: list[Mutant]) -> None:
        """Runs each catcher where no bug was put in: else to be caught would say nothing."""
        self.workshop.restore(self.commit, self.targets)
        began = time.monotonic()
        error = self.workshop.build()
        if error is not None:
            raise SystemExit(f"scripts/mutants: commit {self.commit[:10]} does not build: {error}")
        print(f"commit {self.commit[:10]} built in {time.monotonic() - began:.0f} s", flush=True)
        clean = self.state.clean.setdefault(self.code, [])
        catchers = {catcher.text: catcher for mutant in mutants for catcher in mutant.catchers}
        for text, catcher in sorted(catchers.items()):
            if text in clean:
                continue
            finding = catcher.run(self.workshop)
            if finding.is_caught:
                raise SystemExit(f"scripts/mutants: {text} fails without a mutant: {finding.evidence}")
            print(f"clean without a mutant: {text}, {finding.seconds} s", flush=True)
            clean.append(text)
            self.state.save(self.path)

    def judge(self, mutant: Mutant) -> Result:
        began = time.monotonic()
        result = Result(mutant.digest, self.code, SURVIVED)
        self.workshop.restore(self.commit, self.targets)
        error = self.workshop.apply(mutant.path)
        if error is not None:
            result.verdict, result.evidence = DOES_NOT_APPLY, error
            return result
        error = self.workshop.build()
        result.build_seconds = round(time.monotonic() - began, 1)
        if error is not None:
            result.verdict, result.evidence = DOES_NOT_BUILD, error
            return result
        for catcher in mutant.catchers:
            finding = catcher.run(self.workshop)
            if finding.is_caught:
                result.verdict, result.catcher = CAUGHT, catcher.text
                result.seeds, result.evidence = finding.seeds, finding.evidence
                break
            result.missed.append(catcher.text)
        result.seconds = round(time.monotonic() - began, 1)
        return result


def describe(result: Result) -> str:
    if result.verdict != CAUGHT:
        return f"{result.verdict} {result.evidence or ', '.join(result.missed)}"
    seeds = f", seed {result.seeds}" if result.seeds else ""
    missed = f" (not by {', '.join(result.missed)})" if result.missed else ""
    return f"caught by {result.catcher}{seeds}{missed}, {result.seconds:.0f} s: {result.evidence}"
