"""Files that outlive a script."""

import os
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """All or nothing: whoever reads finds the old contents or these."""
    scratch = path.with_suffix(path.suffix + ".new")
    scratch.write_text(text)
    os.replace(scratch, path)
