"""Details of neighbours against ntc-templates, which read the same output by templates of their own."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from scanner.core.model import Observation
from scanner.core.text import mac as read_mac
from scanner.reading import Context, detect
from scanner.reading.console.ports import cisco_port
from tests.reading.consoles import SHOWN

parse = pytest.importorskip("ntc_templates.parse")

#: Sample → platform and command of its template. Those of ProCurve with LLDP-MED and of RouterOS with a wrapped entry
#: raise an error and yield nothing of the file.
TEMPLATES = {
    "Cisco IOS, LLDP": ("cisco_ios", "show lldp neighbors detail"),
    "Cisco IOS, CDP": ("cisco_ios", "show cdp neighbors detail"),
    "Cisco NX-OS": ("cisco_nxos", "show lldp neighbors detail"),
    "Arista": ("arista_eos", "show lldp neighbors detail"),
    "Aruba CX": ("aruba_aoscx", "show lldp neighbors-info detail"),
    "ProCurve, CDP": ("hp_procurve", "show cdp neighbors detail"),
    "Comware": ("hp_comware", "display lldp neighbor-information verbose"),
    "Comware, list": ("hp_comware", "display lldp neighbor-information list"),
    "Huawei": ("huawei_vrp", "display lldp neighbor"),
}
#: Field of ours → that of a template, where both have it.
SAME = {
    "lldp-med.serial": "serial",
    "lldp-med.manufacturer": "manufacturer",
    "lldp-med.software-revision": "sw_revision",
    "lldp-med.hardware-revision": "hw_revision",
    "cdp.platform": "platform",
    "lldp.management-address": "mgmt_address",
    "cdp.address": "mgmt_address",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_reads_is_read(name: str) -> None:
    rows: list[Mapping[str, str]] = parse.parse_output(*TEMPLATES[name], SHOWN[name][0])
    items = list(detect.read(io.BytesIO(SHOWN[name][0].encode()), Context("sw-a", "2026-11-23T02:00:00Z")))
    ours: dict[str | None, dict[str, str]] = {}
    for item in items:
        assert isinstance(item, Observation)
        ours.setdefault(item.mac, {})[item.field] = item.value
    assert {cisco_port(row["local_interface"]) for row in rows} == {
        cisco_port(found["switch.port"]) for found in ours.values()
    }
    first, found = rows[0], ours[SHOWN[name][1].mac]
    assert found.get("lldp.system-name", "").startswith(first["neighbor_name"] if "lldp.system-name" in found else "")
    chassis = first.get("chassis_id", "") if "lldp.chassis-id" in found else ""
    assert found.get("lldp.chassis-id", "") == (read_mac(chassis) or chassis)
    both = {field: first[theirs] for field, theirs in SAME.items() if field in found and first.get(theirs)}
    assert {field: found[field] for field in both} == both
