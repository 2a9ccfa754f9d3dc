"""The records of the program, frozen, with the words of docs/vocabulary.md.

msgspec encodes every record as JSON. Times are UTC, ISO 8601, with `Z`.
Macs are lower case with colons; addresses are in `ipaddress`'s canonical text.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["phone", "conference", "dect", "ata", "gateway", "pbx", "softphone", "other", "unknown"]
KINDS: tuple[Kind, ...] = ("phone", "conference", "dect", "ata", "gateway", "pbx", "softphone", "other", "unknown")
#: Kinds that are telephones. No maker's name, prefix or number alone makes a device one of them.
TELEPHONES: frozenset[str] = frozenset({"phone", "conference", "dect"})
#: Kinds that are IP phones for the purpose of certification: they are assessed and kept.
PHONE_KINDS: frozenset[str] = TELEPHONES | {"unknown"}

Status = Literal[
    "certified",
    "compatible",
    "outdated",
    "newer",
    "other-line",
    "unknown-firmware",
    "not-listed",
    "unidentified",
    "not-a-phone",
]
STATUSES: tuple[Status, ...] = (
    "certified",
    "compatible",
    "outdated",
    "newer",
    "other-line",
    "unknown-firmware",
    "not-listed",
    "unidentified",
    "not-a-phone",
)
Compliance = Literal["compliant", "noncompliant", "review", "none"]
COMPLIANCES: tuple[Compliance, ...] = ("compliant", "noncompliant", "review", "none")

#: The first words of the reason of a verdict in conflict, by which reports and pages mark it.
IN_CONFLICT = "In conflict: "

DEFAULT_SITE = "default"


class Observation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One raw fact that a discovery reports.

    The subject is `ip`, `mac` or both; `field` is a name of `core.fields`; `value` is the text as the device
    spells it (bounded, not escaped). `source` is the place of the observation ("sip 10.1.2.3:5060",
    "switches 10.0.0.1 lldp 0.55.11"); its first word is the discovery. Observations of one subject with the
    same source are one group: `switch.name`, `switch.port` and `switch.vlan` of one row share a source.
    """

    time: str = ""
    ip: str | None = None
    mac: str | None = None
    field: str
    value: str
    source: str = ""
    site: str = ""

    @property
    def discovery(self) -> str:
        """First word of `source`."""
        return self.source.partition(" ")[0]

    @property
    def first(self) -> str:
        """Time of the first sighting: an observation is one sighting (a fact of the inventory is a run of them)."""
        return self.time

    @property
    def last(self) -> str:
        """Time of the last sighting."""
        return self.time


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One observation, the rule that matched it and the parts that the rule extracted (name → text)."""

    field: str
    value: str
    rule: str
    gives: dict[str, str]
    certainty: float = 1.0
    source: str = ""
    time: str = ""


class Conflict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two sources that disagree about one part: the value in the identity (`chosen`) and the `other` one.

    `row` is the words of the row of the table of authority by which the chosen value won, `claimant` the address, mac
    and field of the source that claims the other value; both are empty where they are not known.
    """

    part: str
    chosen: str
    chosen_rule: str
    other: str
    other_rule: str
    row: str = ""
    claimant: str = ""


class Identity(Struct, frozen=True, kw_only=True):
    """The result of all observations of one device. An unknown part is None.

    `firmware` is complete, as the device spells it; `line` is the firmware line (`skype-for-business`, `teams`,
    `sip`, …) or None where the version does not determine it. `confidence` is 0..1.
    """

    kind: Kind = "unknown"
    manufacturer: str | None = None
    model: str | None = None
    firmware: str | None = None
    line: str | None = None
    serial: str | None = None
    mac: str | None = None
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class NetworkLocation(Struct, frozen=True, kw_only=True):
    """The place of a device in the network: switch, port in the notation of the switch, VLAN, method of detection."""

    switch: str | None = None
    port: str | None = None
    vlan: str | None = None
    method: str | None = None
    time: str = ""


class CatalogEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One certified (manufacturer, model, firmware). `match` is `exact` or `minimum`."""

    manufacturer: str
    model: str
    firmware: str | None
    match: Literal["exact", "minimum"] = "exact"
    spelled: str = ""
    source_line: int = 0
    attributes: dict[str, str] = {}


class Catalog(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A list of certified models and versions, with its source. `date` is the ISO date of the page or edition.

    `dated` is `newest-entry` where that is the newest day of certification that the page names, since the page has no
    date of its own that is later. `checked` is the ISO date on which the list was last compared with its source.
    """

    name: str
    title: str
    source: str
    date: str
    entries: tuple[CatalogEntry, ...]
    note: str = ""
    dated: Literal["page", "newest-entry"] = "page"
    checked: str = ""


class Assessment(Struct, frozen=True, kw_only=True):
    """The comparison of an identity with the catalogs of a policy: status, compliance, and the reason in words."""

    status: Status
    compliance: Compliance
    reason: str
    catalog: str | None = None
    certified_firmware: str | None = None
    catalog_source: str = ""
    catalog_date: str = ""
    #: The content of the exception that makes the verdict compliant (`DeviceException.digest`).
    exception: str | None = None


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SNMP credential: a community for v2c and v1, or with `user` the keys of SNMPv3. `repr` contains no secret.

    `targets` are CIDRs; empty means every address. The settings file has secrets as references (`env:NAME`,
    `file:PATH`); `settings.credentials` returns the same records with the secrets themselves.
    """

    name: str
    targets: tuple[str, ...] = ()
    community: str | None = None
    user: str | None = None
    auth: str | None = None
    auth_key: str | None = None
    priv: str | None = None
    priv_key: str | None = None

    def __repr__(self) -> str:
        return f"Credential({self.name!r})"
