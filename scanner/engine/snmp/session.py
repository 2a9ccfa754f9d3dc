"""A session with one SNMP agent, one request at a time: v1 and v2c over our own codec, v3 over pysnmp.

An agent is a context manager with `send(request) -> WalkReply | None`. Its socket is connected to one address, so the
kernel drops datagrams from others; a reply must repeat the request's id, so late and forged ones are dropped too. No
more than one request is open.
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from scanner.core.errors import EngineError, WireError
from scanner.core.model import Credential
from scanner.engine import guard
from scanner.engine.snmp.walk import Kind, WalkReply, WalkRequest
from scanner.wire import snmp

PORT = 161
#: Seconds between two looks at whether the reading was stopped.
LOOK = 0.2
_PDU = {Kind.GET: snmp.Pdu.GET, Kind.NEXT: snmp.Pdu.GETNEXT, Kind.BULK: snmp.Pdu.GETBULK}


class Agent(Protocol):
    """An SNMP agent, of any version."""

    version: str

    def send(self, request: WalkRequest) -> WalkReply | None:
        """The reply, or None when none arrived in time."""

    def close(self) -> None:
        """Give the socket back."""


class CommunityAgent:
    """An agent by community, SNMPv1 or v2c. `timeout` is in seconds for one reply; `stopped` ends the wait for it."""

    def __init__(
        self,
        address: str,
        community: str,
        version: int,
        timeout: float,
        port: int = PORT,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        guard.check_port(port)
        self._stopped = stopped
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.version = "v1" if version == snmp.V1 else "v2c"
        self._version, self._community, self._timeout = version, community, timeout
        self._id = secrets.randbelow(1 << 30) + (1 << 24)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.connect((address, port))
        except OSError as error:
            self._socket.close()
            raise EngineError(f"{address} cannot be reached: {error.strerror}") from None

    def send(self, request: WalkRequest) -> WalkReply | None:
        """Send one request and wait for its reply."""
        self._id += 1
        pdu = _PDU[request.kind]
        community = f"{self._community}@{request.context}" if request.context else self._community
        message = snmp.encode(
            self._version,
            community.encode(),
            pdu,
            self._id,
            [(oid, None) for oid in request.oids],
            0,
            request.repetitions,
        )
        guard.check_payload(message)
        end = time.monotonic() + self._timeout
        try:
            self._socket.send(message)
            while (left := end - time.monotonic()) > 0 and not self._stopped():
                self._socket.settimeout(min(left, LOOK))
                with suppress(TimeoutError):
                    reply = self._read(self._socket.recv(snmp.MESSAGE_LIMIT))
                    if reply is not None:
                        return reply
        except OSError:  # ICMP: port, host or network unreachable
            time.sleep(max(0.0, min(end - time.monotonic(), 0.2)))
        return None

    def _read(self, data: bytes) -> WalkReply | None:
        with suppress(WireError):
            message = snmp.decode(data)
            if message.pdu is snmp.Pdu.RESPONSE and message.request_id == self._id:
                return WalkReply(message.varbinds, message.error_status)
        return None

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class UserAgent:
    """An agent by SNMPv3 user, over pysnmp: one engine and one event loop of its own."""

    version = "v3"

    def __init__(
        self,
        address: str,
        credential: Credential,
        timeout: float,
        port: int = PORT,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        import asyncio

        guard.check_port(port)
        self._stopped = stopped
        self._loop = asyncio.new_event_loop()
        self._address, self._credential, self._timeout, self._port = address, credential, timeout, port
        self._engine: Any = None
        self._target: Any = None

    def send(self, request: WalkRequest) -> WalkReply | None:
        """Send one request and wait for its reply; a clock that differs is synchronised by a second one."""
        return self._loop.run_until_complete(self._until_stopped(request))

    async def _until_stopped(self, request: WalkRequest) -> WalkReply | None:
        import asyncio

        exchange = asyncio.ensure_future(self._ask(request))
        while not exchange.done():
            if self._stopped():
                exchange.cancel()
                await asyncio.wait({exchange})
                return None
            await asyncio.wait({exchange}, timeout=LOOK)
        return exchange.result()

    async def _ask(self, request: WalkRequest) -> WalkReply | None:
        from pysnmp.hlapi.v3arch import asyncio as hlapi

        if self._engine is None:
            self._engine = hlapi.SnmpEngine()
            transport = hlapi.Udp6TransportTarget if ":" in self._address else hlapi.UdpTransportTarget
            self._target = await transport.create((self._address, self._port), timeout=self._timeout, retries=0)
        user = usm_user(self._credential)
        context = hlapi.ContextData(contextName=f"vlan-{request.context}".encode() if request.context else b"")
        binds = [hlapi.ObjectType(hlapi.ObjectIdentity(oid)) for oid in request.oids]
        common = (self._engine, user, self._target, context)
        for _ in range(2):
            if request.kind is Kind.BULK:
                replied = await hlapi.bulk_cmd(*common, 0, request.repetitions, *binds, lookupMib=False)
            else:
                command = hlapi.get_cmd if request.kind is Kind.GET else hlapi.next_cmd
                replied = await command(*common, *binds, lookupMib=False)
            error, status, _, varbinds = replied
            if error is None:
                return WalkReply(tuple((str(name), _plain(value)) for name, value in varbinds), int(status))
            if "timeWindow" not in type(error).__name__ and "TimeWindow" not in str(error):
                return None
        return None

    def close(self) -> None:
        """Close the engine and its loop."""
        import asyncio

        if self._engine is not None:
            self._engine.close_dispatcher()
            self._loop.run_until_complete(asyncio.sleep(0))  # its transport closes in the loop's next turn
        self._loop.close()


def usm_user(credential: Credential) -> Any:
    """pysnmp's user of a credential: no auth, MD5, SHA-1 or SHA-2; no privacy, DES or AES (RFC 3414, 3826, 7860)."""
    from pysnmp.hlapi.v3arch import asyncio as hlapi

    auth = {
        "md5": hlapi.usmHMACMD5AuthProtocol,
        "sha": hlapi.usmHMACSHAAuthProtocol,
        "sha224": hlapi.usmHMAC128SHA224AuthProtocol,
        "sha256": hlapi.usmHMAC192SHA256AuthProtocol,
        "sha384": hlapi.usmHMAC256SHA384AuthProtocol,
        "sha512": hlapi.usmHMAC384SHA512AuthProtocol,
    }
    priv = {
        "des": hlapi.usmDESPrivProtocol,
        "aes": hlapi.usmAesCfb128Protocol,
        "aes128": hlapi.usmAesCfb128Protocol,
        "aes192": hlapi.usmAesCfb192Protocol,
        "aes256": hlapi.usmAesCfb256Protocol,
    }
    keys: dict[str, Any] = {}
    if credential.auth_key:
        keys |= {"authKey": credential.auth_key, "authProtocol": _named(auth, credential.auth or "sha", "auth")}
    if credential.priv_key:
        keys |= {"privKey": credential.priv_key, "privProtocol": _named(priv, credential.priv or "aes", "priv")}
    return hlapi.UsmUserData(credential.user, **keys)


