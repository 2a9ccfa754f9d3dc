"""A root file system from the Debian packages of this machine, in the place of the image that the Dockerfile builds on.

No registry is needed: the files of the packages are copied as they are installed. It has what the Dockerfile expects of
`python:3-slim`: a shell, coreutils, findutils, sed, useradd, ldconfig, and `python` with venv and pip.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

#: Beside the packages without which no Debian works; mawk is what provides awk.
WANTED = ("python3-venv", "passwd", "mawk", "tzdata", "ca-certificates")
#: Files that no program reads here.
_NOT_NEEDED = re.compile(r"/usr/share/(doc|man|locale|info|perl|i18n)/|\.pyc$|/__pycache__")


def build(root: Path) -> None:
    """Write the root file system into an empty folder. Needs root, for the owners of its files."""
    names = _packages()
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    listed = _output("dpkg-query", "--listfiles", *names).splitlines()
    paths = sorted({path for path in listed if path.startswith("/") and not _NOT_NEEDED.search(path)})
    pack = ["tar", "--directory=/", "--no-recursion", "--ignore-failed-read", "--warning=no-failed-read"]
    with subprocess.Popen([*pack, "-cf", "-", "-T", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as packing:
        assert packing.stdin is not None
        unpack = ["tar", f"--directory={root}", "--keep-directory-symlink", "-xf", "-"]
        with subprocess.Popen(unpack, stdin=packing.stdout) as unpacking:
            packing.stdin.write("".join(f".{path}\n" for path in paths if path != "/.").encode())
            packing.stdin.close()
            assert unpacking.wait() == 0
    for name in ("passwd", "group"):
        shutil.copy(f"/usr/share/base-passwd/{name}.master", root / "etc" / name)
        (root / "etc" / {"passwd": "shadow", "group": "gshadow"}[name]).touch()
    certificates = root / "etc/ssl/certs"
    certificates.mkdir(parents=True, exist_ok=True)
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", certificates)
    (root / "usr/local/bin").mkdir(parents=True, exist_ok=True)
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    subprocess.run(["ldconfig", "-r", str(root)], check=True)


def _packages() -> list[str]:
    """The essential packages, those wanted, and what they depend on."""
    rows = _output("dpkg-query", "--show", "--showformat=${Package} ${Essential}\n").splitlines()
    essential = [row.split()[0] for row in rows if row.endswith(" yes")]
    without = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    found = _output("apt-cache", "depends", "--recurse", "--installed", "--important", *without, *essential, *WANTED)
    installed = {row.split()[0] for row in rows}
    return sorted({name for name in found.splitlines() if name in installed})


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
