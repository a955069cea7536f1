"""How a script begins and ends."""

import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .node import NodeFailure


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
