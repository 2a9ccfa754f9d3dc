"""The exit statuses of the contract."""

from __future__ import annotations

#: The command did all of its work.
DONE = 0
#: It did, and found what `--fail-on` or `diff` reports.
FOUND = 1
#: Wrong usage or settings.
USAGE = 2
#: It did a part of its work.
PARTLY = 3
#: It could not run.
FAILED = 4
