"""The scratch copy that mutants are built in."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

from mutants.repository import REPOSITORY, git

BUILD_SECONDS = 1800
MANIFEST_TAIL = """
// What a catcher needs, and no more.
var kept: Set<String> = []
var needed: Set<String> = [%s]
while !needed.isEmpty {
    kept.formUnion(needed)
    let dependencies = package.targets.filter { needed.contains($0.name) }.flatMap(\\.dependencies)
    needed = Set(dependencies.compactMap { dependency in
        switch dependency {
        case .byNameItem(let name, _), .targetItem(let name, _): name
        default: nil
        }
    }).subtracting(kept)
}
package.targets.removeAll { !kept.contains($0.name) }
package.products = []
// A debug build compiles file by file, so that a patch costs seconds. Optimised, a seed does, too.
for target in package.targets where [.regular, .executable].contains(target.type) {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-O"])]
}
if !kept.contains("Node"), !kept.contains("raftctl") { package.dependencies = [] }
"""


class Workshop:
    """A copy of a commit whose build folder stays. Only the files that differ are written, so only they are compiled again."""

    def __init__(self, folder: Path):
        self.tree = folder.resolve() / "tree"
        self.build_folder = folder.resolve() / "build"

    @property
    def simulator(self) -> Path:
        return self.build_folder / "debug" / "raftsim"

    @property
    def test_command(self) -> list[str]:
        return ["swift", "test", "--skip-build", "--disable-xctest", *self._paths]

    @property
    def _paths(self) -> list[str]:
        return ["--package-path", str(self.tree), "--scratch-path", str(self.build_folder)]

    def restore(self, commit: str, test_targets: set[str]) -> None:
        """Makes the tree that of `commit`, reduced to the simulator and some test targets."""
        names = ", ".join(f'"{name}"' for name in sorted({"raftsim", *test_targets}))
        wanted = {}
        with tarfile.open(fileobj=io.BytesIO(git("archive", commit, "Package.swift", "Sources", "Tests"))) as archive:
            for member in archive:
                if member.isfile():
                    wanted[member.name] = archive.extractfile(member).read()
        wanted["Package.swift"] += (MANIFEST_TAIL % names).encode()
        for path in self.tree.rglob("*"):
            if path.is_file() and str(path.relative_to(self.tree)) not in wanted:
                path.unlink()
        for name, contents in wanted.items():
            path = self.tree / name
            if not path.is_file() or path.read_bytes() != contents:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(contents)

    def apply(self, patch: Path) -> str | None:
        """Puts a bug in. Returns why it cannot."""
        # The tree lies within a repository, which git must not take it for.
        environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(self.tree.parent)}
        done = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", str(patch.resolve())], cwd=self.tree, env=environment,
            stderr=subprocess.PIPE, text=True)
        return None if done.returncode == 0 else done.stderr.strip().splitlines()[0]

    def build(self) -> str | None:
        """Builds simulator and tests. Returns why it cannot."""
        try:
            done = subprocess.run(
                ["swift", "build", "--build-tests", *self._paths], timeout=BUILD_SECONDS, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True)
        except subprocess.TimeoutExpired:
            return f"not built in {BUILD_SECONDS} s"
        if done.returncode == 0:
            return None
        errors = [line for line in done.stdout.splitlines() if "error:" in line]
        return (errors or done.stdout.splitlines()[-1:] or ["no reason given"])[0].replace(f"{self.tree}/", "")


def unappliable(patch: Path) -> str | None:
    """Why a patch does not apply to the working tree; `None` when it does."""
    done = subprocess.run(
        ["git", "apply", "--check", str(patch)], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[0]
