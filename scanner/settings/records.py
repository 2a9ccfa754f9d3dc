"""The settings file as records: one struct a section, one attribute a key, spelled as in `phonescan.toml`.

docs/reference/settings.md shows `MEANING` and the defaults.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from scanner.core.limits import PORT, RATE, RETRIES, TIMEOUT, PaceName
from scanner.core.model import Credential

Match = Literal["exact", "minimum"]
Names = tuple[str, ...]
Port = Annotated[int, Meta(ge=PORT.least, le=PORT.most)]
Positive = Annotated[int, Meta(ge=1)]


#: Keys of a credential that contain a secret.
SECRET_KEYS = ("community", "auth_key", "priv_key")


class InventorySection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[inventory]`: the file of the inventory and its retention."""

    db: str | None = None
    retention: str | Positive | None = None
    missing_after: Positive = 3


class ServicePorts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ports.http`, `ports.sip` and `ports.snmp` of `[network]`; SNMP has one port, as a number or a list of one."""

    http: tuple[Port, ...] | None = None
    sip: tuple[Port, ...] | None = None
    # Not `tuple[Port]`: a union with it makes msgspec crash in garbage collection.
    snmp: Port | Annotated[tuple[Port, ...], Meta(min_length=1, max_length=1)] | None = None

    @property
    def snmp_port(self) -> int | None:
        """The UDP port of SNMP agents; None means 161."""
        return self.snmp[0] if isinstance(self.snmp, tuple) else self.snmp


class NetworkSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[network]`: limits of scans. None means the value of the pace."""

    pace: PaceName = "normal"
    rate: Annotated[float, Meta(ge=RATE.least, le=RATE.most)] | None = None
    retries: Annotated[int, Meta(ge=RETRIES.least, le=RETRIES.most)] | None = None
    timeout: Annotated[float, Meta(ge=TIMEOUT.least, le=TIMEOUT.most)] | None = None
    interfaces: Names = ()
    ports: ServicePorts = ServicePorts()
    allow_public: bool = False


class SiteSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[site]]`: a name and its subnets; over all sites the longest matching prefix determines the site."""

    name: str
    subnets: Names


class ReportSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the `reports` of a scan: a file that is written after each run.

    `attach`: whether the file is attached to the message; None means that HTML is.
    """

    kind: str
    format: str
    path: str
    attach: bool | None = None

    @property
    def attached(self) -> bool:
        """Whether the file is attached to the message."""
        return self.format == "html" if self.attach is None else self.attach


class ScanSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[scan]]`: targets, schedule, reports and notifications."""

    name: str
    site: str | None = None
    targets: Names = ()
    exclude: Names = ()
    discover: str | Names | None = None
    switches: Names = ()
    from_routers: bool = False
    cron: str | None = None
    timezone: str | None = None
    window: str | None = None
    pace: PaceName | None = None
    retention: str | Positive | None = None
    reports: tuple[ReportSection, ...] = ()
    notify: str | Names = ()
    message: str | None = None
    attach_limit: Annotated[float, Meta(gt=0, le=1000)] = 10.0


class PassiveSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[passive]]`: addresses, subnets, macs and models that are never probed."""

    targets: Names


class ExceptionSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[exception]]`: devices of which something is accepted, by whom, why, and until when."""

    match: str | Names | dict[str, str | Names]
    accept: str | Names
    owner: Annotated[str, Meta(pattern=r"\S")]
    reason: Annotated[str, Meta(pattern=r"\S")]
    expires: Any = None


class MapSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[map]]`: what the columns of a table are, for `read --map NAME`."""

    name: Annotated[str, Meta(pattern=r"^[^=]+$")]
    columns: dict[str, str]


class WatchSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[watch]]`: a folder whose files `schedule run` reads as they appear."""

    folder: str
    done: Literal["move", "mark"] = "move"
    format: str | None = None
    map: str | None = None
    site: str = ""
    every: Annotated[float, Meta(ge=0.1, le=86_400)] = 2.0


class RouterSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[router]]`: a router whose tables `scan --from-routers` reads, and which of its subnets may be scanned."""

    name: str
    address: str | Names
    targets: Names = ()


class FingerprintsSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[fingerprints]`: further folders of vendor files, read after the included ones, and a folder of recog."""

    folders: Names = ()
    recog: str | None = None


class WebSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[web]`: the address at which the pages of `phonescan serve` are reached, and whether they can be edited."""

    url: str | None = None
    edit: bool = False

    def page(self, path: str) -> str:
        """The address of a page such as `/scans/7`; empty without `url`."""
        return self.url.rstrip("/") + path if self.url else ""


class NetBoxSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[netbox]`: the NetBox that devices are exported to and prefixes are read from."""

    url: str | None = None
    token: str = "env:NETBOX_TOKEN"
    timeout: Annotated[float, Meta(gt=0, le=600)] = 30
    inventory: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}$")] | None = None


class RegistrarSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[registrar]]`: a SIP registrar whose registrations are read, by requests that read alone."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
    kind: Literal["asterisk", "freeswitch", "kamailio"]
    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{1,253}$")]
    port: Port | None = None
    tls: bool = False
    ca: str | None = None
    user: str | None = None
    secret: str | None = None
    profiles: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")], ...] = ("internal",)
    path: Annotated[str, Meta(pattern=r"^/[A-Za-z0-9_./-]{0,100}$")] = "/RPC"
    timeout: Annotated[float, Meta(gt=0, le=600)] = 20
    site: str | None = None


class SettingsSections(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole `phonescan.toml`."""

    inventory: InventorySection = InventorySection()
    network: NetworkSection = NetworkSection()
    credentials: tuple[Credential, ...] = ()
    site: tuple[SiteSection, ...] = ()
    policy: dict[str, Any] = {}  # `PolicyTable`, with tables of catalogs and policies in it
    scan: tuple[ScanSection, ...] = ()
    exception: tuple[ExceptionSection, ...] = ()
    passive: tuple[PassiveSection, ...] = ()
    map: tuple[MapSection, ...] = ()
    watch: tuple[WatchSection, ...] = ()
    router: tuple[RouterSection, ...] = ()
    fingerprints: FingerprintsSection = FingerprintsSection()
    netbox: NetBoxSection = NetBoxSection()
    registrar: tuple[RegistrarSection, ...] = ()
    web: WebSection = WebSection()


