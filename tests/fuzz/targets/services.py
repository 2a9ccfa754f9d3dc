"""What servers respond that the settings name: NetBox's API, a mail server, and the addresses of notifications."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator
from functools import cache
from unittest import mock

from scanner.core.errors import PhonescanError, SettingsError, UsageError
from scanner.engine.services.http import ServiceResponse
from scanner.engine.services.smtp import MailServer, deliver
from scanner.netbox import known
from scanner.netbox import targets as words
from scanner.netbox.client import Client, MissingObjects, RejectedWrite
from scanner.netbox.plan import steps
from scanner.netbox.prefixes import Lengths
from scanner.notify.account import account_of
from scanner.notify.send import checked
from scanner.reports.netbox.device import Wanted
from tests.fuzz.material import BETWEEN, parts, text
from tests.fuzz.target import Target
from tests.fuzz.targets.engine import _responding

#: The lists that an export reads; the message at the same place of an input is the response.
_LISTS = (
    "status/", "dcim/sites/", "dcim/manufacturers/", "dcim/device-roles/", "dcim/platforms/", "dcim/device-types/",
    "extras/custom-fields/", "dcim/devices/", "dcim/interfaces/", "dcim/mac-addresses/", "ipam/ip-addresses/",
    "ipam/prefixes/",
)  # fmt: skip
_ON_DEVICE = {"assigned_object": {"device": {"id": 7}}, "assigned_object_id": 8}
_RECORDS: tuple[dict[str, object], ...] = (
    {"id": 3, "name": "hq", "slug": "hq"},
    {"id": 4, "name": "Polycom", "slug": "polycom"},
    {"id": 5, "name": "VoIP phone", "slug": "voip-phone"},
    {"id": 6, "name": "UCS", "slug": "ucs"},
    {"id": 9, "model": "VVX 411", "slug": "vvx-411", "manufacturer": {"id": 4}},
    {"id": 1, "name": "phonescan_id", "object_types": ["dcim.device"], "type": {"value": "text"}},
    {
        "id": 7, "name": "desk-7", "serial": "", "site": {"id": 3}, "custom_fields": {"phonescan_id": "hq:1"},
        "local_context_data": {"phonescan": {"firmware": "5.9"}}, "primary_ip4": {"id": 1, "address": "10.1.2.3/24"},
        "device_type": {"id": 9}, "status": {"value": "active"},
    },
    {"id": 8, "name": "phone", "device": {"id": 7}, "mac_address": "64:16:7F:12:34:56", "mac_addresses": [{"id": 2}]},
    {"id": 2, "mac_address": "64:16:7F:12:34:56", **_ON_DEVICE},
    {"id": 1, "address": "10.1.2.3/24", **_ON_DEVICE},
    {"id": 1, "prefix": "10.1.2.0/24"},
)  # fmt: skip


def targets() -> Iterator[Target]:
    """NetBox's responses as an export and targets read them, replies of a mail server, words of the settings."""
    pages = [json.dumps({"count": 1, "results": [one]}).encode() for one in _RECORDS]
    whole = BETWEEN.join([b'{"netbox-version": "4.2.1"}', *pages])
    yield Target("netbox.responses", _netbox, lambda: (whole,), (PhonescanError,), 8192)
    yield Target("netbox.words", _words, lambda: (b"netbox:site=hq,role=voice",), (UsageError,))
    yield Target("services.smtp", _smtp, lambda: (_SMTP, b"220 x\r\n550 no\r\n"), (), 2048, threads=True, seconds=0.5)
    yield Target(
        "notify.address", _address, lambda: (b"mailto://a:b@example.org", b"ntfy://topic"), (SettingsError,), 512
    )


def _netbox(data: bytes) -> None:
    """Every list, then the plan of an export by it: each response is as expected, or one sentence."""
    given = dict(zip(_LISTS, parts(data, len(_LISTS)), strict=False))

    def send(method: str, url: str, body: bytes | None, content_type: str) -> ServiceResponse:
        path = url.partition("/api/")[2].partition("?")[0]
        content = given.get(path, b"")
        status = {b"!": 400, b"?": 403, b"~": 500}.get(content[:1], 200)
        if "offset=" in url and "offset=0" not in url:
            content = b'{"count": 1, "results": []}'
        return ServiceResponse(status, {"Content-Type": "application/json"}, content.lstrip(b"!?~"))

    client = Client("http://netbox.example", "0123456789abcdef")
    with mock.patch.object(client.service, "send", send):
        client.version()
        refs = known.references(client)
        found = known.batch(client, _WANTED, refs)
        assert isinstance(steps(_WANTED, found, refs, {}), list)
        lengths = Lengths()
        lengths.read(client, ["10.1.2.3"])
        assert lengths.with_length("10.1.2.3").startswith("10.1.2.3/")
        with contextlib.suppress(RejectedWrite, MissingObjects, PhonescanError):
            client.update("dcim/devices", [{"id": 7}])


_WANTED = [
    Wanted(
        ids=("hq:1", "hq:2"), name="desk-7", site="hq", maker="Polycom", model="VVX 411", platform="UCS", serial="x",
        vanished=False, retired=False, description="x", port="", mac="64:16:7f:12:34:56", ip="10.1.2.3/32",
        custom={"phonescan_state": "present", "phonescan_id": "hq:1"}, facts={"inventory": "a", "firmware": "5.9"},
    )
]  # fmt: skip


def _words(data: bytes) -> None:
    assert words.filters(text(data))


def _smtp(data: bytes) -> None:
    account = MailServer(host="mail.example", port=25, mode="insecure", patience=0.2)
    with (
        _responding(data) as connect,
        mock.patch("smtplib.socket.create_connection", connect),
        mock.patch("ssl.create_default_context", _context),  # reading the authorities takes longer than all else
    ):
        for failure in deliver(account, "a@example.org", ("b@example.org",), 1, lambda size: b"Subject: x\r\n\r\nx"):
            assert failure.sentence


def _address(data: bytes) -> None:
    account_of(checked(text(data), "notify"))


@cache
def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


_SMTP = (
    b"220 mail.example ESMTP\r\n250-mail.example\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n250 ok\r\n250 ok\r\n354 go\r\n"
    b"250 queued\r\n221 bye\r\n"
)
