"""File systems in memory, small enough to be filled."""

import errno
import os
import subprocess
import threading
from pathlib import Path

FILLER = "filler"


class SmallDisk:
    """A tmpfs of its own, mounted on entry to a `with`. Needs root."""

    def __init__(self, path: Path, mebibytes: int):
        self.path = path
        self.mebibytes = mebibytes
        self._filler: threading.Thread | None = None
        self._stopping = threading.Event()

    def __enter__(self) -> "SmallDisk":
        self.path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.mebibytes}m,mode=700", "tmpfs", self.path], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.free()
        subprocess.run(["umount", self.path], check=True)

    def fill(self) -> None:
        """To the last byte, and keeps it so: what is removed is filled again at once."""
        self._stopping.clear()
        self._take_all()
        self._filler = threading.Thread(target=self._keep_full, daemon=True)
        self._filler.start()

    def free(self) -> None:
        if self._filler is not None:
            self._stopping.set()
            self._filler.join()
            self._filler = None
        (self.path / FILLER).unlink(missing_ok=True)

    @property
    def free_bytes(self) -> int:
        found = os.statvfs(self.path)
        return found.f_bfree * found.f_frsize

    def _keep_full(self) -> None:
        while not self._stopping.wait(0.02):
            self._take_all()

    def _take_all(self) -> None:
        with open(self.path / FILLER, "ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                self._append(filler, bytes(size))

    def _append(self, filler, zeros: bytes) -> None:
        while True:
            try:
                if filler.write(zeros) < len(zeros):
                    return
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return
