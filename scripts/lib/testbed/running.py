"""How a script begins and ends."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from .node import NodeFailure


class Arguments(argparse.ArgumentParser):
    """Of a script, told by its docstring; bad usage ends it with status 64."""

    def __init__(self, name: str, usage: str):
        super().__init__(prog=f"scripts/{name}", description=usage.split("\n\n")[1])

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def fresh_folder(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"raftd-{name}-"))


def run(main: Callable[[], int]) -> None:
    """Runs `main` and exits with its result. SIGTERM unwinds like Ctrl-C, so that what was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except NodeFailure as failure:
        sys.exit(f"{Path(sys.argv[0]).name}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
