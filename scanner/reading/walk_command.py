"""Commands of net-snmp in a file of walks: which agent the rows behind one are of."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

#: A prompt, the program, its words.
_COMMAND = re.compile(
    r"(?:.{0,200}?[$#>%] ?)?(?:[\w./~-]{0,80}/)?snmp(?:bulk)?(?:walk|get|getnext) (?P<words>.{1,1000})"
)
#: Options of snmpcmd(1) that a word follows.
_WITH_WORD = frozenset("aAcDeElLmMnOPrtTuvxXzZ3yY")


#: Options that can contain a VLAN, and where.
_CONTEXT = {"-c": re.compile(r"@(\d{1,4})$"), "-n": re.compile(r"^vlan-(\d{1,4})$")}


class Walked(NamedTuple):
    """The agent that the rows from here on are of: its address or name, as the command has it, and the VLAN in whose
    context they are (community `public@120`, or context `vlan-120` of SNMPv3): IOS has one bridge table for each."""

    host: str
    vlan: str = ""


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
    option, vlan = "", ""
    for word in words:
        if option or word.startswith("-"):
            given = word if option else word[2:]
            context = _CONTEXT.get(option or word[:2])
            if context and (found := context.search(given)):
                vlan = found[1]
            option = "" if option or len(word) != 2 or word[1] not in _WITH_WORD else word
        else:
            host = re.sub(r"^(?:udp6?|tcp6?):", "", word).strip("[]")
            return Walked(re.sub(r"(?<=[^:]):\d{1,5}$", "", host) if host.count(":") == 1 else host, vlan)
    return None
