"""The repository that the mutants are of."""

import subprocess

from testbed.programs import REPOSITORY

PATCHES = REPOSITORY / "Tests" / "Mutants"


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", REPOSITORY, *arguments], check=True, stdout=subprocess.PIPE).stdout


def full_name(commit: str) -> str:
    return git("rev-parse", "--verify", f"{commit}^{{commit}}").decode().strip()


def code(commit: str) -> str:
    """Names what is compiled: commits that differ only beside it have the same."""
    trees = git("rev-parse", *(f"{commit}:{path}" for path in ("Package.swift", "Sources", "Tests")))
    return "-".join(line[:10] for line in trees.decode().split())
