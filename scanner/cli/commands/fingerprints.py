"""`phonescan fingerprints`: list, show and check the rules that identify phones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.app.session import Session
from scanner.cli.commands import fingerprints_score, fingerprints_teach
from scanner.cli.shared import click_command, options, output
from scanner.cli.shared.exit_status import DONE, USAGE
from scanner.cli.shared.messages import print_message
from scanner.core.errors import UsageError
from scanner.core.text import shown

if TYPE_CHECKING:
    from scanner.identity.fingerprints import Fingerprints
    from scanner.identity.vendorfile import LoadedFile

command = click.Group(
    "fingerprints",
    help="The rules that extract manufacturer, model and firmware from observations.",
    epilog=click_command.examples(
        [
            "phonescan fingerprints list",
            "phonescan fingerprints show yealink",
            "phonescan fingerprints check",
            "phonescan fingerprints check ./our-fingerprints",
            "phonescan fingerprints score our-phones.jsonl",
            "phonescan fingerprints unknown",
            "phonescan fingerprints suggest g1f0a2b3c",
        ]
    ),
)


@click_command.define(
    "list", help="List the manufacturers with their models and rules.", examples=["phonescan fingerprints list"]
)
@options.format_option()
@options.OUTPUT
def list_fingerprints(session: Session, format: str, path: Path | None) -> None:
    """Write one row for each vendor file."""
    rows = [
        {
            "file": origin.stem,
            "manufacturer": origin.file.manufacturer or None,
            "kind": origin.file.kind,
            "models": len(origin.file.model),
            "rules": len(origin.file.rule),
            "grammars": len(origin.file.firmware),
            "prefixes": len(origin.file.oui) + len(origin.file.oui_mixed),
        }
        for origin in session.fingerprints().origins
    ]
    columns = ("file", "manufacturer", "kind", "models", "rules", "grammars", "prefixes")
    output.write_rows(rows, columns, format, "Fingerprints", path, generated_at=session.now())


@click_command.define(
    "show",
    help="Show the models and rules of a manufacturer (by name or file), or one rule (by its name in `explain`).",
    examples=["phonescan fingerprints show Yealink", "phonescan fingerprints show yealink/sip.user-agent/1"],
)
@click.argument("name")
@options.format_option("table", "json", "jsonl", "csv", "md")
@options.OUTPUT
def show_fingerprints(session: Session, name: str, format: str, path: Path | None) -> None:
    """Write the rules of a manufacturer; in a table, after its models."""
    fingerprints = session.fingerprints()
    found = _origins(fingerprints, name)
    rules = [rule for origin in found for rule in _rules(origin)]
    if not found:
        rules = [rule for origin in fingerprints.origins for rule in _rules(origin) if rule["rule"] == name]
        if not rules:
            raise UsageError(f"unknown manufacturer, file or rule {name!r}; `phonescan fingerprints list` shows them")
    columns = ("rule", "gives", "pattern", "example", "basis")
    if format != "table":
        output.write_rows(rules, (*columns, "description"), format, name, path, generated_at=session.now())
        return
    with output.text(path) as stream:
        stream.writelines(shown(line) + "\n" for line in _lines(found, rules))  # a pattern is not folded


def _lines(found: list[LoadedFile], rules: list[dict[str, Any]]) -> Iterator[str]:
    """The models of vendor files and then rules, as text; control characters are not escaped."""
    for origin in found:
        yield f"{origin.file.manufacturer or origin.stem} ({origin.path})"
        for model in origin.file.model:
            aliases = f" = {', '.join(model.aliases)}" if model.aliases else ""
            yield f"  {model.name}{aliases}" + (f" [{model.basis}]" if model.basis else "")
    for rule in rules:
        yield ""
        yield str(rule["rule"])
        for part in ("gives", "pattern", "example", "basis", "description"):
            if rule[part]:
                yield f"  {part:<12}{rule[part]}"


def _origins(fingerprints: Fingerprints, name: str) -> list[LoadedFile]:
    maker = fingerprints.models.maker(name)
    return [
        origin
        for origin in fingerprints.origins
        if origin.stem == name.lower() or (maker is not None and origin.file.manufacturer == maker)
    ]


def _rules(origin: LoadedFile) -> list[dict[str, Any]]:
    from scanner.identity.rules import named_rules, rule_of

    rows = []
    for nth, words in named_rules(origin):
        rule = rule_of(*words)
        gives = ", ".join(f"{part} {text}" for part, text in rule.gives.items())
        examples = origin.file.rule[nth].examples
        rows.append(
            {
                "rule": rule.name,
                "gives": "nothing" if rule.grade == "nothing" else gives or rule.grade,
                "pattern": rule.pattern,
                "example": examples[0].get("value") if examples else None,
                "basis": rule.basis,
                "description": rule.description,
            }
        )
    return rows


@click_command.define(
    "check",
    help="Match every rule's examples with all rules, and list the mistakes.",
    examples=["phonescan fingerprints check", "phonescan fingerprints check ./our-fingerprints"],
)
@click.argument("path", metavar="[FOLDER|FILE]", required=False, type=click.Path(path_type=Path, readable=False))
def check_fingerprints(session: Session, path: Path | None) -> int:
    """Print the mistakes, one a line; exit status 2 when there are any."""
    from scanner.identity.check import check

    if path is not None and not path.exists():
        raise UsageError(f"{path} is neither a vendor file nor a folder of them")
    problems = check(path)
    for problem in problems:
        click.echo(shown(str(problem)))
    if problems:
        print_message(f"mistakes in the fingerprints: {len(problems)}; correct them before they are used")
        return USAGE
    click.echo("no mistakes in the fingerprints", err=True)
    return DONE


for _each in (
    list_fingerprints,
    show_fingerprints,
    check_fingerprints,
    fingerprints_score.score,
    fingerprints_teach.unknown,
    fingerprints_teach.suggest,
):
    command.add_command(_each)
