"""docs/phonescan.1, which the wheel installs, is up to date and valid roff."""

from __future__ import annotations

from tests.docs import material
from tools.docs import man
from tools.docs.commands import walk


def test_the_man_page_is_up_to_date() -> None:
    page = (material.DOCS / "phonescan.1").read_text(encoding="utf-8")
    assert page == man.page(), "run: python -m tools.docs.man docs/phonescan.1"


def test_the_man_page_contains_every_command_with_its_options_and_no_stray_request() -> None:
    page = man.page()
    for context in walk():
        _, found, section = page.partition(f".SS {context.command_path.replace('-', chr(92) + '-')} ")
        assert found, context.command_path
        section = section.partition("\n.S")[0]
        for option in context.command.params:
            if getattr(option, "help", None) and not getattr(option, "hidden", False):
                assert option.opts[0].replace("-", r"\-") in section, f"{context.command_path} {option.opts[0]}"
    requests = {line[:3] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".PP", ".TP", ".EX", ".EE", ".nf", ".fi"}
