"""What a Cisco Unified Communications Manager (CUCM) records of a registered device, as findings. Pure.

Its name is `SEP` and the mac of a telephone, whatever the maker; `ATA` and the mac of the first port of an adapter,
whose second port has a name that is shifted by two digits; other names are those of clients on computers, trunks and
gateways.
"""

from __future__ import annotations

import re

from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.discovery.conversation import Findings
from scanner.discovery.cucm_models import MODELS, NO_DEVICE

_NAME = re.compile(r"(?:SEP|ATA)([0-9A-Fa-f]{12})")
_SECOND_PORT = re.compile(r"ATA[0-9A-Fa-f]{10}01")
#: Loads that are placeholders.
_NO_LOAD = frozenset({"", "unknown", "none", "n/a"})


def device_mac(name: str) -> str | None:
    """The mac in the name of a device; None where it is not one, or that of the second port of an adapter."""
    found = _NAME.fullmatch(name.strip())
    mac = read_mac(found[1]) if found and not _SECOND_PORT.fullmatch(name.strip()) else None
    return mac if mac and identifying_mac(mac) else None


def findings(model: str, load: str) -> Findings | None:
    """The findings of a device with this model, as its number or name, and running load; None for no device at all."""
    model, load = model.strip(), load.strip()
    if model in NO_DEVICE:
        return None
    name = MODELS.get(model, "" if model.isdigit() else model)
    if name.lower().startswith(("unknown", "third-party", "sip trunk")):
        name = ""
    maker = name.partition(" ")[0] if name.startswith(("Cisco ", "Ascom ")) else ""
    texts = (
        ("lldp-med.manufacturer", maker),
        ("lldp-med.model", name),
        ("lldp-med.software-revision", "" if load.lower() in _NO_LOAD else load),
    )
    return tuple((field, bounded(text, 256)) for field, text in texts if text)
