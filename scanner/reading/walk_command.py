"""Commands of net-snmp in a file of walks: which agent the rows behind one are of."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from scanner.core.address import address

#: A prompt, the program, its words.
_COMMAND = re.compile(
    r"(?:.{0,200}?[$#>%] ?)?(?:[\w./~-]{0,80}/)?snmp(?:bulk)?(?:walk|get|getnext) (?P<words>.{1,1000})"
)
#: Options of snmpcmd(1) that a word follows.
_WITH_WORD = frozenset("aAcDeElLmMnOPrtTuvxXzZ3yY")


class Walked(NamedTuple):
    """The agent that the rows from here on are of: its address or name, as the command has it."""

    host: str

    @property
    def address(self) -> str | None:
        """The address, where the command has one."""
        return address(self.host)


def command(line: str) -> Walked | None:
    """The agent of a line such as `$ snmpwalk -v2c -c public 10.0.0.2 system`; None for another line."""
    found = _COMMAND.fullmatch(line.strip()) if "snmp" in line else None
    if found is None:
        return None
    try:
        words = shlex.split(found["words"])
    except ValueError:
        words = found["words"].split()
    if not any(word.startswith("-") for word in words):
        return None
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = len(word) == 2 and word[1] in _WITH_WORD
        else:
            host = re.sub(r"^(?:udp6?|tcp6?):", "", word).strip("[]")
            return Walked(re.sub(r"(?<=[^:]):\d{1,5}$", "", host) if host.count(":") == 1 else host)
    return Walked("")
