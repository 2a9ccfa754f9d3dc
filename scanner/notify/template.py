"""A message from a Jinja template of the user: its first line is the subject, the rest the body.

The variables are `Digest.facts`. Values from the network have control and bidi characters escaped, and the template
runs in the sandbox of Jinja.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scanner.core.errors import SettingsError
from scanner.core.text import shown
from scanner.inventory.queries import ScanHealth
from scanner.inventory.records import ScanRow, Summary
from scanner.notify.digest import LONGEST_SUBJECT, Digest, digest

#: Longest result of a template, in characters; the rest is cut off.
LONGEST = 100_000


def worded(message: Digest, path: Path) -> Digest:
    """The message with the text of the template. Raises SettingsError naming file and line."""
    from jinja2 import StrictUndefined, TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        text = environment.from_string(path.read_text(encoding="utf-8")).render(message.facts)
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(f"the message {path} cannot be read ({cause}); correct `message`") from None
    except Exception as error:  # a template can raise any, such as RecursionError by a macro
        line = f", line {error.lineno}" if isinstance(error, TemplateSyntaxError) and error.lineno else ""
        raise SettingsError(f"the message {path}{line}: {error}; correct it, or leave `message` out") from None
    subject, _, body = text[:LONGEST].lstrip().partition("\n")
    if not subject.strip():
        raise SettingsError(f"the message {path} is empty; its first line is the subject")
    return replace(message, subject=shown(subject.strip())[:LONGEST_SUBJECT], body=body.lstrip("\n"), news=(), last=())


def sample(name: str) -> Digest:
    """A digest with a device, an outage, an old catalog and a failed output, for tests of a template."""
    scan = ScanRow(
        id=1, kind="scan", site="hq", started="", finished="", outcome="done", targets=(), discoveries=(), settings={},
        notes=(), baseline=False, state={}, observations=0, unresolved=0,
    )  # fmt: skip
    summary = Summary(
        scan=1, outcome="done", baseline=False, observations=0, devices=0, unresolved=0,
        notes=("example of an outage",), statuses={"outdated": 1},
    )  # fmt: skip
    row = {"manufacturer": "Polycom", "model": "VVX 411", "ip": "192.0.2.1", "mac": "64:16:7f:00:00:01", "site": "hq"}
    row |= {"firmware": "5.8.0.12848", "status": "outdated", "certified_firmware": "5.9.0.9373"}
    return digest(
        f"{name} (a test)", summary, [row], health=ScanHealth(scan, 0, 100),
        old_catalogs=["example of an old catalog"], failures=["example of a failed report"],
    )  # fmt: skip
