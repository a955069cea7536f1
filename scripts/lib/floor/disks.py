"""Three processes that sync at once, as three nodes on one disk do."""

import os
import struct
import time
from pathlib import Path

WRITE_BYTES = 320
FILE_BYTES = 16 << 20
TIMES = struct.Struct("dd")


class SyncingProcesses:
    """Three children; each writes 320 bytes behind its last ones into a file of zeros, when told, and syncs them."""

    def __init__(self, folder: Path):
        self.children = [_Child(folder / f"floor{number}") for number in range(3)]

    def majority_seconds(self) -> float:
        """One write and fdatasync on all at once: from when the first begins until the second of three has ended."""
        for child in self.children:
            child.begin()
        times = [child.times() for child in self.children]
        return sorted(end for _, end in times)[1] - min(start for start, _ in times)

    def stop(self) -> None:
        for child in self.children:
            child.stop()


class _Child:
    def __init__(self, path: Path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        for _ in range(FILE_BYTES >> 20):
            os.write(descriptor, bytes(1 << 20))
        os.fsync(descriptor)
        commands, self._commands = os.pipe()
        self._results, results = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._commands)
            os.close(self._results)
            self._serve(descriptor, commands, results)
            os._exit(0)
        for unused in (descriptor, commands, results):
            os.close(unused)

    @staticmethod
    def _serve(descriptor: int, commands: int, results: int) -> None:
        """Until a command that is not to write, or the end of the parent."""
        data = b"x" * WRITE_BYTES
        offset = 0
        while os.read(commands, 1) == b"w":
            start = time.monotonic()
            os.pwrite(descriptor, data, offset)
            os.fdatasync(descriptor)
            os.write(results, TIMES.pack(start, time.monotonic()))
            offset = (offset + WRITE_BYTES) % (FILE_BYTES - WRITE_BYTES)

    def begin(self) -> None:
        os.write(self._commands, b"w")

    def times(self) -> tuple[float, float]:
        """When it began and ended, on the clock that all processes share."""
        return TIMES.unpack(os.read(self._results, TIMES.size))

    def stop(self) -> None:
        # A child that holds a copy of another's pipe would keep that one waiting at a mere close.
        os.write(self._commands, b"q")
        os.waitpid(self._pid, 0)
        os.close(self._commands)
        os.close(self._results)
