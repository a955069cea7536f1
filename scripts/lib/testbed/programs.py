"""Where raftd and raftctl are."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Programs:
    raftd: Path
    raftctl: Path

    @property
    def raftsim(self) -> Path:
        return self.raftctl.with_name("raftsim")

    @classmethod
    def find(cls) -> "Programs":
        """Those in RAFTD_BIN_DIR; without it installs what is missing and builds release programs of this checkout."""
        folder = os.environ.get("RAFTD_BIN_DIR")
        if folder is None:
            folder = cls._build()
        programs = cls(Path(folder).resolve() / "raftd", Path(folder).resolve() / "raftctl")
        for path in (programs.raftd, programs.raftctl):
            if not os.access(path, os.X_OK):
                raise SystemExit(f"{path} is not there: set RAFTD_BIN_DIR to the folder of the programs, or unset it to build them")
        return programs

    @staticmethod
    def _build() -> str:
        build = ["swift", "build", "--package-path", str(REPOSITORY), "-c", "release"]
        try:
            subprocess.run([REPOSITORY / "scripts" / "setup"], check=True)
            subprocess.run(build, check=True)
            shown = subprocess.run([*build, "--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True)
        except subprocess.CalledProcessError as failure:
            raise SystemExit(f"the build failed: {failure}") from None
        return shown.stdout.strip()
