"""The figures of a fuzz run and the inputs that it lost, in a folder, so that a later run continues."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

#: The file of the figures in the folder of a run.
FIGURES = "figures.json"


@dataclass(slots=True)
class Tally:
    """The inputs of one target: read, refused, and lost by the kind of fault."""

    read: int = 0
    refused: int = 0
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def survived(self) -> int:
        return self.read + self.refused

    @property
    def tried(self) -> int:
        return self.survived + sum(self.lost.values())


@dataclass(frozen=True, slots=True)
class Record:
    """The folder of a run: `corpus/TARGET/` with inputs that reached new code, `lost/TARGET/` with one of each kind."""

    folder: Path

    def corpus(self, target: str) -> Path:
        """The folder with the inputs of a target."""
        path = self.folder / "corpus" / target
        path.mkdir(parents=True, exist_ok=True)
        return path

    def held(self, target: str) -> int:
        """How many inputs of a target reached code that no earlier one had reached."""
        return sum(1 for _ in self.corpus(target).iterdir())

    def lost(self, target: str) -> Path:
        """The folder with the lost inputs of a target."""
        path = self.folder / "lost" / target
        path.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, target: str, kind: str, data: bytes) -> None:
        """Store an input that was lost, unless one of its kind is there; the shorter one stays."""
        path = self.reproducer(target, kind)
        if not path.exists() or path.stat().st_size > len(data):
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(f"{kind}\n", encoding="utf-8")

    def reproducer(self, target: str, kind: str) -> Path:
        """The file with the input of a kind of fault."""
        return self.lost(target) / hashlib.sha256(kind.encode()).hexdigest()[:12]

    def tallies(self) -> dict[str, Tally]:
        """The figures of the runs before, by target."""
        try:
            stored = json.loads((self.folder / FIGURES).read_bytes())
        except FileNotFoundError:
            return {}
        return {name: Tally(**values) for name, values in stored.items()}

    def store(self, tallies: dict[str, Tally]) -> None:
        """Write the figures, whole or not at all."""
        written = {name: {"read": t.read, "refused": t.refused, "lost": t.lost} for name, t in sorted(tallies.items())}
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / FIGURES
        path.with_suffix(".part").write_text(json.dumps(written, indent=1), encoding="utf-8")
        path.with_suffix(".part").replace(path)
