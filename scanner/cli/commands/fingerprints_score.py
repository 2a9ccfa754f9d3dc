"""`phonescan fingerprints score`: the share of right, wrong and missing parts on corpora of real strings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from scanner.app import corpora
from scanner.app.session import Session
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, USAGE
from scanner.cli.shared.messages import print_message
from scanner.core.text import shown
from scanner.identity.corpus import PARTS
from scanner.identity.score import Comparison, tally

Row = dict[str, Any]

#: Columns of the counts, after the one that they are by; `held_back` is the percentage of the records held back.
_COUNTS = ("scored", "right", "wrong", "missing", "percent", "held_back")
_DEVIATIONS = ("outcome", "part", "expected", "found", "rule", "manufacturer", "field", "value", "file", "line")
#: Most mistakes of corpora that are printed.
_SHOWN_MISTAKES = 20


@click_command.define(
    "score",
    help="Identify the records of corpora, and list the parts that are wrong or missing. "
    "A corpus is a file of JSON lines with `fields`, `expect` and `source`.",
    examples=[
        "phonescan fingerprints score tests/corpus/*.jsonl",
        "phonescan fingerprints score our-phones.jsonl --format json",
    ],
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--held-back",
    type=click.Choice(["beside", "only", "without"]),
    default="beside",
    show_default=True,
    help="One record in five is held back for a score on values from which no rule is written: print that score "
    "beside the others, score these records only, or leave them out.",
)
@options.format_option("table", "json", "jsonl", "csv", "md")
@options.OUTPUT
def score(session: Session, files: tuple[Path, ...], held_back: str, format: str, path: Path | None) -> int:
    """Write the counts and the deviations; exit status 2 where a line of a corpus is not a record."""
    records, mistakes = corpora.read(files)
    if mistakes:
        for mistake in mistakes[:_SHOWN_MISTAKES]:
            click.echo(shown(mistake), err=True)
        print_message(f"lines that are not records: {len(mistakes)}; correct them before the corpus is scored")
        return USAGE
    if held_back != "beside":
        records = [record for record in records if record.held_back == (held_back == "only")]
    comparisons = corpora.score(session, records)
    # Deviations of records held back are not listed beside the others: no rule is to be written from them.
    open_ones = [one for one in comparisons if held_back == "only" or not one.record.held_back]
    deviations = sorted(
        (_deviation(one) for one in open_ones if one.outcome != "right"), key=lambda row: row["outcome"] != "wrong"
    )
    if format not in ("table", "json"):
        output.write_rows(deviations, _DEVIATIONS, format, "Deviations", path, generated_at=session.now())
        return DONE
    tables = {
        "parts": (("part", *_COUNTS), _by_part(comparisons)),
        "manufacturers": (("manufacturer", *_COUNTS), _by("manufacturer", lambda one: one.maker or "–", comparisons)),
        "fields": (("field", *_COUNTS), _by("field", lambda one: one.record.values[0][0], comparisons)),
    }
    lookalikes = [_deviation(one) for one in open_ones if one.is_lookalike]
    summary = {
        "records": len(records),
        "held_back": sum(record.held_back for record in records),
        "wrong_percent": tally(comparisons).percent_wrong,
        "lookalikes_called_a_phone": sum(one.is_lookalike for one in comparisons),
    }
    if format == "json":
        rows = {name: found for name, (_, found) in tables.items()}
        output.write_json({**summary, **rows, "lookalikes": lookalikes, "deviations": deviations}, path)
        return DONE
    _write_tables(summary, tables, lookalikes, deviations, path)
    return DONE


def _write_tables(
    summary: Row,
    tables: Mapping[str, tuple[Sequence[str], list[Row]]],
    lookalikes: list[Row],
    deviations: list[Row],
    path: Path | None,
) -> None:
    from scanner.reports import render

    style = output.table_style(path)
    with output.text(path) as stream:
        stream.write(
            f"{summary['records']} records, of which {summary['held_back']} are held back: "
            f"{summary['wrong_percent']} % of the parts are wrong, "
            f"look-alikes called a phone: {summary['lookalikes_called_a_phone']}\n"
        )
        for name, (columns, rows) in tables.items():
            stream.write("\n")
            render(rows, columns, "table", name.capitalize(), stream, **style)
        for title, rows in (
            ("Look-alikes called a phone", lookalikes),
            ("Wrong", [row for row in deviations if row["outcome"] == "wrong"]),
            ("Missing", [row for row in deviations if row["outcome"] == "missing"]),
        ):
            stream.write(f"\n{title}: {len(rows)}\n")
            terminal = sys.stdout if path is None else None
            stream.writelines(line + "\n" for line in output.folded(map(_line, rows), terminal))


def _line(row: Row) -> str:
    """A deviation as one line of text; the value last, since it may be long."""
    rule = f" by {row['rule']}" if row["rule"] else ""
    parts = f"{row['part']} {row['found'] or 'none'}, not {row['expected'] or 'none'}"
    return f"  {parts}{rule}: {row['field']}={row['value']}"


def _deviation(one: Comparison) -> Row:
    field, value = one.record.values[0]
    more = "".join(f" {name}={text}" for name, text in one.record.values[1:])
    return {
        "outcome": str(one.outcome),
        "part": one.part,
        "expected": one.expected,
        "found": one.found,
        "rule": one.rule,
        "manufacturer": one.maker,
        "field": field,
        "value": value + more,
        "file": one.record.file,
        "line": one.record.number,
    }


def _by(column: str, key: Callable[[Comparison], str], comparisons: Iterable[Comparison]) -> list[Row]:
    """The counts by what `key` returns, most parts that are not right first."""
    rows = [_counts(column, name, list(group)) for name, group in groupby(sorted(comparisons, key=key), key)]
    return sorted(rows, key=lambda row: (-row["wrong"], -row["missing"], row[column]))


def _by_part(comparisons: list[Comparison]) -> list[Row]:
    """The counts of each part, and of all."""
    parts = [(part, [one for one in comparisons if one.part == part]) for part in PARTS]
    return [_counts("part", name, found) for name, found in (*parts, ("all", comparisons)) if found]


def _counts(column: str, name: str, comparisons: list[Comparison]) -> Row:
    counts = tally(comparisons)
    return {
        column: name,
        "scored": counts.scored,
        "right": counts.right,
        "wrong": counts.wrong,
        "missing": counts.missing,
        "percent": counts.percent,
        "held_back": tally(one for one in comparisons if one.record.held_back).percent,
    }
