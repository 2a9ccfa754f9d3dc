"""The options and settings of a scan that change what discoveries declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanner.core.model import Credential
from scanner.version import __version__

#: The name that the scanner sends to devices, over SIP and HTTP. No option changes it: an administrator who sees it in
#: a log can look it up and allow-list it (docs/what-we-send.md).
USER_AGENT = f"phonescan/{__version__}"

SIP_PORTS: tuple[int, ...] = (5060,)
SIP_TLS_PORTS: tuple[int, ...] = (5061,)
HTTP_PORTS: tuple[int, ...] = (80, 443, 8080, 8443)
#: Ports that are tried on known hosts alone: few devices have their only page on one of them.
HTTP_ALTERNATE_PORTS: frozenset[int] = frozenset({8080, 8443})
HTTPS_PORTS: frozenset[int] = frozenset({443, 8443})
SNMP_PORT = 161


def _no_maker(mac: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Options:
    """Settings that change requests.

    `retries` counts repetitions of an unanswered datagram; `credentials` are empty where none are set (the SNMP
    discovery then uses `public`); `maker(mac)` is the manufacturer that a mac's prefix belongs to, which
    chooses the pages to read.
    """

    retries: int = 1
    sip_ports: tuple[int, ...] = SIP_PORTS
    sip_tls_ports: tuple[int, ...] = SIP_TLS_PORTS
    http_ports: tuple[int, ...] = HTTP_PORTS
    https_ports: frozenset[int] = HTTPS_PORTS
    snmp_port: int = SNMP_PORT
    credentials: tuple[Credential, ...] = ()
    maker: Callable[[str], str | None] = _no_maker


@dataclass(frozen=True, slots=True)
class MakersByPrefix:
    """The manufacturer of a mac by its prefix; plain data, so that it can go to a worker process."""

    by_prefix: Mapping[str, str]

    def __call__(self, mac: str) -> str | None:
        """The manufacturer's name, None when the prefix is not that of a known one."""
        return self.by_prefix.get(mac[:13]) or self.by_prefix.get(mac[:10]) or self.by_prefix.get(mac[:8])
