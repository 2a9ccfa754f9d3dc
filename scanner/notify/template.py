"""A message from a Jinja template of the user: its first line is the subject, the rest the body.

The variables are `Digest.facts`. Values from the network have control and bidi characters escaped, and the template
runs in the sandbox of Jinja.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scanner.core.errors import SettingsError
from scanner.inventory.records import Summary
from scanner.notify.digest import Digest, digest

#: Longest result of a template, in characters; the rest is cut off.
LONGEST = 100_000


def worded(message: Digest, path: Path) -> Digest:
    """The message with the text of the template. Raises SettingsError naming file and line."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        text = environment.from_string(path.read_text(encoding="utf-8")).render(message.facts)
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(f"the message {path} cannot be read ({cause}); correct `message`") from None
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        line = f", line {error.lineno}" if hasattr(error, "lineno") and error.lineno else ""
        raise SettingsError(f"the message {path}{line}: {error}; correct it, or leave `message` out") from None
    subject, _, body = text[:LONGEST].lstrip().partition("\n")
    if not subject.strip():
        raise SettingsError(f"the message {path} is empty; its first line is the subject")
    return replace(message, subject=subject.strip()[:200], body=body.lstrip("\n"))


def sample(name: str) -> Digest:
    """A digest with every kind of change, for tests of a template."""
    summary = Summary(
        scan=1, outcome="failed", baseline=False, observations=0, devices=1, unresolved=0,
        notes=("example of a failed scan",), statuses={"outdated": 1},
    )  # fmt: skip
    row = {"manufacturer": "Polycom", "model": "VVX 411", "ip": "192.0.2.1", "firmware": "5.8.0.12848"}
    row |= {"status": "outdated", "certified_firmware": "5.9.0.9373"}
    return digest(
        f"{name} (a test)", summary, [row], devices_before=[100] * 5,
        old_catalogs=["example of an old catalog"], failures=["example of a failed report"],
    )  # fmt: skip
