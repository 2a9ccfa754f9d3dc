"""Numbers of device types of Cisco Unified Communications Manager, with the names of their models.

Source: Cisco, "Risport70 API Reference", list of models (developer.cisco.com/docs/sxml/risport70-api); a CUCM lists its
own with `run sql select enum,name from typemodel`. Telephones, adapters, and what is not a telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TABLE = """
1 Cisco 30 SP+ | 6 Cisco 7910 | 7 Cisco 7960 | 8 Cisco 7940 | 9 Cisco 7935 | 12 Cisco ATA 186 | 115 Cisco 7941
119 Cisco 7971 | 253 SPA8800 | 302 Cisco 7985 | 307 Cisco 7911 | 308 Cisco 7961G-GE | 309 Cisco 7941G-GE
348 Cisco 7931 | 365 Cisco 7921 | 369 Cisco 7906 | 404 Cisco 7962 | 412 Cisco 3951 | 431 Cisco 7937 | 434 Cisco 7942
435 Cisco 7945 | 436 Cisco 7965 | 437 Cisco 7975 | 446 Cisco 3911 | 484 Cisco 7925 | 493 Cisco 9971 | 495 Cisco 6921
496 Cisco 6941 | 497 Cisco 6961 | 537 Cisco 9951 | 540 Cisco 8961 | 547 Cisco 6901 | 548 Cisco 6911
550 Cisco ATA 187 | 564 Cisco 6945 | 577 Cisco 7926 | 585 Cisco 8945 | 586 Cisco 8941 | 592 Cisco 3905
598 Ascom IP-DECT Device | 621 Cisco 7821 | 622 Cisco 7841 | 623 Cisco 7861 | 647 Cisco DX650 | 659 Cisco 8831
681 Cisco ATA 190 | 683 Cisco 8841 | 684 Cisco 8851 | 685 Cisco 8861 | 688 Cisco TelePresence SX80
20000 Cisco 7905 | 30002 Cisco 7920 | 30006 Cisco 7970 | 30007 Cisco 7912 | 30008 Cisco 7902
30016 Cisco IP Communicator | 30018 Cisco 7961 | 30019 Cisco 7936 | 36042 Cisco DX80 | 36043 Cisco DX70
36213 Cisco 7811 | 36216 Cisco 8821 | 36217 Cisco 8811 | 36224 Cisco 8845 | 36225 Cisco 8865 | 36232 Cisco 8851NR
36247 Cisco 7832 | 36248 Cisco 8865NR | 36258 Cisco 8832 | 36260 Cisco 8832NR | 36262 Cisco ATA 191
36312 Cisco Webex Room Phone | 36319 Cisco 860 | 36320 Cisco 840 | 36336 Cisco 8875 | 36337 Cisco 8875NR
36338 Cisco 8851NS | 36339 Cisco 8811NS | 36340 Cisco 8841NS
"""


def _table() -> dict[str, str]:
    rows = (row.strip().partition(" ") for row in _TABLE.replace("\n", "|").split("|") if row.strip())
    return {number: name for number, _, name in rows}


#: Number of a model, as text → its name.
MODELS: Mapping[str, str] = MappingProxyType(_table())
#: SIP trunk, and a client on a computer: no device of their own. Unknown and third-party SIP devices: no model.
NO_DEVICE, NO_MODEL = frozenset({"131", "503"}), frozenset({"255", "336", "374"})