def _named(protocols: dict[str, Any], name: str, key: str) -> Any:
    found = protocols.get(name.lower().replace("-", ""))
    if found is None:
        raise EngineError(f"SNMPv3 has no {key} {name!r}: use one of {', '.join(protocols)}")
    return found


def _plain(value: Any) -> snmp.Value:
    """pysnmp's value as ours."""
    from pysnmp.proto import rfc1902, rfc1905

    match value:
        case rfc1905.NoSuchObject():
            return snmp.Missing.NO_SUCH_OBJECT
        case rfc1905.NoSuchInstance():
            return snmp.Missing.NO_SUCH_INSTANCE
        case rfc1905.EndOfMibView():
            return snmp.Missing.END_OF_MIB_VIEW
        case rfc1902.IpAddress():
            return str(value.prettyPrint())
        case rfc1902.univ.ObjectIdentifier():  # values have the base class, not its child in rfc1902
            return str(value)
        case rfc1902.OctetString():
            return bytes(value)
        case _:
            try:
                return int(value)
            except (TypeError, ValueError):
                return None


def agents_of(
    address: str,
    credentials: tuple[Credential, ...],
    timeout: float,
    port: int = PORT,
    stopped: Callable[[], bool] = lambda: False,
) -> list[tuple[Credential, Callable[[], Agent]]]:
    """The sessions to try with one agent, best first: at most two credentials, v2c before v1, v3 as given."""
    ways: list[tuple[Credential, Callable[[], Agent]]] = []
    for credential in credentials[:2]:
        if credential.user:
            ways.append((credential, partial(UserAgent, address, credential, timeout, port, stopped)))
        elif credential.community:
            for version in (snmp.V2C, snmp.V1):
                community = partial(CommunityAgent, address, credential.community, version, timeout, port, stopped)
                ways.append((credential, community))
    return ways
