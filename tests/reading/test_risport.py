"""RISPort70 responses of CUCM: devices with their running load, as versions 8 to 15 write them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scanner.core.model import Observation
from scanner.discovery import cucm
from scanner.discovery.cucm_models import MODELS, NO_DEVICE, NO_MODEL
from scanner.reading import Context, Problem, detect, risport
from tests.reading.inventories import NOW, inventoried

LOAD = "sip88xx.14-3-1-0001-60"
MAC = "64:16:7f:12:34:56"


def device(
    name: str = "SEP64167F123456", ip: str = "10.1.2.3", model: str = "683", status: str = "Registered",
    stamp: int = 1_704_067_200, load: str = LOAD, more: str = "",
) -> str:  # fmt: skip
    address = (
        f"<IPAddress><item><IP>{ip}</IP><IPAddrType>ipv4</IPAddrType><Attribute>Unknown</Attribute></item></IPAddress>"
    )
    return (
        f"<item><Name>{name}</Name>{address if ip else '<IPAddress/>'}<DirNumber>1000-Registered</DirNumber>"
        f"<Class>Phone</Class><Model>{model}</Model><Product>442</Product><Status>{status}</Status>{more}"
        f"<LinesStatus><item><DirectoryNumber>1000</DirectoryNumber><Status>Registered</Status></item></LinesStatus>"
        f"<Description>Lobby of Ann</Description><ActiveLoadID>{load}</ActiveLoadID>"
        f"<TimeStamp>{stamp}</TimeStamp></item>"
    )


def response(*nodes: str, root: str = "soapenv:Envelope") -> str:
    items = "".join(
        f"<item><ReturnCode>Ok</ReturnCode><Name>n</Name><CmDevices>{each}</CmDevices></item>" for each in nodes
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soapenv:Body><ns1:selectCmDeviceResponse xmlns:ns1="http://schemas.cisco.com/ast/soap">'
        f"<ns1:selectCmDeviceReturn><SelectCmDeviceResult><CmNodes>{items}</CmNodes></SelectCmDeviceResult>"
        f"</ns1:selectCmDeviceReturn></ns1:selectCmDeviceResponse></soapenv:Body></{root}>\n"
    )


def read(text: str | bytes) -> tuple[list[Observation], list[Problem]]:
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    items = list(detect.read(stream, Context("ris.xml", NOW)))
    return [i for i in items if isinstance(i, Observation)], [i for i in items if isinstance(i, Problem)]


def values(text: str) -> dict[str, str]:
    return {one.field: one.value for one in read(text)[0]}


EXPECTED = {
    "lldp-med.manufacturer": "Cisco", "lldp-med.model": "Cisco 8841", "lldp-med.software-revision": LOAD,
    "arp.mac": MAC,
}  # fmt: skip
OLD = (
    '<?xml version="1.0" encoding="utf-8"?><soapenv:Envelope xmlns:soapenv="x"><soapenv:Body>'
    '<ns1:SelectCmDeviceResponse><SelectCmDeviceResult xsi:type="ns1:SelectCmDeviceResult"><CmNodes>'
    '<item xsi:type="ns1:CmNode"><ReturnCode>Ok</ReturnCode><Name>pub</Name><CmDevices a:Type="b[1]">'
    '<item xsi:type="ns1:CmDevice"><Name xsi:type="xsd:string">SEP64167F123456</Name><IpAddress xsi:type="xsd:string">'
    f'10.1.2.3</IpAddress><Class>1</Class><Model xsi:type="xsd:unsignedInt">683</Model><Status>1</Status>'
    f"<ActiveLoadID>{LOAD}</ActiveLoadID><TimeStamp>1</TimeStamp></item></CmDevices></item></CmNodes></SelectCmDeviceResult>"
    "</ns1:SelectCmDeviceResponse></soapenv:Body></soapenv:Envelope>"
)


@pytest.mark.parametrize(
    "text",
    [
        response(device()), response(device(), root="SOAP-ENV:Envelope"), OLD, response(device()).replace("\n", "\r\n"),
        response(device()).partition("<soapenv:Body>")[2].partition("</soapenv:Body>")[0],
        response(device()).replace("CmDevices>", "ns1:CmDevices>").replace("ActiveLoadID", "ns1:ActiveLoadID"),
        response(device(status="1")), response(device()) + response(device("SEPX", "", "")),
    ],
    ids=["15", "SOAP-ENV", "8", "Windows", "the body alone", "prefixes", "a status by number", "two documents"],
)  # fmt: skip
def test_every_form_of_the_response_yields_the_device(text: str) -> None:
    assert detect.detect(text.encode()) is risport.FORMAT
    found, problems = read(text)
    assert {one.field: one.value for one in found} == EXPECTED
    assert {(one.mac, one.ip, one.source, one.time) for one in found} == {(MAC, "10.1.2.3", "manager ris.xml", NOW)}
    assert problems == []


def test_names_numbers_and_descriptions_of_users_are_not_stored() -> None:
    stored = " ".join(f"{one.value} {one.source}" for one in read(response(device()))[0])
    assert "Ann" not in stored
    assert "1000" not in stored


def test_the_newest_time_stamp_of_several_nodes_counts() -> None:
    left = device(ip="10.1.2.9", status="UnRegistered", stamp=1_704_000_000)
    old = device(ip="10.1.2.8", load="sip88xx.12-0-1", stamp=1_700_000_000)
    for nodes in ((left, device(), old), (device(), old, left), (old, left, device())):
        assert {(one.ip, one.value) for one in read(response(*nodes))[0] if one.field.endswith("revision")} == {
            ("10.1.2.3", LOAD)
        }
    assert read(response(device(), device(status="UnRegistered", stamp=1_704_067_300))) == ([], [])


@pytest.mark.parametrize("status", ["UnRegistered", "2", "Rejected", "Unknown", ""])
def test_a_device_that_is_not_registered_yields_nothing_current(status: str) -> None:
    assert read(response(device(status=status))) == ([], [])


def test_a_device_of_another_class_is_no_phone() -> None:
    assert read(response(device().replace("<Class>Phone<", "<Class>Gateway<"))) == ([], [])


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"model": "36232"}, "lldp-med.model", "Cisco 8851NR"), ({"model": "598"}, "lldp-med.manufacturer", "Ascom"),
        ({"model": "255"}, "lldp-med.model", None), ({"model": "374"}, "lldp-med.model", None),
        ({"model": "99999"}, "lldp-med.model", None), ({"model": ""}, "lldp-med.software-revision", LOAD),
        ({"load": "Unknown"}, "lldp-med.software-revision", None), ({"ip": ""}, "arp.mac", None),
        ({"ip": "0.0.0.0"}, "arp.mac", None), ({"ip": "2001:db8::7"}, "arp.mac", MAC),
        ({"model": "131"}, "arp.mac", None), ({"name": "CSFann", "model": "503"}, "lldp-med.model", None),
        ({"name": "TCTANN", "model": "562"}, "lldp-med.software-revision", None),
        ({"name": "AN0123456789ABC"}, "lldp-med.model", None), ({"more": "</x>"}, "arp.mac", None),
        ({"name": "ATA64167F123456", "model": "36262"}, "arp.mac", MAC),
        ({"name": "ATA167F12345601", "model": "36262"}, "arp.mac", None),
    ],
)  # fmt: skip
def test_each_kind_of_device_is_what_it_is(change: dict[str, str], field: str, value: str | None) -> None:
    assert values(response(device(**change))).get(field) == value  # type: ignore[arg-type]


def test_the_table_of_models_is_without_what_has_none() -> None:
    assert MODELS["36216"] == "Cisco 8821"
    assert not (NO_DEVICE | NO_MODEL) & MODELS.keys()
    assert cucm.findings("131", LOAD) is None
    assert len(MODELS) > 60


@pytest.mark.adds_to("test_the_table_of_models_is_without_what_has_none")
def test_the_table_of_models_is_that_of_the_reference(shared: Path) -> None:
    rows = dict(line.split("\t") for line in (shared / "sources/cucm-model-enum.tsv").read_text().splitlines())
    assert {number: name for number, name in rows.items() if number not in NO_DEVICE | NO_MODEL} == MODELS


def test_a_response_that_is_cut_anywhere_keeps_the_devices_before_the_cut() -> None:
    whole = response(device(), device("SEP64167F123457"))
    first = whole.index("</item>", whole.index("<TimeStamp>")) + len("</item>")
    for size in range(first, len(whole) - 2, 9):
        found, problems = read(whole[:size])
        assert {one.field for one in found if one.mac == MAC} == set(EXPECTED)
        assert [one.missing for one in problems] == [True]


def test_a_malformed_device_costs_none_before_it() -> None:
    found, problems = read(response(device() + device("SEP64167F123457", more="<a></b>"), device("SEP64167F123458")))
    assert {one.mac for one in found} == {MAC, "64:16:7f:12:34:58"}
    assert ["malformed XML" in one.what for one in problems] == [True]


def test_more_devices_than_are_held_are_yielded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risport, "DEVICES", 2)
    found, _ = read(response(*(device(f"SEP64167F12340{n}") for n in range(6))))
    assert {one.mac for one in found} == {f"64:16:7f:12:34:0{n}" for n in range(6)}


def test_the_phone_is_in_the_inventory_with_model_and_firmware(tmp_path: Path) -> None:
    path = tmp_path / "ris.xml"
    path.write_text(response(device(name="SEP001DA2123456")))
    ((row),) = inventoried(path, tmp_path)
    assert (row["kind"], row["manufacturer"], row["model"], row["firmware"], row["ip"]) == (
        "phone", "Cisco", "CP-8841", LOAD, "10.1.2.3",
    )  # fmt: skip


@pytest.mark.adds_to("test_the_phone_is_in_the_inventory_with_model_and_firmware")
def test_the_sample_yields_three_phones(shared: Path, tmp_path: Path) -> None:
    rows = inventoried(shared / "sources/cucm-risport.xml", tmp_path)
    assert {(row["mac"], row["ip"], row["kind"]) for row in rows} == {
        ("00:11:22:33:44:55", "10.0.1.100", "phone"), ("66:55:44:33:22:11", "10.0.1.101", "phone"),
        ("aa:bb:cc:dd:ee:ff", "10.0.2.50", "phone"),
    }  # fmt: skip
