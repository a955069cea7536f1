"""Python packages that a script needs and nobody else: in a folder of their own under .build."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from .programs import REPOSITORY


def require(name: str, requirements: Path) -> None:
    """Goes on only in an interpreter that has them: else installs them, if that is still to be done, and starts the script again there."""
    home = REPOSITORY / ".build" / name
    if Path(sys.prefix) == home:
        return
    installed = home / "installed.txt"
    wanted = requirements.read_text()
    if not installed.exists() or installed.read_text() != wanted:
        print(f"installing {' '.join(wanted.split())}", flush=True)
        venv.create(home, clear=True, with_pip=True)
        try:
            subprocess.run([home / "bin" / "pip", "install", "--quiet", "--requirement", requirements], check=True)
        except subprocess.CalledProcessError as failure:
            raise SystemExit(f"the packages could not be installed: {failure}") from None
        installed.write_text(wanted)
    os.execv(home / "bin" / "python", [str(home / "bin" / "python"), "-B", *sys.argv])
