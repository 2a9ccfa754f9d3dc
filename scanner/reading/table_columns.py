"""Which column of a table is which part of a device: by its heading, or as the user states with `--map`.

A heading is compared without case, blanks and punctuation, so `MAC Address`, `mac_address` and `macAddress` are one.
The headings are those of the Teams admin center and UCLobbyTeams (Get-UcTeamsDevice), Poly Lens (deviceSearch), Yealink
YMCS (listDevices), AudioCodes OVOC, Grandstream GDMS, Zoom Phone (list devices), Wazo provd (/dev_mgr/devices),
LibreNMS links and Netdisco (remote_*), and those that people write in English, German, French, Spanish, Italian, Dutch.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from scanner.core.errors import UsageError
from scanner.core.fields import FIELDS, known

#: Parts of a device, as `--map` names them, and the observation field of each. What has no field is not stored:
#: a name is that of a person or a room, and only `SEP…` in it is read, as CUCM names a phone.
PARTS: dict[str, str] = {
    "mac": "", "ip": "", "last-seen": "", "name": "",
    "manufacturer": "lldp-med.manufacturer", "model": "lldp-med.model", "firmware": "lldp-med.software-revision",
    "serial": "lldp-med.serial", "hostname": "lldp.system-name", "asset-id": "lldp-med.asset-id",
    "user-agent": "provisioning.user-agent", "switch": "switch.name", "port": "switch.port", "vlan": "switch.vlan",
}  # fmt: skip
#: Parts of which a table has one at least: which device, and what it is.
WHICH, WHAT = frozenset({"mac", "ip"}), frozenset({"model", "firmware"})
#: Longest heading that is compared, in characters.
HEADING = 200

#: The headings of each part, the most deliberate first: where a row has several, the first one with a value counts.
_HEADINGS: dict[str, str] = {
    "mac": "mac macaddress macaddresses macaddr macid devicemac devicemacaddress phonemac phonemacaddress ethernetmac"
    " ethernetmacaddress lanmac lanmacaddress wiredmac wiredmacaddress primarymac basemac ieeemac hwaddr hwaddress"
    " hardwareaddress physicaladdress ethernetaddress endpointmac macnumber macs mac1 macadresse macadressen adressemac"
    " macadr direccionmac indirizzomac macadres enderecomac clientmac stationmac remotemac remoteid remoteport",
    "ip": "ip ipaddress ipaddr ipv4 ipv4address deviceip deviceipaddress phoneip phoneipaddress internalip"
    " internalipaddress localip localipaddress lanip lanipaddress privateip privateipaddress hostip currentip ips"
    " ipadr ipadresse ipv4adresse adresseipv4 direccionipv4 indirizzoipv4 adresseip direccionip indirizzoip"
    " ipinterfaceipaddress"
    " ipadres enderecoip remoteip",
    "manufacturer": "manufacturer manufacturername vendor vendorname make maker brand brandname devicemanufacturer"
    " devicevendor phonevendor oem hersteller fabricant fabricante produttore fabrikant marke marque marca merk"
    " constructeur costruttore remotevendor",
    "model": "model modelname modelnumber modelno devicemodel devicemodelname phonemodel hardwaremodel productmodel"
    " modell modele modelo modello product productname producttype productclass phonetype endpointmodel devicetype"
    " modellbezeichnung modellname geratemodell geratetyp typenbezeichnung vendormodel makemodel"
    " manufacturermodel brandmodel makeandmodel vendorandmodel herstellermodell modelnaam modellnr modellnummer"
    " telefonmodell telefoonmodel toesteltype toestelmodel apparaattype typeappareil modeletelephone modeleappareil"
    " tipodispositivo modelotelefono modelodispositivo modellotelefono modellodispositivo typ remotemodel"
    " remoteplatform",
    "firmware": "firmware firmwareversion fwversion fwver fw currentfirmware currentfirmwareversion firmwarever"
    " devicefirmware devicefirmwareversion phonefirmware firmwarerevision softwareversion swversion software"
    " softwarerevision currentsoftwareversion programversion programversionnumber runningversion currentversion"
    " installedversion activeload activeloadid romversion imageversion osversion buildversion deviceversion version"
    " softwarerev swrevision swrev firmwarerev fwrevision fwrev fwstand swstand versionlogicielle versionlogiciel"
    " versiondulogiciel firmwarestand softwarestand versiondufirmware versionfirmware versiondefirmware"
    " versionefirmware versionesoftware versionsoftware firmwareversie softwareversie versionmicrologiciel"
    " micrologiciel"
    " remoteosver remoteversion",
    "serial": "serial serialnumber serialno serialnum sn devicesn deviceserial deviceserialnumber seriennummer"
    " seriennr seriennum numerodeserie ndeserie noserie serienummer numerodiserie numeroserie nserie serienr"
    " serialnumbersn matricola remoteserial",
    "hostname": "hostname systemname",
    "name": "devicename name displayname",
    "user-agent": "useragent sipuseragent",
    "last-seen": "lastseen lastseentime lastseenat lastonline lastonlinetime lastcontact lastcontacttime lastdetected"
    " lastactive lastactivity lastactivitytime lastreport lastreporttime lastregistered lastregistration"
    " lastregistrationtime lastcheckin lastcommunication lastconnected lastconnectedtime lastconnection lastsync"
    " lastsynctime lastinform lastinformtime"
    " lastlogon lastlogin zuletztgesehen letzterkontakt zuletztonline letzteverbindung dernierevue"
    " derniereconnexion"
    " derniercontact vupourladernierefois ultimaconexion ultimavezvisto ultimocontacto ultimocontatto ultimaconnessione"
    " laatstgezien laatstecontact",
}
#: Headings that are of a model only where a column shows more of the device: leases and ARP tables have them, too.
_VAGUE = frozenset({"typ"})
#: Heading → (part, rank among the headings of the part).
_PART_OF = {one: (part, rank) for part, text in _HEADINGS.items() for rank, one in enumerate(text.split())}
#: Headings of exports that are not reports of a manager: our own, and NetBox's.
_FOREIGN = (
    {"certifiedfirmware"}, {"discoveredby"}, {"compliance", "switchport"}, {"suspicion", "switchport"},
    {"devicetype", "role"}, {"devicetype", "devicerole"},
)  # fmt: skip
_ACCENTS = str.maketrans("áàâäãåçéèêëíìîïñóòôöõúùûü", "aaaaaaceeeeiiiinooooouuuu", "º")
_SEPARATORS = re.compile(r"[\W_]+")
#: Words that change nothing about what a heading is of: `MAC address (LAN)`, `Handset firmware`.
_FILLERS = frozenset(
    {
        "the", "a", "of", "phone", "phones", "ipphone", "telephone", "telefon", "device", "handset", "terminal",
        "endpoint", "unit", "desk", "lan", "wired", "ethernet", "eth", "eth0", "primary", "current", "installed",
        "running", "reported", "active", "voip", "de", "del", "di", "du", "d", "l",
    }
)  # fmt: skip
#: Words of a path whose values are of another device, or not of the port by which a phone is known: `switch.mac`.
_OTHERS = frozenset(
    {
        "switch", "gateway", "router", "uplink", "server", "registrar", "proxy", "dns", "dhcp", "ntp", "wifi", "wlan",
        "wireless", "bluetooth", "wan", "public", "external", "nat", "pc", "user", "sidecar", "accesspoint",
    }
)  # fmt: skip
#: The root of the parameters of a device by TR-098, of a phone as well.
_TR_098 = "InternetGatewayDevice."
#: A phone of two words, of which the first one alone is an address: `IP Phone MAC`.
_IP_PHONE = re.compile(r"\bIP[ _-]?(?:phones?|telefon|telephone)\b", re.I)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W_A-Z]+")


class Column(NamedTuple):
    """A column by its position, and the part or field that it contains."""

    at: int
    part: str


@lru_cache(maxsize=4096)
def canonical(heading: str) -> str:
    """A heading in the form in which headings are compared."""
    return _SEPARATORS.sub("", heading[:HEADING].lower().translate(_ACCENTS))


def given(words: Iterable[str]) -> dict[str, str]:
    """Column → part, of the words COLUMN=FIELD of `--map`. Raises UsageError.

    Where only the text before the first `=` is a field, the word is read as FIELD=COLUMN.
    """
    found: dict[str, str] = {}
    for word in words:
        column, equals, part = word.rpartition("=")
        if equals and not _is_part(part):
            part, _, column = word.partition("=")
        if not equals or not column.strip():
            raise UsageError(f"--map {word!r} is not COLUMN=FIELD, such as 'Device MAC=mac'")
        if not _is_part(part):
            raise UsageError(f"--map {word!r}: {_unknown(word.rpartition('=')[2])}")
        if column.strip() in found:
            raise UsageError(f"--map names the column {column.strip()!r} twice; name each column once")
        found[column.strip()] = part.strip()
    return found


def checked(columns: Mapping[str, str], where: str) -> dict[str, str]:
    """A map of the settings, column → part. Raises UsageError that begins with `where`."""
    for part in columns.values():
        if not _is_part(part):
            raise UsageError(f"{where}: {_unknown(part)}")
    return {column.strip(): part.strip() for column, part in columns.items()}


def _is_part(text: str) -> bool:
    return text.strip() in PARTS or known(text.strip())


def _unknown(text: str) -> str:
    near = difflib.get_close_matches(text.strip().lower(), [*PARTS, *FIELDS], n=1)
    return f"{text.strip()!r} is neither an observation field nor one of {', '.join(PARTS)}" + (
        f"; did you mean {near[0]!r}?" if near else ""
    )


def columns(headings: Sequence[str], chosen: Mapping[str, str]) -> list[Column]:
    """The columns that are read, in the order in which they count for their part.

    A part that `chosen` names is read from the columns chosen for it alone. A heading with dots is the path of a value
    in a JSON object, of which the last name is compared too.
    """
    mine = {_position(headings, column): part for column, part in chosen.items()}
    taken = set(mine.values())
    ranked = [(0, at, part) for at, part in mine.items() if at >= 0]
    for at, heading in enumerate(headings):
        found = _part_of(heading) if at not in mine else None
        if found is not None and found[0] not in taken:
            ranked.append((found[1] + 1, at, found[0]))
    more = any(part in ("manufacturer", "firmware", "serial") for _, _, part in ranked)
    return [
        Column(at, part)
        for _, at, part in sorted(ranked)
        if more or at in mine or canonical(headings[at]) not in _VAGUE
    ]


def _part_of(heading: str) -> tuple[str, int] | None:
    """The part of a heading and its rank; of a path, also by its last names, which count less.

    The last names alone show nothing where those before them are of another device.
    """
    names = heading.removeprefix(_TR_098).split(".")
    if len(names) > 1 and known(heading.strip()):
        return heading.strip(), 0
    for skipped in range(len(names)):
        if found := _of_name(".".join(names[skipped:])):
            of_other = any(_is_other(name) for name in names[:skipped])
            return None if of_other else (found[0], found[1] + 1000 * (len(names) - 1))
    return None


@lru_cache(maxsize=4096)
def _is_other(name: str) -> bool:
    """Whether a name in a path has a word of another device or port, as `sipServer` has."""
    words = {word.lower() for word in _WORDS.findall(name[:HEADING])}
    return not _OTHERS.isdisjoint({*words, canonical(name)})


@lru_cache(maxsize=4096)
def _of_name(name: str) -> tuple[str, int] | None:
    if found := _PART_OF.get(canonical(name)):
        return found
    rest = [word for word in _WORDS.findall(_IP_PHONE.sub(" ", name[:HEADING])) if word.lower() not in _FILLERS]
    found = _PART_OF.get(canonical("".join(rest)))
    return (found[0], found[1] + 500) if found else None


def _position(headings: Sequence[str], column: str) -> int:
    """Where a column is that the user names: spelled so, else in another case or with other punctuation; -1: nowhere.

    Of the path of a value in JSON, the last name is enough.
    """
    if column in headings:
        return headings.index(column)
    wanted = canonical(column)
    for spelled in (canonical, _last):
        for at, heading in enumerate(headings):
            if spelled(heading) == wanted:
                return at
    return -1


def _last(path: str) -> str:
    return canonical(path.rpartition(".")[2])


def absent(headings: Sequence[str], chosen: Iterable[str]) -> list[str]:
    """The columns that the user names and that are not there."""
    return [column for column in chosen if _position(headings, column) < 0]


def is_table(found: Iterable[Column]) -> bool:
    """Whether columns show which device a row is about and what it is."""
    parts = {column.part for column in found}
    what = parts & WHAT or any("." in part for part in parts)
    return bool(parts & WHICH and what) or {"mac", "user-agent"} <= parts


def is_row(parts: Iterable[str], chosen: Mapping[str, str]) -> bool:
    """Whether what was read of a row names a device and shows something of it, or what the user chose."""
    found = set(parts)
    what = found & ({*WHAT, "user-agent", *chosen.values()} - WHICH) or any("." in part for part in found)
    return bool(found & {*WHICH, "serial"} and what)


def is_foreign(headings: Iterable[str]) -> bool:
    """Whether headings are of an export of our own or of NetBox, which contain what others reported."""
    names = {canonical(heading) for heading in headings}
    return any(marks <= names for marks in _FOREIGN)


def described(taken: Mapping[str, str], left: Iterable[str]) -> str:
    """What was taken for what, in words."""
    names = list(left)
    rest = f"; not read: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}" if names else ""
    return "columns: " + ", ".join(f"{heading!r} as {part}" for heading, part in taken.items()) + rest