#: (section, key, meaning) of each key, for the reference.
MEANING: tuple[tuple[str, str, str], ...] = (
    ("inventory", "db", "SQLite file of the inventory, relative to the settings file"),
    (
        "inventory",
        "retention",
        "how long observations and events are kept: a number of days, or text such as `400d`, `52w`",
    ),
    ("inventory", "missing_after", "scans that cover a device without an observation before it is `vanished`"),
    ("network", "pace", "`gentle`, `normal` or `fast`"),
    ("network", "rate", "largest number of packets per second, over all hosts"),
    ("network", "retries", "number of retransmissions without a response"),
    ("network", "timeout", "seconds to wait for a response"),
    ("network", "interfaces", "interfaces that may be used; default: all"),
    ("network", "ports.http", "TCP ports for HTTP and HTTPS"),
    ("network", "ports.sip", "UDP ports for SIP"),
    ("network", "ports.snmp", "UDP port of SNMP agents, on phones and switches"),
    ("network", "allow_public", "allow scans of public address space"),
    ("credentials", "name", "name of the credential in reports and logs"),
    ("credentials", "targets", "subnets to which it may be sent; default: all addresses"),
    ("credentials", "community", "SNMP v1 and v2c community, or `env:NAME`, `file:PATH`"),
    ("credentials", "user", "SNMPv3 user"),
    ("credentials", "auth", "SNMPv3 authentication: `md5`, `sha`, `sha224`, `sha256`, `sha384`, `sha512`"),
    ("credentials", "auth_key", "its pass phrase, as `env:NAME` or `file:PATH`"),
    ("credentials", "priv", "SNMPv3 privacy: `des`, `aes`, `aes192`, `aes256`"),
    ("credentials", "priv_key", "its pass phrase, as `env:NAME` or `file:PATH`"),
    ("site", "name", "name of the site"),
    ("site", "subnets", "its subnets; over all sites the longest matching prefix determines the site"),
    ("policy", "primary", "catalog that determines the overall status"),
    ("policy", "fallback", "catalogs for models that the primary one does not list"),
    ("policy", "stale_after_days", "age in days from which a catalog is reported as old"),
    ("policy", "match", "`exact` or `minimum`: how the rows of all catalogs match, whatever the rows contain"),
    ("policy", "STATUS", "a status → `compliant`, `noncompliant`, `review` or `none`"),
    ("policy", "use", "the policy in force; default: `default`, which is this section"),
    ("policy", "versions", "a table, model or `MANUFACTURER MODEL` → the only versions of it that are compliant"),
    (
        "policy",
        "rule",
        "rules for some devices, `[[policy.rule]]`: the first that states something of a device decides",
    ),
    ("policy.CATALOG", "match", "the same for one catalog"),
    ("policy.CATALOG", "STATUS", "the same for one catalog"),
    (
        "policy.NAME",
        "extends",
        "the policy that it changes: `default`, `strict` (newer versions are non-compliant), `minimum` (they are"
        " compliant), `frozen` (only `versions` are compliant, newer ones are not) or another of the file",
    ),
    ("policy.NAME", "KEY", "the keys of `[policy]` but for `use`, with tables `[policy.NAME.CATALOG]`"),
    ("policy.rule", "catalog", "catalogs whose verdict it is for; default: all"),
    ("policy.rule", "manufacturer", "manufacturers that it is for; default: all"),
    ("policy.rule", "model", "models that it is for, also as `MANUFACTURER MODEL`; default: all"),
    ("policy.rule", "site", "sites that it is for; default: all"),
    ("policy.rule", "line", "firmware lines that it is for; default: all"),
    ("policy.rule", "newer_up_to", "newest version that is compliant where the status is `newer`"),
    ("policy.rule", "versions", "the only versions that are compliant"),
    ("policy.rule", "STATUS", "a status → `compliant`, `noncompliant`, `review` or `none`"),
    (
        "exception",
        "match",
        "devices: addresses, subnets, macs, models and `site=NAME`, any of a list; or a table of `address`, `subnet`,"
        " `mac`, `model` and `site`, all of it",
    ),
    ("exception", "accept", "versions that are accepted, statuses such as `newer`, or `any`"),
    ("exception", "owner", "the person or team that is responsible for it"),
    ("exception", "reason", "why"),
    ("exception", "expires", "the last day on which it holds, such as 2027-01-31; default: without an end"),
    ("scan", "name", "name of the scheduled scan"),
    ("scan", "site", "site of the devices it finds, instead of the one of their subnet"),
    ("scan", "targets", "addresses to scan"),
    ("scan", "exclude", "addresses to leave out"),
    ("scan", "discover", "discoveries, as a list or separated by commas"),
    ("scan", "switches", "switches and routers whose tables are read as well"),
    (
        "scan",
        "from_routers",
        "scan the subnets that the routers of `[[router]]` report as well, as `scan --from-routers` does",
    ),
    ("scan", "cron", "schedule in the syntax of crontab(5): five fields, Sunday is 0"),
    ("scan", "timezone", "zone of `cron` and `window`, such as `Europe/Berlin`"),
    ("scan", "window", "time of day in which it may run, such as `22:00-05:00`; at its end the scan stops in part"),
    ("scan", "pace", "pace of this scan"),
    ("scan", "retention", "retention of this scan's observations"),
    (
        "scan",
        "reports",
        "files that are written after each run: `[{kind, format, path}]`; `attach = true` attaches one to the message,"
        " which HTML is by default",
    ),
    ("scan", "notify", "destinations of the message: apprise addresses, or `env:NAME`, `file:PATH`"),
    ("scan", "message", "a Jinja template that replaces the text of the message"),
    (
        "scan",
        "attach_limit",
        "largest message with its attachments as it is sent, in MB; larger reports are zipped, or linked",
    ),
    ("passive", "targets", "addresses, subnets, macs and models that are never probed"),
    ("map", "name", "name of the map, for `read --map NAME` and `[[watch]]`"),
    (
        "map",
        "columns",
        "a table, heading → observation field, or one of `mac`, `ip`, `manufacturer`, `model`, `firmware`, `serial`,"
        " `hostname`, `asset-id`, `user-agent`, `switch`, `port`, `vlan`, `last-seen`",
    ),
    ("watch", "folder", "folder whose files `schedule run` reads as they appear, as `phonescan watch` does"),
    ("watch", "done", "`move`: files that were read are moved to `read` or `failed` in it; `mark`: they stay"),
    ("watch", "format", "format of the files, where their content does not show it"),
    ("watch", "map", "name of a `[[map]]`, for tables"),
    ("watch", "site", "site of the devices, where neither the file nor `[[site]]` names one"),
    ("watch", "every", "seconds between two looks"),
    ("router", "name", "name of a router whose routes and neighbours `scan --from-routers` reads over SNMP"),
    ("router", "address", "its address, or several of a pair of routers"),
    (
        "router",
        "targets",
        "subnets that may be scanned where routers report them; default: those of all `[[site]]` and `[[scan]]`",
    ),
    (
        "fingerprints",
        "folders",
        "further folders of vendor files, relative to the settings file; their rules have precedence",
    ),
    ("fingerprints", "recog", "folder of rapid7/recog's XML, a further source for what is not a phone"),
    ("web", "url", "address at which the pages of `phonescan serve` are reached, for the links in messages"),
    ("web", "edit", "let readers of `phonescan serve` edit owner and notes of devices, as `--allow-edit` does"),
    ("registrar", "name", "name of the registrar in sources, reports and logs"),
    ("registrar", "kind", "`asterisk` (AMI), `freeswitch` (event socket) or `kamailio` (JSON-RPC over HTTP)"),
    ("registrar", "host", "its address or host name"),
    ("registrar", "port", "its TCP port; default: 5038, 8021, 8080, and with TLS 5039, 8021, 8443"),
    ("registrar", "tls", "whether the connection is TLS; the certificate is verified"),
    ("registrar", "ca", "file of certificate authorities in PEM, relative to the settings file; default: the system's"),
    ("registrar", "user", "user of AMI, or of HTTP"),
    ("registrar", "secret", "its password, as `env:NAME` or `file:PATH`"),
    ("registrar", "profiles", "SIP profiles of FreeSWITCH"),
    ("registrar", "path", "path of Kamailio's JSON-RPC"),
    ("registrar", "timeout", "seconds to wait for a response; the whole conversation may take six times as long"),
    ("registrar", "site", "site of the phones, instead of the one of their subnet"),
    ("netbox", "url", "address of a NetBox, for `export netbox` and targets such as `netbox:site=hq,role=voice`"),
    ("netbox", "token", "its token, as `env:NAME` or `file:PATH`"),
    ("netbox", "timeout", "seconds to wait for a response of NetBox"),
    ("netbox", "inventory", "name that precedes the ids of devices where several inventories write to one NetBox"),
)
