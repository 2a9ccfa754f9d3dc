"""Rendering of pages from templates: values are escaped, control characters and bidi marks made visible.

The plots are those of the report (`scanner/reports/templates/plots.html`), and so is most of the style.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scanner.core.text import shown
from scanner.reports import plots
from scanner.reports.cells import for_people, whole
from scanner.reports.labels import COMPLIANCE_LABELS, contested, heading
from scanner.version import __version__
from scanner.web.config import DATABASE
from scanner.web.list_query import link
from scanner.web.metadata import TABLES
from scanner.web.script import SCRIPT

if TYPE_CHECKING:
    from scanner.web.config import WebConfig

#: Datasette's templates in our frame.
DATASETTE_TEMPLATES = Path(__file__).resolve().parent / "templates" / "datasette"
_OWN = Path(__file__).resolve().parent / "templates"
_REPORTS = Path(plots.__file__).resolve().parent / "templates"
#: The menu: path below the base path, and label.
MENU: tuple[tuple[str, str], ...] = (
    ("", "Overview"),
    ("devices", "Devices"),
    ("firmware", "Firmware"),
    ("switches", "Switches"),
    ("changes", "Changes"),
    ("scans", "Scans"),
    ("catalogs", "Catalogs"),
)


#: The token of the forms of the request that is rendered; empty without a session.
form_token: ContextVar[str] = ContextVar("form_token", default="")


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        if value is None:
            return ""
        return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader([_OWN, _REPORTS]), autoescape=True, finalize=finalize, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip

    def when(time: Any) -> Any:
        """A time for people: UTC, which the script of the page replaces by local time."""
        if not isinstance(time, str) or not time:
            return ""
        return Markup('<time datetime="{}">{}</time>').format(shown(time), shown(for_people(time)))

    environment.filters |= {
        "lines": lambda text: Markup("\n").join(shown(line) for line in str(text).split("\n")),
        "when": when,
        "utc": lambda time: for_people(time) if isinstance(time, str) else "",
        "number": lambda value: f"{value:,}",
        "heading": heading,
        "whole": whole,
    }
    environment.globals |= {"version": __version__, "labels": COMPLIANCE_LABELS, "menu": MENU}
    environment.globals["formats"] = (
        ("csv", "json", "xlsx", "html") if find_spec("xlsxwriter") else ("csv", "json", "html")
    )
    script = Markup(SCRIPT)  # ours  # nosec B704
    environment.globals |= {"style_version": _hash(), "link": link, "script": script, "contested": contested}
    return environment


@cache
def style() -> bytes:
    """The style sheet: that of the report, and the additions of all pages and of some."""
    sheets = (_REPORTS / "style.css", _OWN / "web.css", _OWN / "pages.css")
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets).encode()


def _hash() -> str:
    return hashlib.sha256(style()).hexdigest()[:12]


def page(template: str, config: WebConfig, *, title: str, here: str | None = None, **values: Any) -> str:
    """A page; `here` is its entry in the menu."""
    text: str = (
        _environment()
        .get_template(template)
        .render(
            title=title,
            here=here,
            base=config.base_path,
            closed=config.access.closed,
            form_token=form_token.get(),
            **values,
        )
    )
    return text


def frame(config: WebConfig) -> dict[str, Any]:
    """What Datasette's templates take from ours: navigation, footer, style and the descriptions of tables."""
    from markupsafe import Markup

    environment = _environment()
    footer = Markup("<footer>phonescan {}. Read-only: no phone is changed. Times are UTC.</footer>")
    values = {
        "base": config.base_path,
        "closed": config.access.closed,
        "here": DATABASE,
        "form_token": form_token.get(),
    }
    return {
        "base": config.base_path,
        "style_version": _hash(),
        "header": Markup(environment.get_template("header.html").render(**values)),  # rendered with escapes  # nosec B704
        "footer": footer.format(__version__),
        "descriptions": TABLES,
        "local": local,
    }


def local(url: str) -> str:
    """A URL of this server without scheme and host, which a proxy may replace."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


def bare(title: str, reason: str, *, onward: str = "") -> str:
    """A page without menu and style, for requests without access; the browser loads `onward` after it."""
    text: str = _environment().get_template("bare.html").render(title=title, reason=reason, onward=onward)
    return text
