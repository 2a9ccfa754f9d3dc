"""Every model of the primary catalog, in every spelling that contains model and firmware, gets its status."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest

from scanner.compliance import catalog
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.model import Assessment, CatalogEntry, Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load
from tests.nonempty import some

CATALOGS = catalog.builtin()
JUDGE = Judge(CATALOGS, Policy(), date(2026, 11, 1), load())
PRIMARY = next(c for c in CATALOGS if c.name == "skype-for-business")
MAC = "0011223344aa"
Fields = dict[str, str]


def judged(fields: Fields) -> tuple[Identity, Assessment]:
    found = identify([Observation(field=field, value=value) for field, value in fields.items()], load())
    return found, JUDGE.assess(found)


def inventory(manufacturer: str, model: str, firmware: str) -> Fields:
    return {"lldp-med.manufacturer": manufacturer, "lldp-med.model": model, "lldp-med.software-revision": firmware}


def yealink(model: str, firmware: str) -> Iterator[Fields]:
    wire = model if model.startswith("MP") else f"SIP-{model}"
    yield {"sip.user-agent": f"Yealink {wire} {firmware}"}
    yield {"sip.server": f"Yealink SIP-{model}  {firmware}"}
    yield {"provisioning.user-agent": f"Yealink {wire} {firmware} 00:11:22:33:44:aa"}
    yield {"lldp.system-name": wire, "lldp.system-description": firmware}
    yield {"lldp.system-description": f"Yealink {wire} {firmware}"}
    yield {"snmp.vendor-model": wire, "snmp.vendor-firmware": firmware}
    yield {"snmp.sysdescr": f"Yealink {wire}, firmware {firmware}"}
    yield {"snmp.sysdescr": f"{model} {firmware}"}
    yield {"snmp.sysname": f"Yealink {model}", "snmp.sysdescr": firmware}
    yield {"provisioning.user-agent": f"Mozilla/4.0 (compatible; Yealink {wire} {firmware})"}
    yield {"lldp-med.model": model, "lldp-med.firmware-revision": firmware}
    yield {"cdp.platform": "Yealink", "cdp.device-id": f"Yealink SIP-{model}", "cdp.version": firmware}
    yield inventory("Yealink", wire, firmware)
    yield inventory("YEALINK", model, firmware)
    yield {"http.body": f'<script>var g_phonetype="{model}";var g_strFirmware="{firmware}";</script>'}
    yield {"http.body": json.dumps({"ret": "failed", "error": {"phoneName": model, "firmware": firmware}})}
    yield {
        "http.body": f'<script>T("Enterprise IP phone {wire}")</script><script src="/js/rsa.js?{firmware}"></script>'
    }


def polycom(model: str, firmware: str) -> Iterator[Fields]:
    number = model.removeprefix("VVX ")
    yield {"sip.user-agent": f"PolycomVVX-VVX_{number}-UA/{firmware}"}
    yield {"sip.user-agent": f"Polycom/{firmware} PolycomVVX-VVX_{number}-UA/{firmware}_{MAC}"}
    yield {
        "provisioning.user-agent": f"FileTransport PolycomVVX-VVX_{number}-UA/{firmware} (SN:{MAC}) Type/Application"
    }
    description = (
        f"Polycom;VVX-VVX_{number};3111-48400-001,1;SIP/{firmware}/05-Dec-24 00:58;UP/9.9.9.9999/05-Dec-24 01:22;"
    )
    yield {"lldp.system-name": f"Polycom {model}", "lldp.system-description": description}
    yield {"dhcp.vendor-class": description}
    yield {"cdp.platform": f"Polycom {model}|Updater:9.9.9.9999|App:{firmware}"}
    yield {"snmp.sysdescr": f"Polycom {model} {firmware}"}
    yield {"snmp.sysdescr": f"Polycom {model} IP Phone, SIP/{firmware}"}
    yield {"sip.server": f"Polycom-{model.replace(' ', '')}/{firmware}"}
    yield inventory("Polycom", model, firmware)
    yield inventory("Polycom", f"VVX-VVX_{number}", f"SIP/{firmware}/05-Dec-24 00:58")
    yield {"http.body": json.dumps({"data": {"ModelNumber": model, "FirmwareRelease": firmware}, "Status": "2000"})}


def poly(model: str, firmware: str) -> Iterator[Fields]:
    token, family = model.replace(" ", "_"), model.split(" ")[0]
    yield {"sip.user-agent": f"Poly{family}-{token}-UA/{firmware}"}
    yield {"sip.user-agent": f"Poly/{firmware} Poly{family}-{token}-UA/{firmware}_{MAC}"}
    yield {"provisioning.user-agent": f"FileTransport Poly{family}-{token}-UA/{firmware} (SN:{MAC}) Type/Application"}
    yield {"lldp.system-description": f"Poly;{family}-{token};3111-49780-001,1;SIP/{firmware}/x;UP/9.9.9.9999/y;"}
    yield {"snmp.sysdescr": f"Poly {model} {firmware}"}
    yield {"snmp.sysdescr": f"Polycom {model} UC Software {firmware}"}
    yield {"provisioning.user-agent": f"Poly-{model.replace(' ', '')}/{firmware}"}
    yield inventory("Poly", model, firmware)
    yield inventory("Polycom", f"{family}-{token}", firmware)


def audiocodes(model: str, firmware: str) -> Iterator[Fields]:
    number = firmware.rpartition("_")[2]
    yield {"sip.user-agent": f"AUDC-IPPhone/{firmware} ({model}; {MAC})"}
    yield {"sip.user-agent": f"AUDC-IPPhone/{number} ({model}-Rev0; {MAC})"}
    yield {"sip.user-agent": f"AUDC-IPPhone/{firmware} ({model}; 00:11:22:33:44:aa)"}
    yield {"sip.server": f"AUDC-IPPhone-{model}/{firmware}"}
    yield {"provisioning.user-agent": f"AUDC-IPPhone-{model}_UC_{number}/1.0"}
    yield {"provisioning.user-agent": f"AUDC/{number} AUDC-IPPhone-{model}_UC_{number}/1"}
    yield {"lldp.system-description": f"AudioCodes {model} {firmware}"}
    yield {"snmp.sysdescr": f"AudioCodes IP Phone {model}, version {firmware}"}
    yield inventory("AudioCodes", model, firmware)
    yield inventory("AudioCodes Ltd.", f"{model} IP Phone", number)


def crestron(model: str, firmware: str) -> Iterator[Fields]:
    yield {"sip.user-agent": f"Crestron {model} {firmware}"}
    yield {"provisioning.user-agent": f"Crestron {model} {firmware} 00:11:22:33:44:aa"}
    yield {"lldp.system-name": model, "lldp.system-description": firmware}
    yield {"lldp.system-description": f"Crestron Flex {model} {firmware}"}
    yield {"snmp.sysdescr": f"Crestron Electronics, Inc. {model} {firmware}"}
    yield {"snmp.vendor-model": model, "snmp.vendor-firmware": firmware}
    yield inventory("Crestron", model, firmware)
    yield inventory("Crestron Electronics, Inc.", f"Flex {model}", firmware)


SPELLINGS = {"Yealink": yealink, "Polycom": polycom, "Poly": poly, "AudioCodes": audiocodes, "Crestron": crestron}

#: A firmware of another line for each maker whose versions contain the line.
OTHER_LINE = {"Yealink": r"\g<1>.86.0.20", "AudioCodes": "2.2.16.704", "Crestron": "1.0.4.82"}


def moved(firmware: str, step: int) -> str:
    """The version with its last number changed by `step`."""
    head, last = re.fullmatch(r"(.*?)(\d+)", firmware, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{head}{int(last) + step:0{len(last) if last.startswith('0') else 1}d}"


def models() -> list[tuple[str, str, str]]:
    def canonical(entry: CatalogEntry) -> tuple[str, str, str]:
        manufacturer, model = load().canonical(entry.manufacturer, entry.model)
        return manufacturer or "", model or "", entry.firmware or ""

    return sorted(canonical(entry) for entry in PRIMARY.entries)


def test_the_catalog_has_thirty_models() -> None:
    assert len({(maker, model) for maker, model, _ in models()}) == 30


@pytest.mark.parametrize(("maker", "model", "firmware"), models())
def test_the_certified_version_is_found_from_every_spelling(maker: str, model: str, firmware: str) -> None:
    for fields in some(SPELLINGS[maker](model, firmware)):
        found, verdict = judged(fields)
        assert (found.manufacturer, found.model, verdict.status) == (maker, model, "certified"), fields
        assert found.kind in ("phone", "conference")


@pytest.mark.parametrize(("maker", "model", "firmware"), models())
@pytest.mark.parametrize(("step", "status"), [(-1, "outdated"), (1, "newer")])
def test_a_neighbouring_build_is_older_or_newer(maker: str, model: str, firmware: str, step: int, status: str) -> None:
    for fields in some(SPELLINGS[maker](model, moved(firmware, step))):
        found, verdict = judged(fields)
        assert (found.model, verdict.status) == (model, status), fields


@pytest.mark.parametrize(("maker", "model", "firmware"), [row for row in models() if row[0] in OTHER_LINE])
def test_a_build_of_another_line_is_other_line(maker: str, model: str, firmware: str) -> None:
    other = re.sub(r"^(?:.*_)?(\d+)\..*", OTHER_LINE[maker], firmware)
    for fields in some(SPELLINGS[maker](model, other)):
        found, verdict = judged(fields)
        assert (found.model, verdict.status) == (model, "other-line"), fields


@pytest.mark.parametrize(("maker", "model", "firmware"), models())
def test_a_model_without_firmware_is_unknown_firmware(maker: str, model: str, firmware: str) -> None:
    found, verdict = judged({"lldp-med.manufacturer": maker, "lldp-med.model": model})
    assert (found.model, verdict.status) == (model, "unknown-firmware")
