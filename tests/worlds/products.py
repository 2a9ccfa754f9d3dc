"""The phones of a drawn world, from the certified list and beside it: how each spells itself in every protocol.

The spellings are those of docs and recordings (`../shared/domain.md`), written here a second time: a fault in a rule of
`fingerprints/` would otherwise be a fault of the oracle as well.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from scanner.compliance.catalog import builtin

#: Prefixes of macs that are assigned to the makers of phones.
PREFIXES = {
    "Polycom": ("64:16:7f:a1", "00:04:f2:a1"),
    "Poly": ("64:16:7f:a2", "48:25:67:a2"),
    "Yealink": ("80:5e:c0:a3", "00:15:65:a3"),
    "AudioCodes": ("00:90:8f:a4",),
    "Snom": ("00:04:13:a5",),
}


class Product(NamedTuple):
    """A model and its firmwares; `certified` are those of `firmwares` that the primary list certifies."""

    maker: str
    model: str
    firmwares: tuple[str, ...]
    certified: frozenset[str]

    @property
    def prefixes(self) -> tuple[str, ...]:
        return PREFIXES[self.maker]

    def banner(self, firmware: str, mac: str = "") -> str:
        """The User-Agent, with the phone's mac where one is given and the maker writes one."""
        match self.maker:
            case "Polycom" | "Poly":
                tail = "_" + mac.replace(":", "") if mac else ""
                return f"{self._token}-UA/{firmware}{tail}"
            case "Yealink":
                name = self.model if self.model.startswith("MP") else f"SIP-{self.model}"
                return f"Yealink {name} {firmware} {mac}".strip()
            case "AudioCodes":
                return f"AUDC-IPPhone-{self.model}_UC_{firmware}/1.0"
            case _:
                return f"snom{self.model}/{firmware}"

    def names_its_mac(self) -> bool:
        """Whether a banner may contain the mac."""
        return self.maker in ("Polycom", "Poly", "Yealink")

    @property
    def _token(self) -> str:
        family, _, number = self.model.partition(" ")
        brand = {"VVX": "PolycomVVX", "CCX": "PolyCCX", "Trio": "PolycomRealPresenceTrio"}[family]
        return f"{brand}-{family}_{number}"

    @property
    def name(self) -> str | None:
        """The LLDP system name, and the title of the web pages; None where no recording has one."""
        match self.maker:
            case "Polycom":
                return f"Polycom {self.model}"
            case "Yealink":
                return self.model if self.model.startswith("MP") else f"SIP-{self.model}"
            case "Poly" if self.model.startswith("CCX"):
                return self.model
        return None

    @property
    def family_name(self) -> str | None:
        """A shorter name, that of a family, which some fields contain instead; None where there is none."""
        return "SIP-T58" if self.model == "T58A" else None

    def description(self, firmware: str) -> str | None:
        """The LLDP system description, which contains the firmware."""
        match self.maker:
            case "Polycom":
                product = f"{self.model[:3]}-{self.model.replace(' ', '_')}"
                return f"Polycom;{product};3111-48400-001,1;SIP/{firmware};UP/{firmware};"
            case "Yealink" if not self.model.startswith("MP"):
                return firmware
            case "AudioCodes":
                return f"AUDC/{firmware} AUDC-IPPhone-{self.model}_UC_{firmware}/11"
        return None

    def updater(self, firmware: str) -> str | None:
        """The User-Agent of its boot loader, whose version is not that of the application."""
        if self.maker != "Polycom":
            return None
        start, _, build = firmware.rpartition(".")
        return f"FileTransport {self._token}-UA/{start}.{int(build) + 7} Type/Updater"

    def application(self, firmware: str, mac: str) -> str:
        """The User-Agent in a provisioning log."""
        if self.maker == "Polycom":
            return f"FileTransport {self._token}-UA/{firmware} Type/Application"
        return self.banner(firmware, mac if self.maker == "Yealink" else "")

    def certificate(self, mac: str) -> str | None:
        """The subject of a certificate for a mac."""
        organization = {"Polycom": "Polycom Inc.", "Yealink": r"Yealink Network Technology Co.\,Ltd."}.get(self.maker)
        return f"CN={mac.replace(':', '').upper()},O={organization}" if organization else None


_MAKERS = ("Polycom", "Poly", "Yealink", "AudioCodes")
#: Phones that the primary list does not contain.
_OTHERS = (
    Product("Polycom", "VVX 450", ("6.4.3.5018", "5.9.5.0614"), frozenset()),
    Product("Yealink", "T46S", ("66.86.0.15", "66.86.0.5"), frozenset()),
    Product("Snom", "710", ("8.7.5.35", "8.7.3.25"), frozenset()),
)


def _beside(certified: str, step: int) -> str:
    """A version of the same line, a few builds away."""
    start, _, build = certified.rpartition(".")
    return f"{start}.{int(build) + step}" if int(build) + step > 0 else f"{_beside(start, step)}.{build}"


@cache
def products() -> tuple[Product, ...]:
    """Every phone that a world may contain, VVX 411 and T58A first."""
    primary = next(one for one in builtin() if one.name == "skype-for-business")
    found: dict[tuple[str, str], list[str]] = {}
    for entry in primary.entries:
        if entry.manufacturer in _MAKERS:
            version = re.sub(r"^UC\w*_", "", entry.firmware)
            found.setdefault((entry.manufacturer, entry.model), []).append(version)
    certified = [
        Product(maker, model, (versions[0], _beside(versions[0], -3), _beside(versions[0], 11)), frozenset(versions))
        for (maker, model), versions in sorted(found.items())
    ]
    usual = ("VVX 411", "T58A", "VVX 501", "CCX 400", "405HD")
    certified.sort(key=lambda one: usual.index(one.model) if one.model in usual else len(usual))
    return (*certified, *_OTHERS)
