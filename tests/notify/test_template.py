"""Messages in one's own words: what a template may say, what it may not do, and that a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.core.errors import SettingsError
from scanner.inventory import Summary
from scanner.notify.digest import digest
from scanner.notify.template import sample, worded

OWN = """\
[{{ name }}] {{ news | length }} news
{% for one in news %}

== {{ one.title }} ==
{% for line in one.lines %}
* {{ line }}
{% endfor %}
{% endfor %}
{{ devices }} devices, {{ statuses.outdated }} outdated
"""


def test_the_first_line_is_the_subject_and_the_rest_the_body(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(OWN, encoding="utf-8")
    message = worded(sample("nightly"), tmp_path / "own.txt")
    assert message.subject == "[nightly (a test)] 4 news"
    assert message.body.startswith("== The scan is done, but 0 of about 100 devices responded ==\n* example")
    assert "== 1 newly noncompliant ==\n* 192.0.2.1 (hq, 64:16:7f:00:00:01): Polycom VVX 411" in message.body
    assert message.body.endswith("0 devices, 1 outdated")
    assert message.reported == sample("nightly").reported


def test_values_from_the_network_are_text_in_a_template(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("x\n{{ news[0].lines[0] }}", encoding="utf-8")
    summary = Summary(scan=1, outcome="done", baseline=False, observations=1, devices=1, unresolved=0)
    row = {"ip": "192.0.2.1", "model": "{{ 7 * 7 }}\x1b[31m\n\u202e", "status": "outdated"}
    body = worded(digest("nightly", summary, [row]), tmp_path / "own.txt").body
    assert body == "192.0.2.1: {{ 7 * 7 }}\\x1b[31m\\x0a\\u202e with unknown firmware, outdated"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("subject\n{% for x in news %}", "line 2: "),
        ("{{ nmae }}", "'nmae' is undefined"),
        ("{{ name.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division"),
        ("{{ '{0.x}'.format(1) }}", "no attribute 'x'"),
        ("{{ name.encode('x') }}", "unknown encoding"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ("\n \n", "is empty"),
    ],
)
def test_an_error_in_a_template_names_its_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "own.txt").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"own\.txt") as raised:
        worded(sample("nightly"), tmp_path / "own.txt")
    assert words in str(raised.value)


def test_a_missing_template_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.txt cannot be read \(No such file"):
        worded(sample("nightly"), tmp_path / "none.txt")
