"""A digest in one's own words: a text file in Jinja's notation, its first line the subject, the rest the body.

What it may say is in `Digest.facts`. The file is the administrator's, the names in it are the network's: they come with
controls and bidi marks made visible, and the sandbox lets a template say things, not do them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scanner.core.errors import SettingsError
from scanner.inventory.records import Summary
from scanner.notify.digest import Digest, digest

#: Characters of a template's result that are sent.
LONGEST = 100_000


def worded(message: Digest, path: Path) -> Digest:
    """The message as the file words it. Raises SettingsError naming file and line."""
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        text = environment.from_string(path.read_text(encoding="utf-8")).render(message.facts)
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(f"the message {path} cannot be read ({said}); correct `message`") from None
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        line = f", line {error.lineno}" if hasattr(error, "lineno") and error.lineno else ""
        raise SettingsError(f"the message {path}{line}: {error}; correct it, or leave `message` out") from None
    subject, _, body = text[:LONGEST].lstrip().partition("\n")
    if not subject.strip():
        raise SettingsError(f"the message {path} says nothing; its first line is the subject")
    return replace(message, subject=subject.strip()[:200], body=body.lstrip("\n"))


def sample(name: str) -> Digest:
    """A digest with news of every kind, to try a template with."""
    summary = Summary(
        scan=1, outcome="failed", baseline=False, observations=0, devices=1, unresolved=0,
        notes=("this is how a failed scan looks",), statuses={"outdated": 1},
    )  # fmt: skip
    row = {"manufacturer": "Polycom", "model": "VVX 411", "ip": "192.0.2.1", "firmware": "5.8.0.12848"}
    row |= {"status": "outdated", "certified_firmware": "5.9.0.9373"}
    return digest(
        f"{name} (a test)", summary, [row], devices_before=[100] * 5,
        old_catalogs=["this is how an old catalog looks"], failures=["this is how a failed report looks"],
    )  # fmt: skip
