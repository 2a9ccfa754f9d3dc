"""The image of the Dockerfile, built by buildah and run by podman, in folders of a test alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deploy import debian_base
from tests.programs import PROXIES

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "docs/deploy/Dockerfile"
IMAGE = "localhost/phonescan"


@dataclass(frozen=True, slots=True)
class Engine:
    """buildah and podman with a store of their own in `folder`."""

    folder: Path
    driver: str

    def _store(self, program: str) -> list[str]:
        return [
            program,
            f"--storage-driver={self.driver}",
            f"--root={self.folder}/root",
            f"--runroot={self.folder}/run",
        ]

    def buildah(self, *arguments: str | Path, cwd: Path = ROOT) -> None:
        command, environment = [*self._store("buildah"), *map(str, arguments)], os.environ | PROXIES
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def podman(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """podman; crun cannot run where version 1 and 2 of cgroups are both mounted, runc can."""
        command = [*self._store("podman"), "--runtime=runc", "--cgroup-manager=cgroupfs", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def run(self, *arguments: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """`podman run` of the image in a network namespace of its own, within the limits of this process."""
        return self.podman("run", "--rm", *self.own(), *options, IMAGE, *arguments)

    def own(self) -> list[str]:
        """Options of `podman run`: no network but loopback, and limits that a process may set that has few itself."""
        return ["--network=none", "--no-healthcheck", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """An engine, by overlay where this file system allows it; its containers end with the context."""
    probe = ["buildah", "--storage-driver=overlay", f"--root={folder}/probe", f"--runroot={folder}/probe-run", "images"]
    driver = "overlay" if subprocess.run(probe, capture_output=True).returncode == 0 else "vfs"
    found = Engine(folder, driver)
    try:
        yield found
    finally:
        found.podman("rm", "--all", "--force", "--time=0")
        subprocess.run([*found._store("buildah"), "rm", "--all"], capture_output=True)
        subprocess.run(["umount", *map(str, folder.glob("*/overlay"))], capture_output=True)


def build(found: Engine) -> None:
    """Build the image of the Dockerfile on a base of this machine's Debian packages."""
    base = found.folder / "base"
    debian_base.build(base)
    (found.folder / "Base").write_text("FROM scratch\nCOPY base /\n")
    for name in sorted(set(re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.M))):
        tag = f"docker.io/library/{name}"
        found.buildah("bud", "--isolation=chroot", f"--tag={tag}", "--file=Base", ".", cwd=found.folder)
    options = ["--isolation=chroot", "--format=docker", "--pull-never", *_way_to_the_index(found.folder)]
    found.buildah("bud", *options, f"--tag={IMAGE}", f"--file={DOCKERFILE}", ROOT)


def _way_to_the_index(folder: Path) -> list[str]:
    """pip's settings of this machine as volumes of the build: the way to a package index belongs to the machine."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    found = dict(re.findall(r"^[^.]*\.([\w-]+)='(.*)'$", listed.stdout, re.M))
    settings = folder / "pip.conf"
    settings.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in found.items()))
    words = [word.removeprefix("file://") for value in found.values() for word in value.split()]
    paths = [Path(word) for word in words if word.startswith("/") and Path(word).exists()]
    # an index of files links to the folders beside it
    paths = [path.parent if path.is_dir() and len(path.parts) > 3 else path for path in paths]
    return [f"--volume={one}:{one}:ro" for one in sorted(set(paths))] + [f"--volume={settings}:/etc/pip.conf:ro"]
