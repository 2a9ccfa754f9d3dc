"""Files of switches' consoles: which lines are of which host and table, however the session was recorded."""

from __future__ import annotations

import io

import pytest

from scanner.core.model import Observation
from scanner.reading import Context, Problem, console, detect
from scanner.reading.console import prompts, terminal

NOW = "2026-11-23T02:00:00Z"
BLOCK = """Local Intf: Gi1/0/{n}
Chassis id: 10.1.2.{n}
Port id: 6416.7f12.34{n:02d}
System Name: VVX411

System Description:
Polycom;VVX-VVX_411;3111-48450-001,1;SIP/5.8.0.12848/11-Dec-18 12:03;UP/5.9.1.6/11-Dec-18 12:04;

Time remaining: 101 seconds
System Capabilities: B,T
Enabled Capabilities: B,T
"""
ONE, TWO = BLOCK.format(n=7), BLOCK.format(n=8)


def read(text: str | bytes, name: str = "sw-file.txt") -> list[Observation | Problem]:
    octets = text.encode() if isinstance(text, str) else text
    assert detect.detect(octets) is console.FORMAT
    return list(detect.read(io.BytesIO(octets), Context(name, NOW)))


def places(items: list[Observation | Problem]) -> set[tuple[str | None, str, str]]:
    """(mac, switch, source) of what was read."""
    return {(i.mac, i.value, i.source) for i in items if isinstance(i, Observation) and i.field == "switch.name"}


PHONE, OTHER = "64:16:7f:12:34:07", "64:16:7f:12:34:08"


def test_without_a_prompt_the_switch_is_the_name_of_the_file() -> None:
    assert places(read(ONE)) == {(PHONE, "sw-file", "switches sw-file lldp Gi1/0/7")}


@pytest.mark.parametrize(
    "line",
    [
        "sw-a#show lldp neighbors detail",
        "sw-a# sh lldp nei det",
        "sw-a>show lldp neighbors detail",
        "sw-a(config)#do show lldp neighbors detail",
        "RP/0/RSP0/CPU0:sw-a#show lldp neighbors detail",
        "* sw-a.12 # show lldp neighbors detailed",
        "<sw-a>display lldp neighbor-information verbose",
        "[sw-a] display lldp neighbor",
        "[~sw-a]display lldp neighbor",
        "admin@sw-a> show lldp neighbors interface all | no-more",
        "[admin@sw-a] > /ip neighbor print detail",
        "[admin@sw-a] /ip neighbor> print detail",
        "sw-a # get switch lldp neighbors-detail",
        "(sw-a) #show lldp remote-device detail 1/0/7",
        "(sw-a) (Config)#show lldp remote-device detail 1/0/7",
        "admin@sw-a:mgmt:~$ net show lldp",
        "admin@sw-a:~$ show lldp neighbors",
        "===== sw-a =====",
        "sw-a | CHANGED | rc=0 >>",
        "ok: [sw-a] => {",
        "[1] 12:00:01 [SUCCESS] sw-a",
        "spawn ssh -x -l admin sw-a",
        "hostname sw-a",
        "\x1b[1;24r\x1b[24;1Hsw-a# \x1b[24;1H\x1b[?25hshow lldp info remote-device 1\x1b[0m",
    ],
)
def test_a_prompt_or_heading_names_the_switch(line: str) -> None:
    assert places(read(f"{line}\n{ONE}")) == {(PHONE, "sw-a", "switches sw-a lldp Gi1/0/7")}


@pytest.mark.parametrize("prompt", ["({}) #", "{}#", "admin@{}:~$ ", "<{}>", "[admin@{}] > ", "{}.5 # "])
def test_the_prompt_of_each_system_begins_another_host(prompt: str) -> None:
    hosts = (prompt.format(name) for name in ("sw-a", "sw-b"))
    text = "".join(f"{host}show lldp nei det\n{block}{host}\n" for host, block in zip(hosts, (ONE, TWO), strict=True))
    assert {(mac, switch) for mac, switch, _ in places(read(text))} == {(PHONE, "sw-a"), (OTHER, "sw-b")}


def test_each_host_of_a_file_has_its_neighbours() -> None:
    text = f"sw-a#terminal length 0\nsw-a#show lldp nei det\n{ONE}\nsw-a#exit\nsw-b#show lldp nei det\n{TWO}sw-b#\n"
    found = places(read(text))
    assert found == {(PHONE, "sw-a", "switches sw-a lldp Gi1/0/7"), (OTHER, "sw-b", "switches sw-b lldp Gi1/0/8")}


