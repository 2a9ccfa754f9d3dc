"""The golden files, one a report. `python tests/reports/golden.py` writes them again after a wanted change."""

from __future__ import annotations

import importlib
import io
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("golden")


def produced(sample: Any) -> dict[str, str]:
    """File name → text of every report of the sample fleet, versions of the program left out."""
    from scanner.reports import render, render_report
    from scanner.reports.ansible import write_ansible
    from scanner.reports.netbox.device import wanted
    from scanner.reports.netbox.forms import forms, write_form
    from scanner.reports.prometheus import write_prometheus
    from scanner.version import __version__

    texts: dict[str, str] = {}

    def kept(name: str, write: Any) -> None:
        stream = io.StringIO(newline="")
        write(stream)
        texts[name] = (
            stream.getvalue()
            .replace(f"phonescan {__version__}", "phonescan VERSION")
            .replace(f'version="{__version__}"', 'version="VERSION"')
        )

    for form, name in (
        ("table", "txt"),
        ("csv", "csv"),
        ("json", "json"),
        ("jsonl", "jsonl"),
        ("md", "md"),
        ("html", "html"),
    ):
        kept(f"report.{name}", lambda stream, form=form: render_report(sample.report(8), form, stream))
    for form, name in (("table", "txt"), ("html", "html"), ("md", "md")):
        kept(
            f"inventory.{name}",
            lambda stream, form=form: render(
                sample.devices(4), sample.COLUMNS[:-1], form, "Inventory", stream, width=110
            ),
        )
    kept("ansible.yml", lambda stream: write_ansible(sample.devices(4), stream))
    numbered = [{**row, "id": number, "line": "ucs"} for number, row in enumerate(sample.devices(4), 1)]
    for file in forms(list(wanted(numbered))):
        kept(f"netbox-{file.file}", lambda stream, file=file: write_form(file, stream))
    kept("metrics.prom", lambda stream: write_prometheus(sample.metrics(8), stream))
    return texts


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2])]
    FOLDER.mkdir(exist_ok=True)
    for file, text in produced(importlib.import_module("sample")).items():
        (FOLDER / file).write_text(text, encoding="utf-8", newline="")
