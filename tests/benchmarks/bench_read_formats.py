"""Each format that is read: megabytes a second of processor time and peak memory, of a large file in its own process.

`python -m tests.benchmarks read-formats [-- MEGABYTES [FORMAT…]]`: files are written to a temporary folder, one after
the other, and read by `scanner.reading` alone. The goals of line formats are 20 MB/s and a peak below 150 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from scanner.reading import Context, Problem, detect
from tests.benchmarks.formats import FILES, Growing

#: Megabytes without an argument, and the most of them.
DEFAULT, MOST = 20, 4_000
#: Goals: megabytes a second of a line format, and peak memory in MB.
SPEED, PEAK = 20.0, 150.0
#: Formats without a goal of speed: captures and documents, which are parsed before they are read, and those of single
#: devices, switches and periods, of which no file is large.
WITHOUT_SPEED = frozenset(
    {
        "pcap",
        "nmap",
        "lldpctl",
        "snmprec",
        "snmpwalk",
        "jsonl",
        "phone-report",
        "access-log",
        "risport",
        "cucm-phones",
        "junos-xml",
    }
)
#: Formats of which no file is large: it is of one device.
SMALL = frozenset({"upnp"})


class Rate(NamedTuple):
    """What reading a file took: MB of the file, seconds, peak memory in MB, observations and problems."""

    megabytes: float
    seconds: float
    peak: float
    observations: int
    problems: int

    @property
    def speed(self) -> float:
        """MB a second."""
        return self.megabytes / max(self.seconds, 1e-9)

    def missed(self, format: str) -> bool:
        """Whether it missed a goal."""
        return self.peak > PEAK or (format not in WITHOUT_SPEED and self.speed < SPEED)


def write(format: str, megabytes: float, path: Path) -> None:
    """Write a file of this format and size."""
    stream = Growing(FILES[format], int(min(megabytes, FILES[format].most) * 1e6))
    with path.open("wb") as file:
        while block := stream.read(1 << 16):
            file.write(block)


def read(path: Path, format: str) -> Rate:
    """Read a file of a format that is detected, in this process."""
    observations = problems = 0
    began = time.process_time()
    with path.open("rb") as stream:
        found, stream = detect.detected(stream, path.name)
        if found is None or found.name != format:
            raise RuntimeError(f"the file of {format} is detected as {found.name if found else 'an empty one'}")
        for item in found.read(stream, Context(path.name, "2026-11-30T00:00:00Z")):
            problems += isinstance(item, Problem)
            observations += not isinstance(item, Problem)
    seconds = time.process_time() - began
    peak = 1024 * int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    return Rate(path.stat().st_size / 1e6, seconds, peak / 1e6, observations, problems)


def measured(format: str, megabytes: float) -> Rate:
    """Write a file and read it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, format)
        write(format, megabytes, path)
        command = [sys.executable, "-m", "tests.benchmarks.bench_read_formats", "--one", format, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{format}: {done.stderr[-2000:]}")
    size, seconds, peak, observations, problems = done.stdout.split()
    return Rate(float(size), float(seconds), float(peak), int(observations), int(problems))


def main(words: list[str]) -> int:
    """Print a line for each format; 1 if one missed a goal, 2 for an argument that is not valid."""
    if words[:1] == ["--one"]:
        print(*read(Path(words[2]), words[1]))
        return 0
    megabytes = float(words.pop(0)) if words and words[0].replace(".", "", 1).isdigit() else float(DEFAULT)
    if unknown := sorted(set(words) - set(FILES)):
        print(f"no large file of {', '.join(unknown)}; there are {', '.join(FILES)}", file=sys.stderr)
        return 2
    if not 0 < megabytes <= MOST:
        print(f"{megabytes:,} MB is out of range: use up to {MOST:,}", file=sys.stderr)
        return 2
    missed = 0
    for format in words or FILES:
        rate = measured(format, megabytes)
        missed += rate.missed(format)
        print(
            f"{format:18} {rate.megabytes:7.0f} MB {rate.speed:7.1f} MB/s  peak {rate.peak:4.0f} MB "
            f"{rate.observations:9,} observations {rate.problems:6,} problems{'  missed' * rate.missed(format)}",
            flush=True,
        )
    for format in sorted(set(detect.formats()) - set(FILES) - SMALL):
        print(f"{format:18} has no large file in tests/benchmarks/formats.py")
    print("every goal reached" if not missed else f"{missed} formats missed a goal")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
