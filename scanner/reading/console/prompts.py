"""Lines of a session besides output: prompts with their command, and headings by which tools name a host.

The forms are those of the manuals: Cisco and all that look alike (`sw-a#show …`, `sw-a(config)#`, `RP/0/RSP0/CPU0:xr#`,
`* X450.5 # show …`), Comware and VRP (`<sw-a>display …`, `[sw-a]`), Junos (`user@sw-a> show …`) and RouterOS
(`[admin@sw-a] > /ip neighbor print`); and of tools: RANCID, clogin, Ansible, pssh, and a line of dashes around a name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: Names of hosts; some systems prompt with a model of several words.
_NAME = r"[A-Za-z0-9][\w.:/@~+%-]{0,79}"
_WORDS = r"[A-Za-z0-9][\w./+-]{0,40}(?: [\w./+-]{1,40}){1,4}"
_VERB = (
    r"(?:do |run )?(?:sh|sho|show|dis|disp|displ|displa|display|get|diag|diagnose|print|exit|quit|logout|log|end|en"
    r"|enable|conf|config|configure|term|terminal|screen-length|screen-disable|no|set|skip-page-display|return|system-view|ping"
    r"|clear|write|copy|debug|undebug|more|terse|disable|environment|cli|ssh|telnet|\?)(?![\w:=])"
)
_PROMPTS = (
    # sw-a#show …, sw-a(config-if)# …, RP/0/RSP0/CPU0:xr#…, S124E # get …, * X450.5 # show …, sw-a:1> show …
    re.compile(rf"\*? ?(?P<host>{_NAME})(?:\([\w.:/ -]{{1,60}}\)){{0,2}}(?: |:\$)?[#>] ?(?P<command>{_VERB}.*)"),
    re.compile(rf"\*? ?(?P<host>{_WORDS})(?:\([\w.:/ -]{{1,60}}\)){{0,2}}[#>] ?(?P<command>{_VERB}.*)"),
    # (UBNT EdgeSwitch) #show …, (M4300) (Config)#show … of FASTPATH
    re.compile(rf"\((?P<host>[^()\s][^()]{{0,63}})\) ?(?:\([\w.:/ -]{{1,60}}\) ?){{0,2}}[#>] ?(?P<command>{_VERB}.*)"),
    # cumulus@leaf01:mgmt:~$ net show lldp
    re.compile(
        r"[\w.-]{1,32}@(?P<host>[\w.-]{1,64}):[^$#\s]{0,60}[$#] ?"
        r"(?P<command>(?:sudo )?(?:(?:net |nv )?show|lldp(?:ctl|cli)|ip nei\w*|arp|bridge|vtysh|exit|logout)\b.*)"
    ),
    re.compile(rf"<(?:[~*]?)(?P<host>{_NAME})> ?(?P<command>{_VERB}.*)"),
    re.compile(rf"\[(?:[~*]?)(?P<host>{_NAME})\] ?(?P<command>{_VERB}.*)"),
    re.compile(r"\[[^\[\]@\s]{1,40}@(?P<host>[^\[\]]{1,64})\] ?(?:/?[\w/ -]{0,60})> ?(?P<command>.*)"),
)
_USER = re.compile(r"[^@]{1,40}@")
#: `X450.5`: EXOS counts commands behind the name.
_COUNT = re.compile(r"\.\d{1,5}$")
#: A VRF, context or slot behind the name: `sw-a/admin`, `sw-a:VOICE`, `sw-a%VOICE`.
_CONTEXT = re.compile(r"[/:%].*")
_ROUTE_PROCESSOR = re.compile(r"RP/\d+/\w+/CPU\d+:")
#: Asterisk and FreeSWITCH prompt alike, with commands of their own.
_OTHER_PROGRAM = re.compile(r".{0,80}\*CLI>|freeswitch@")

_MAY_BE_HEADING = re.compile(r"[=#*+~-]{2}|hostname |sysname |switchname |set system |spawn |ok: |changed: |\[\d")
_HEADINGS = (
    re.compile(rf"(?P<host>{_NAME}) \| (?:CHANGED|SUCCESS|FAILED|UNREACHABLE!)(?: \| rc=\d+ >>| => .*)"),  # ansible
    re.compile(rf"(?:ok|changed): \[(?P<host>{_NAME})\](?: => .*)?"),  # ansible-playbook
    re.compile(rf"\[\d{{1,5}}\] [\d:]{{8}} \[(?:SUCCESS|FAILURE)\] (?P<host>{_NAME})"),  # pssh
    re.compile(rf"spawn (?:ssh|telnet)\b.* (?:\w{{1,40}}@)?(?P<host>{_NAME})"),  # clogin
    re.compile(
        rf"[=#*+~-]{{2,80}} {{1,4}}(?:host |device |switch )?(?P<host>(?=\S{{0,60}}[A-Za-z]){_NAME}):?"
        r" {0,4}[=#*+~-]{2,80}",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:hostname|sysname|switchname) \"?(?P<host>{_NAME})\"?"),  # in a configuration
    re.compile(rf"set system host-name (?P<host>{_NAME})"),
)  # fmt: skip


class Prompt(NamedTuple):
    """A line of a session: the host that it names, and the command that is given to it."""

    host: str
    command: str


def prompt(line: str) -> Prompt | None:
    """The prompt and command in a line."""
    if not ("#" in line or ">" in line or "]" in line or "$" in line) or _OTHER_PROGRAM.match(line):
        return None
    for form in _PROMPTS:
        if found := form.fullmatch(line):
            host = _host(found["host"])
            return Prompt(_CONTEXT.sub("", host), found["command"].strip())
    return None


@lru_cache(maxsize=256)
def of_host(host: str) -> re.Pattern[str]:
    """The prompts of a host that is known: then the command may be any, or none. Its group is the command."""
    before = r"(?:\(|\* ?|[<\[][~*]?|\[?[^@\s\[]{1,40}@|RP/\d+/\w+/CPU\d+:)?"
    behind = (
        r"(?:\) ?|:[^$#\s]{0,60}(?=[$#]))?(?:[.:/%-][\w./-]{1,60})?(?:\([\w.:/ -]{1,60}\)){0,2}(?:\] ?/?[\w/ -]{0,60})?"
        r" ?(?<![\w-]\]) ?[#>$\]]"
    )
    return re.compile(rf"{before}{re.escape(host)}{behind} ?(.*)")


def heading(line: str) -> str | None:
    """The host that the heading of a tool names."""
    if not _MAY_BE_HEADING.match(line) and " | " not in line:
        return None
    for form in _HEADINGS:
        if found := form.fullmatch(line):
            return _host(found["host"])
    return None


def _host(spelled: str) -> str:
    name = _ROUTE_PROCESSOR.sub("", spelled.strip())
    return _COUNT.sub("", _USER.sub("", name, count=1)) or spelled
