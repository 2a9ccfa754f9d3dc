"""What each capture must read as: NAME.toml beside NAME.pcap holds the whole result.

    python -m tests.captures.expected tests/captures/sip/NAME.pcap

writes NAME.toml from what the program reads now. Compare it with what the capture contains before it is committed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.reading import detect
from tests.reading.inventories import items, record, rows

HERE = Path(__file__).resolve().parent
#: Inputs that have a NAME.toml beside them. Formats that a sensor or a switch writes; the extension is the format.
FORMATS = (".pcap", ".snmprec")
#: Most octets of one input: what shows a fault fits in a few frames.
LIMIT = 20_000
COLUMNS = ("mac", "ip", "kind", "manufacturer", "model", "firmware", "serial", "switch_port", "status")

Row = dict[str, str | int]
Result = dict[str, str | list[Row]]


def inputs(*protocols: str, format: str = "") -> list[Path]:
    """The committed inputs, of these protocols or of all, of one format or of all."""
    found = [path for path in sorted(HERE.glob("*/*")) if path.suffix in ((format,) if format else FORMATS)]
    return [path for path in found if not protocols or path.parent.name in protocols]


def unpaired() -> Iterator[str]:
    """Files that are not a pair of an input and its expectation, each in a sentence."""
    for path in sorted(HERE.glob("*/*")):
        if "__pycache__" in path.parts:
            continue
        if path.suffix == ".toml":
            if not any(path.with_suffix(suffix).exists() for suffix in FORMATS):
                yield f"{path.name} has no capture beside it"
        elif path.suffix not in FORMATS:
            yield f"{path.name}: {path.suffix or 'no extension'} is not one of {', '.join(FORMATS)}"
        elif not path.with_suffix(".toml").exists():
            yield f"{path.name} has no {path.stem}.toml beside it"


def result(path: Path) -> Result:
    """What the program makes of an input: its format, observations, problems, and devices with their identity."""
    observations, problems = items(path)
    with tempfile.TemporaryDirectory() as folder, path.open("rb") as stream:
        record(Path(folder) / "x.sqlite", observations, keep_all=True)
        devices = rows(Path(folder) / "x.sqlite")
        found, _ = detect.detected(stream, path.name)
    fields = [{"mac": o.mac, "ip": o.ip, "field": o.field, "value": o.value} for o in observations]
    return {
        "format": found.name if found else "",
        "observation": [_present(row) for row in fields],
        "problem": [_present(problem._asdict()) for problem in problems],
        "device": sorted((_present({c: row[c] for c in COLUMNS}) for row in devices), key=str),
    }


def written(what: Result, note: str) -> str:
    """A result as TOML, under a comment that says what the input is and how it was made."""
    lines = [f"# {line}" for line in note.splitlines()]
    for key, value in what.items():
        if isinstance(value, str):
            lines.append(f"{key} = {json.dumps(value)}")
            continue
        rows = (", ".join(f"{name} = {json.dumps(part)}" for name, part in row.items()) for row in value)
        lines += [f"{key} = [", *(f"  {{ {row} }}," for row in rows), "]"]
    return "\n".join(lines) + "\n"


def _present(row: Mapping[str, Any]) -> Row:
    return {key: value for key, value in row.items() if value not in (None, "")}


def main(paths: list[str]) -> None:
    for path in map(Path, paths):
        beside = path.with_suffix(".toml")
        old = beside.read_text(encoding="utf-8") if beside.exists() else "# What it is, and how it was made\n"
        note = "\n".join(line[2:] for line in old.splitlines() if line.startswith("# "))
        beside.write_text(written(result(path), note), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
