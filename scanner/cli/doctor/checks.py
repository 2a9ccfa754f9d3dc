"""The checks of `doctor` on this machine: program, privileges, interfaces, limits and discoveries."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from scanner.core.errors import PhonescanError
from scanner.version import __version__

State = Literal["ok", "note", "warning", "wrong"]

#: Extras: name, module that shows that it is installed, and purpose.
EXTRAS: tuple[tuple[str, str, str], ...] = (
    ("xlsx", "xlsxwriter", "Excel workbooks"),
    ("web", "datasette", "phonescan serve"),
    ("schedule", "apscheduler", "phonescan schedule run"),
    ("notify", "apprise", "notifications"),
    ("netbox", "pynetbox", "prefixes of NetBox as targets"),
)
#: Packages whose versions a bug report needs.
PACKAGES = (
    "click", "cryptography", "jinja2", "msgspec", "pysnmp", "requests", "rich", "sqlite-utils", "tomli", "zeroconf",
    "XlsxWriter", "datasette", "APScheduler", "apprise", "pynetbox",
)  # fmt: skip
#: Bit of CAP_NET_RAW (capability.h), interface flags (if.h).
CAP_NET_RAW, IFF_UP, IFF_LOOPBACK, IFF_MULTICAST = 13, 0x1, 0x8, 0x1000
#: Neighbour entries and receive buffer (bytes) that a scan of a /16 can use; open files for many conversations.
NEIGHBOURS, RECEIVE_BUFFER, FILES = 8192, 4_194_304, 4096
#: Free space that the inventory needs, in bytes.
FREE = 200_000_000


class Check(NamedTuple):
    """The result of one check: part and name of what was checked, state, finding, and what to do about it."""

    part: str
    name: str
    state: State
    says: str
    do: str = ""


def machine() -> Iterator[Check]:
    """Python, the platform, extras, privileges, interfaces, limits."""
    yield Check("program", "phonescan", "ok", f"{__version__} in {Path(__file__).resolve().parents[2]}")
    python = platform.python_version()
    enough = sys.version_info >= (3, 11)
    yield Check(
        "program",
        "python",
        "ok" if enough else "wrong",
        f"{python} on {platform.platform()}",
        "" if enough else "use Python 3.11 or later",
    )
    for extra, module, purpose in EXTRAS:
        if find_spec(module):
            yield Check("program", f"extra {extra}", "ok", f"installed ({purpose})")
        else:
            yield Check(
                "program", f"extra {extra}", "note", f"not installed ({purpose})", f"pip install 'phonescan[{extra}]'"
            )
    raw = may_use_raw_sockets()
    yield Check(
        "machine",
        "raw sockets",
        "ok" if raw else "note",
        "allowed (CAP_NET_RAW)" if raw else "not allowed",
        ""
        if raw
        else "run as root, or by a unit of `phonescan schedule systemd`, or `setcap cap_net_raw+ep` the interpreter",
    )
    yield from _interfaces()
    yield from _limits()


def may_use_raw_sockets() -> bool:
    """Whether this process has CAP_NET_RAW; on systems other than Linux, whether it is root."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return os.geteuid() == 0
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> CAP_NET_RAW & 1)


def interfaces() -> list[tuple[str, int]]:
    """Interfaces with their flags; 0 where the system does not report them."""
    from scanner.engine.os.capture import interface_names

    found = []
    for name in interface_names():
        try:
            flags = int(Path(f"/sys/class/net/{name}/flags").read_text(encoding="ascii"), 16)
        except (OSError, ValueError):
            flags = 0
        found.append((name, flags))
    return found


def _interfaces() -> Iterator[Check]:
    found = interfaces()
    usable = [name for name, flags in found if flags & IFF_UP and not flags & IFF_LOOPBACK]
    many = [name for name, flags in found if flags & IFF_MULTICAST and name in usable]
    if usable:
        shown = ", ".join(usable[:8]) + (f" and {len(usable) - 8} more" if len(usable) > 8 else "")
        yield Check("machine", "interfaces", "ok", shown)
    else:
        yield Check("machine", "interfaces", "note", "only loopback is up", "only loopback and reading files will work")
    yield Check(
        "machine", "multicast", "ok" if many else "note",
        f"on {', '.join(many[:8])}" if many else "not on any interface",
        "" if many else "mDNS queries are sent by unicast; in a container use the network of the host",
    )  # fmt: skip


def _limits() -> Iterator[Check]:
    for name, path, wanted, why in (
        (
            "neighbour table",
            "/proc/sys/net/ipv4/neigh/default/gc_thresh3",
            NEIGHBOURS,
            "net.ipv4.neigh.default.gc_thresh3",
        ),
        ("receive buffer", "/proc/sys/net/core/rmem_max", RECEIVE_BUFFER, "net.core.rmem_max"),
    ):
        try:
            value = int(Path(path).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        enough = value >= wanted
        yield Check(
            "machine",
            name,
            "ok" if enough else "note",
            f"{why} is {value:,}",
            "" if enough else f"for large local subnets: sysctl -w {why}={wanted}",
        )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= FILES
    yield Check(
        "machine",
        "open files",
        "ok" if enough else "note",
        f"{soft:,} (up to {hard:,})",
        "" if enough else f"raise the limit to {FILES} for fast scans (ulimit -n)",
    )


def discoveries(raw: bool, credentials: bool) -> Iterator[Check]:
    """The discoveries that work on this machine, and how to enable the others."""
    from scanner.discovery.declaration import Need
    from scanner.discovery.options import Options
    from scanner.discovery.registry import all_discoveries

    try:
        found = all_discoveries(Options())
    except PhonescanError as error:
        yield Check("discoveries", "plug-ins", "wrong", str(error))
        return
    many = any(flags & IFF_MULTICAST and flags & IFF_UP and not flags & IFF_LOOPBACK for _, flags in interfaces())
    present = {Need.RAW_SOCKET: raw, Need.CREDENTIALS: credentials, Need.MULTICAST: many}
    for name, discovery in found.items():
        if missing := [need for need in discovery.needs if not present[need]]:
            remedy = "give CAP_NET_RAW, see raw sockets above" if Need.RAW_SOCKET in missing else ""
            yield Check("discoveries", name, "warning", f"does not work: no {missing[0]}", remedy)
        elif reduced := next((one for one in discovery.reduced if not present[one.need]), None):
            yield Check("discoveries", name, "note", reduced.works, reduced.remedy)
        else:
            yield Check(
                "discoveries",
                name,
                "ok",
                f"works{', with `phonescan listen`' if discovery.passive else ''}: {discovery.summary}",
            )


def disk(folder: Path) -> Check:
    """Free space for the inventory."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough = free >= FREE
    return Check(
        "inventory",
        "free space",
        "ok" if enough else "warning",
        f"{free // 1_000_000:,} MB in {folder.resolve()}",
        "" if enough else "free some space, or choose another --db",
    )


def packages() -> dict[str, str]:
    """Installed packages that a bug report needs, with their versions."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
