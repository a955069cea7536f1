"""File systems small enough to be filled."""

import errno
import os
import subprocess
import threading
from pathlib import Path

FILLER = "filler"


class SmallDisk:
    """A file system of its own, mounted on entry to a `with`: in memory, or in the file `image`, which is made
    unless it is there. Needs root."""

    def __init__(self, path: Path, mebibytes: int, image: Path | None = None):
        self.path = path
        self.mebibytes = mebibytes
        self.image = image
        self._filler: threading.Thread | None = None
        self._stopping = threading.Event()

    def __enter__(self) -> "SmallDisk":
        self.path.mkdir(parents=True, exist_ok=True)
        if self.image is None:
            options = f"size={self.mebibytes}m,mode=700"
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.path], check=True)
        else:
            if not self.image.exists():
                subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image, f"{self.mebibytes}m"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["mount", "-o", "loop", self.image, self.path], check=True)
        (self.path / FILLER).unlink(missing_ok=True)
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
            self._allocate(filler)
            for size in (1 << 20, 1 << 12, 1):
                self._append(filler, bytes(size))

    def _allocate(self, filler) -> None:
        """Most of it, without writing it."""
        size = self.free_bytes - (4 << 20)
        if size > 0:
            try:
                os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def _append(self, filler, zeros: bytes) -> None:
        while True:
            try:
                if filler.write(zeros) < len(zeros):
                    return
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return
