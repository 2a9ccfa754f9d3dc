"""The HTML body of a message: its parts, devices as a table, no script, image or external resource. Pure.

Mail programs remove style sheets: every style is an attribute. Values are escaped by `shown` and by jinja.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from scanner.notify.devices import HEADINGS
from scanner.notify.digest import Digest

_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{ subject }}</title></head>
<body style="margin:16px;font:15px/1.45 'Segoe UI',Helvetica,Arial,sans-serif">
{% for one in news %}
<h2 style="font-size:17px;margin:18px 0 6px">{{ one.title }}</h2>
{% if one.devices %}
<table style="border-collapse:collapse;font-size:14px">
<tr>{% for name in headings %}<th scope="col" align="left" style="{{ cell }};border-bottom:2px solid #888">{{ name }}\
</th>{% endfor %}</tr>
{% for device in one.devices %}
<tr>{% for value in device.cells %}<td valign="top" style="{{ cell }}{{ whole if loop.index != 2 }}">\
{% if device.url and loop.first %}<a href="{{ device.url }}">{{ value or "device" }}</a>{% else %}{{ value }}\
{% endif %}</td>{% endfor %}</tr>
{% endfor %}
</table>
{% endif %}
{% set lines = one.lines[one.devices|length:] %}
{% if lines %}
<ul style="margin:6px 0;padding-left:20px">{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>
{% endif %}
{% else %}
<div style="white-space:pre-wrap">{{ body }}</div>
{% endfor %}
{% for line in last %}
<p style="margin:14px 0 0">{% if line.startswith(("https://", "http://")) %}<a href="{{ line }}">{{ line }}</a>\
{% else %}{{ line }}{% endif %}</p>
{% endfor %}
{% if notes %}
<p style="margin:14px 0 0">Reports:</p>
<ul style="margin:2px 0;padding-left:20px">{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>
{% endif %}
</body></html>
"""
_CELL = "padding:4px 14px 4px 0;border-bottom:1px solid #bbb"
_WHOLE = ";white-space:nowrap"


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        _PAGE
    )


def page(message: Digest, notes: Sequence[str] = ()) -> str:
    """The message as a page; `notes` are the sentences about its reports."""
    return str(
        _template().render(
            subject=message.subject, news=message.news, body=message.body, last=message.last, notes=notes,
            headings=HEADINGS, cell=_CELL, whole=_WHOLE,
        )
    )  # fmt: skip


def text(message: Digest, notes: Sequence[str] = ()) -> str:
    """The plain text of the message; `notes` are the sentences about its reports."""
    if not notes:
        return message.body
    return f"{message.body.rstrip()}\n\nReports:\n" + "".join(f"- {note}\n" for note in notes)
