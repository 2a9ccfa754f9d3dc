"""The script of our pages, inline in each: the content policy allows this text, by its hash, and no other."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

SCRIPT = (Path(__file__).resolve().parent / "templates" / "page.js").read_text(encoding="utf-8")
#: The source of the script in a content security policy.
SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"
