"""Which SNMP credentials may be sent to an address: the nearest targets first, at most two."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from functools import lru_cache

from scanner.core.errors import SettingsError
from scanner.core.model import Credential

#: What is sent where no credential is set: the read-only community that agents are shipped with, as users of such
#: tools expect. Any `[[credentials]]` or `--community` replaces it.
PUBLIC = Credential(name="public", community="public")
#: Credentials tried on one address: more lock scanners out, and disclose secrets to other hosts.
MOST = 2


def applicable(credentials: Sequence[Credential], address: str) -> tuple[Credential, ...]:
    """The credentials that may be sent to `address`, at most two: the nearest targets first, then as they are written.

    A credential without targets may be sent to any address. Raises SettingsError for a target that is not a network.
    """
    return _chooser(tuple(credentials))(address)


@lru_cache(maxsize=8)
def _chooser(credentials: tuple[Credential, ...]) -> Callable[[str], tuple[Credential, ...]]:
    if not any(credential.targets for credential in credentials):
        always = credentials[:MOST]
        return lambda address: always
    scopes: list[tuple[int, int, ipaddress.IPv4Network | ipaddress.IPv6Network | None, Credential]] = []
    for place, credential in enumerate(credentials):
        for target in credential.targets:
            try:
                network = ipaddress.ip_network(target, strict=False)
            except ValueError:
                raise SettingsError(
                    f"credential {credential.name!r}: the target {target!r} is not a valid network; "
                    "write it as 10.1.0.0/16"
                ) from None
            scopes.append((-network.prefixlen, place, network, credential))
        if not credential.targets:
            scopes.append((1, place, None, credential))
    scopes.sort(key=lambda scope: scope[:2])

    def choose(address: str) -> tuple[Credential, ...]:
        ip = ipaddress.ip_address(address)
        chosen: list[Credential] = []
        for _, _, network, credential in scopes:
            if credential not in chosen and (network is None or ip in network):
                chosen.append(credential)
        return tuple(chosen[:MOST])

    return choose
