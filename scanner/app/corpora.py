"""The use case `fingerprints score`: files of corpora read, each mistake named by file and line, and scored."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from scanner.app.identify import observations
from scanner.app.session import Session
from scanner.core.bounded import checked_json
from scanner.core.model import Identity
from scanner.core.text import bounded
from scanner.core.violations import nearest, violation
from scanner.identity.corpus import PARTS, CorpusLine, CorpusRecord
from scanner.identity.score import Comparison, compare

#: Longest line of a corpus, in bytes: a record is a few values of VALUE_LIMIT.
LINE_LIMIT = 1_000_000


class Corpora(NamedTuple):
    """The records of files, and the lines that are not records: file, line and mistake in one sentence each."""

    records: list[CorpusRecord]
    mistakes: list[str]


def read(paths: Iterable[Path]) -> Corpora:
    """The records of the files. Raises OSError for a file that cannot be opened."""
    records: list[CorpusRecord] = []
    mistakes: list[str] = []
    for path in paths:
        with path.open("rb") as stream:
            for number, raw in enumerate(iter(lambda: stream.readline(LINE_LIMIT + 1), b""), 1):
                if not raw.strip():
                    continue
                try:
                    records.append(CorpusRecord(file=str(path), number=number, line=_line(raw)))
                except ValueError as error:
                    mistakes.append(f"{path}:{number}: {bounded(str(error), 400)}")
                if len(raw) > LINE_LIMIT:
                    break  # what follows is the rest of this line
    return Corpora(records, mistakes)


def score(session: Session, records: Iterable[CorpusRecord]) -> list[Comparison]:
    """Every part that the records note, compared with what the fingerprints in force identify."""
    from scanner.identity.fuse import identify

    fingerprints = session.fingerprints()

    def identified(record: CorpusRecord) -> Identity:
        return identify(observations(record.line.fields), fingerprints)

    return list(compare(records, identified, fingerprints))


def _line(raw: bytes) -> CorpusLine:
    """The record of one line. Raises ValueError with a sentence."""
    if len(raw) > LINE_LIMIT:
        raise ValueError(f"the line is longer than {LINE_LIMIT} bytes")
    try:
        line = checked_json(raw, CorpusLine)
    except msgspec.ValidationError as error:
        raise ValueError(str(violation(error, CorpusLine))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from None
    observations(line.fields)
    for part, reason in line.dropped.items():
        if part not in PARTS:
            raise ValueError(f"dropped: unknown part {part!r}; did you mean {nearest(part, list(PARTS))!r}?")
        if not reason.strip():
            raise ValueError(f"dropped: {part} has no reason: write in a sentence why it is not scored")
    return line
