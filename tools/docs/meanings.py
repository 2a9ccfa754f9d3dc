"""What statuses, events, exit statuses and environment variables mean, for the reference and the man page."""

from __future__ import annotations

#: Status → when a device has it; the order and words of the contract.
STATUSES: dict[str, str] = {
    "certified": "the firmware is the catalog's version",
    "compatible": "only a fallback catalog lists the model, and the firmware is one of that catalog's versions",
    "outdated": "same line, older than the catalog's version",
    "newer": "same line, newer than the catalog's version: the certification programme did not test it",
    "other-line": "a firmware of another line: another edition, platform or branch",
    "unknown-firmware": "the catalog lists the model; the firmware is unknown or not readable as a version",
    "not-listed": "the model is known and not in the catalog",
    "unidentified": "a phone by its behaviour, model unknown, or perhaps a listed one; or possibly a phone",
    "not-a-phone": "identified as something else; kept with `--keep-all` only",
}
#: Event → what changed.
EVENTS: dict[str, str] = {
    "appeared": "a device that was not in the inventory",
    "vanished": "no response in `missing_after` scans that covered the device's address with the same discovery",
    "returned": "a vanished device was observed again",
    "moved": "another address, switch or port",
    "firmware-changed": "another firmware",
    "exception-expired": "the exception that made it compliant has ended",
    "status-changed": "another status or compliance",
    "conflict": "two sources disagree; both values are kept",
}
#: Exit status → meaning.
EXITS: dict[int, str] = {
    0: "done",
    1: "done, and `--fail-on` found what it names; for `diff`: the two scans differ",
    2: "wrong usage or settings, or a data file that cannot be read",
    3: "done in part; messages name what was missed",
    4: "could not run: no such file, database locked or damaged, no permission",
}
#: Environment variable → effect.
ENVIRONMENT: dict[str, str] = {
    "PHONESCAN_DB": "the inventory, where `--db` is not given",
    "PHONESCAN_CONFIG": "the settings file, where `--config` is not given",
    "PHONESCAN_DEBUG": "`1`: an unexpected error is reported with its traceback",
    "NO_COLOR": "any value: no colour",
    "COLUMNS": "the width of tables, where standard output is not a terminal",
}