def test_the_prompt_of_a_known_host_ends_a_table_whatever_its_command() -> None:
    text = f"sw-a#show lldp nei det\n{ONE}sw-a#reload in 5\nSystem Name: other\nsw-a(config-if)#\nS/W revision: 1\n"
    items = read(text)
    assert "other" not in {i.value for i in items if isinstance(i, Observation)}
    assert len([i for i in items if isinstance(i, Observation) and i.field == "lldp-med.software-revision"]) == 0


@pytest.mark.parametrize(
    "pager",
    [
        " --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b",
        "--More--\r         \r",
        "\x1b[7m--More--\x1b[m\r\x1b[K",
        "  ---- More ----\x1b[42D                                          \x1b[42D",
        "<--- More --->\r              \r",
        "---(more 55%)---\r                                        \r",
        "-- MORE --, next page: Space, next line: Enter, quit: Control-C\r                            \r",
        "--More-- or (q)uit\r                  \r",
    ],
)
def test_pagers_leave_no_trace(pager: str) -> None:
    paged = ONE.replace("Port id:", f"{pager}Port id:").replace("Polycom;", f"{pager}Polycom;")
    assert read(f"sw-a#show lldp neighbors detail\n{paged}") == read(f"sw-a#show lldp neighbors detail\n{ONE}")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
def test_every_line_end_is_read(end: str) -> None:
    assert read(ONE.replace("\n", end)) == read(ONE)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_every_encoding_is_read(encoding: str) -> None:
    text = f"{ONE}Location: Büro\n"
    assert read(text.encode(encoding)) == read(ONE)


def test_a_file_of_rancid_and_of_oxidized_is_read_where_the_output_is_a_comment() -> None:
    rancid = "!RANCID-CONTENT-TYPE: cisco\n!\n" + "".join(f"!LLDP: {line}\n" for line in ONE.splitlines())
    oxidized = "".join(f"! {line}\n" for line in ONE.splitlines())
    config = "!\nhostname sw-9\n!\nend\n"
    for text in (rancid + config, oxidized + config):
        assert places(read(text, "10.9.0.1")) == {(PHONE, "sw-9", "switches sw-9 lldp Gi1/0/7")}


def test_what_precedes_a_cut_is_kept() -> None:
    octets = f"sw-a#show lldp neighbors detail\n{ONE}".encode()
    end = octets.index(b"System Name")
    for cut in range(end, len(octets)):
        items = list(detect.read(io.BytesIO(octets[:cut]), Context("f", NOW)))
        assert places(items) == {(PHONE, "sw-a", "switches sw-a lldp Gi1/0/7")}


def test_a_line_that_is_too_long_is_named_and_the_rest_is_read() -> None:
    items = read(f"{ONE}{'x' * 20_000}\n{TWO}")
    assert {mac for mac, _, _ in places(items)} == {PHONE, OTHER}
    assert [(i.number, i.missing) for i in items if isinstance(i, Problem)] == [(12, True)]


def test_a_session_without_a_table_is_said_so() -> None:
    items = read("sw-a#show version\nCisco IOS Software\n")
    assert [i.what for i in items if isinstance(i, Problem)] == [
        "no table of neighbours, macs or devices is in the file"
    ]


@pytest.mark.parametrize(
    ("line", "host"),
    [
        ("R1/admin(vrf-VOICE)#", "R1"), ("ops@ex-1:VOICE# ", "ex-1"), ("sw-a(vrf:VOICE)(config)#", "sw-a"),
        ("R1%VOICE#", "R1"), ("VSP-9:1>", "VSP-9"), ("RP/0/RSP0/CPU0:xr-1#", "xr-1"), ("fw/voice/act# ", "fw"),
    ],
)  # fmt: skip
def test_a_prompt_with_a_vrf_a_context_or_a_slot_is_of_its_host(line: str, host: str) -> None:
    assert prompts.prompt(f"{line}show lldp neighbors") == prompts.Prompt(host, "show lldp neighbors")
    assert prompts.of_host(host).fullmatch(line)


@pytest.mark.parametrize(
    "line",
    ["asterisk*CLI> sip show peers", "freeswitch@pbx> sofia status", "[edit]", "[OK]", "<output omitted>",
     "root@pbx:~# ls", "Linux sw 4.1 #1 SMP", "Port Description: sw-a#show", "if (a > b) show",
     "FGT # execute dhcp lease-list"],
)  # fmt: skip
def test_other_lines_are_no_prompts(line: str) -> None:
    assert prompts.prompt(line) is None
    assert prompts.heading(line) is None


def test_erased_characters_are_those_behind_the_cursor() -> None:
    assert terminal.shown("shwo\b\bow ver") == "show ver"
    assert terminal.shown("abc\rxy\r\n") == "xy"
