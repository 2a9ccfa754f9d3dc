"""Recordings of switches' consoles: sessions with prompts, output saved to a file, files of RANCID and Oxidized.

What the console of a switch shows is in its SNMP tables as well, so the observations are those of the discovery
`switches` (`discovery.switches.interpret`): same fields, `switches SWITCH lldp PORT` as the source. `terminal` cleans
the lines, `prompts` and `transcript` divide them by hosts and tables, `tables` lists the tables.
"""

from scanner.reading.console.reader import looks_like, read
from scanner.reading.items import Format

FORMAT = Format(
    "console", "a switch's console (Cisco, Arista, Aruba, Comware, Huawei, Junos, MikroTik, …)", looks_like, read
)
