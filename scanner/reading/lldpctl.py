"""Output of lldpctl (`-f json0`, `json`, `xml`, `keyvalue` and `plain`): the neighbours of a host with lldpd.

json0 wraps every element into a list and every value into {"value": …}; json does so only where several occur. One
reader handles both, and the other forms are converted to json0. For CDP, lldpd joins platform and software to one
description with " running on" in between (daemon/protocols/cdp.c).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from scanner.core.bounded import TooLarge
from scanner.core.model import Observation
from scanner.core.text import bounded, identifying_mac
from scanner.core.text import mac as read_mac
from scanner.core.xmlparts import UnreadPart, parts
from scanner.discovery.lldp import usable
from scanner.discovery.switches.neighbours import MED_INVENTORY
from scanner.reading import lldpctl_json, lldpctl_text
from scanner.reading.items import Context, Format, Item, Problem

#: "Communication Device Endpoint (Class III)", in older versions "Endpoint Class III".
_CLASS = re.compile(r"class (?P<number>I{1,3})\b|network connectivity", re.IGNORECASE)
_XML = re.compile(rb"<lldp[\s>]")
_CAPABILITIES = {
    "other": "other", "repeater": "repeater", "bridge": "bridge", "wlan": "wlan-access-point", "router": "router",
    "tel": "telephone", "telephone": "telephone", "docsis": "docsis-cable-device", "station": "station-only",
}  # fmt: skip

#: Application type of a network policy: by name, in older versions by number.
_VOICE = frozenset({"voice", "1"})


def looks_like(head: bytes) -> bool:
    """Whether it is JSON or XML with `lldp` as its first name, or text with the first line of a neighbour."""
    start = head.lstrip()[:400]
    if start.startswith(b"{"):
        return start.partition(b":")[0].partition(b'"')[2].startswith((b'lldp"', b"lldp-added", b"lldp-updated"))
    if start.startswith(b"<"):
        return _XML.search(start) is not None
    lines = head[:4096].decode("utf-8", "replace").splitlines()[:8]
    return any(lldpctl_text.is_keyvalue(line) or lldpctl_text.is_plain(line) for line in lines)


def read(stream: BinaryIO, context: Context) -> Iterator[Item]:
    """Observations of every neighbour."""
    octets = stream.read(lldpctl_json.LIMIT + 1)
    if len(octets) > lldpctl_json.LIMIT:
        yield Problem(0, f"the file is longer than {lldpctl_json.LIMIT >> 20} MiB")
        return
    match octets.lstrip()[:1]:
        case b"<":
            yield from _of_xml(octets, context)
        case b"{":
            try:
                found, whole = lldpctl_json.neighbours(octets.decode("utf-8", "replace"))
            except TooLarge as error:
                yield Problem(0, f"the file is not read: {error}")
                return
            yield from _all(found, context)
            if not whole:
                yield Problem(0, "not a complete JSON document; the complete neighbours were read")
        case _:
            text = octets.decode("utf-8", "replace")
            reader = lldpctl_text.keyvalue if any(map(lldpctl_text.is_keyvalue, _lines(text))) else lldpctl_text.plain
            yield from _all(reader(_lines(text)), context)


def _lines(text: str) -> Iterator[str]:
    """The lines of a text, one at a time: a list of them takes many times the memory of the text."""
    return (line.rstrip("\r\n") for line in io.StringIO(text, newline="\n"))


def _of_xml(octets: bytes, context: Context) -> Iterator[Item]:
    for part in parts(io.BytesIO(octets), "lldp", "interface"):
        if isinstance(part, UnreadPart):
            yield Problem(part.line, f"{part.reason}; the complete neighbours were read")
        else:
            yield from _all([(part.element.get("name") or "", _as_json0(part.element))], context)


def _as_json0(element: Element) -> dict[str, Any]:
    """An element of `-f xml` in the form of json0."""
    found: dict[str, Any] = {key: value for key, value in element.items() if key != "label"}
    if element.text and element.text.strip():
        found["value"] = element.text
    for child in element:
        found.setdefault(child.tag, []).append(_as_json0(child))
    return found


def _all(neighbours: Iterable[tuple[str, Any]], context: Context) -> Iterator[Item]:
    for number, (port, interface) in enumerate(neighbours, 1):
        try:
            yield from _neighbour(port, interface, context)
        except (AttributeError, TypeError, KeyError):
            yield Problem(number, "a neighbour that lldpctl does not write like this")


def _neighbour(port: str, entry: dict[str, Any], context: Context) -> Iterator[Item]:
    cdp = str(_value(entry.get("via")) or "").upper().startswith("CDP")
    chassis = _chassis(_one(entry.get("chassis")))
    far = _one(entry.get("port"))
    findings: list[tuple[str, str]] = []

    def add(field: str, value: str | None) -> None:
        text = bounded(value or "")
        if text:
            findings.append((field, text))

    chassis_id, port_id = _one(chassis.get("id")), _one(far.get("id"))
    if cdp:
        platform, _, version = (_value(chassis.get("descr")) or "").partition(" running on\n")
        add("cdp.device-id", _value(chassis.get("name")))
        add("cdp.platform", platform)
        add("cdp.version", version)
    else:
        add("lldp.chassis-id", _value(chassis_id))
        add("lldp.port-id", _value(port_id))
        add("lldp.port-description", _value(far.get("descr")))
        add("lldp.system-name", _value(chassis.get("name")))
        add("lldp.system-description", _value(chassis.get("descr")))
    addresses = [a for item in _list(chassis.get("mgmt-ip")) if (a := _value(item)) and usable(a)]
    for address in addresses:
        add("cdp.address" if cdp else "lldp.management-address", address)
    words = [
        word
        for item in _list(chassis.get("capability"))
        if isinstance(item, dict) and item.get("enabled") in (True, "on", "yes")
        if (word := _CAPABILITIES.get(str(item.get("type", "")).lower()))
    ]
    add("cdp.capabilities" if cdp else "lldp.capabilities", ",".join(words))
    med = _one(entry.get("lldp-med"))
    add("lldp-med.device-class", _device_class(_value(med.get("device-type")) or ""))
    for key, field in MED_INVENTORY:
        add(field, _value(_one(med.get("inventory")).get(key)))
    for policy in _list(med.get("policy")):
        if isinstance(policy, dict) and str(policy.get("apptype")).lower() in _VOICE:
            vlan = _one(policy.get("vlan"))
            add("lldp-med.voice-vlan", _value(vlan.get("vid")) or _value(policy.get("vid")))
    subject = _mac(port_id, chassis_id)
    chassis_address = _value(chassis_id) if str(chassis_id.get("type")) == "ip" else None
    ip = next((a for a in (chassis_address, *addresses) if a and usable(a)), None)
    if not subject and not ip and findings:
        yield Problem(0, f"the neighbour at {bounded(port, 40)!r} has neither mac nor address")
    source = f"{'cdp' if cdp else 'lldp'} lldpctl {port}"
    for field, value in findings if subject or ip else ():
        yield Observation(time=context.time, ip=ip, mac=subject, field=field, value=value, source=source)


def _device_class(spelled: str) -> str | None:
    found = _CLASS.search(spelled)
    return None if found is None else f"endpoint-{len(found['number'])}" if found["number"] else "network"


def _chassis(chassis: dict[str, Any]) -> dict[str, Any]:
    """The chassis with its name inside, as in json0; json has the name as a key."""
    if "id" not in chassis and len(chassis) == 1:
        name, inner = next(iter(chassis.items()))
        if isinstance(inner, dict):
            return {"name": name, **inner}
    return chassis


def _mac(*identifiers: dict[str, Any]) -> str | None:
    for identifier in identifiers:
        found = read_mac(_value(identifier) or "") if str(identifier.get("type")) in ("mac", "local") else None
        if found and identifying_mac(found):
            return found
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _one(value: Any) -> dict[str, Any]:
    first = _list(value)[:1]
    return first[0] if first and isinstance(first[0], dict) else {}


def _value(value: Any) -> str | None:
    """The text in `x`, `{"value": x}` or `[{"value": x}]`."""
    for _ in range(3):
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("value")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


FORMAT = Format("lldpctl", "lldpctl's output (JSON, XML, keyvalue or plain)", looks_like, read)
