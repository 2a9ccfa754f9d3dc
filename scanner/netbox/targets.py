"""Prefixes of NetBox as targets: `netbox:site=hq,role=voice` names the subnets that the filters match."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from scanner.core.errors import NetBoxError, UsageError
from scanner.core.text import shown
from scanner.core.violations import nearest
from scanner.netbox.client import Client
from scanner.netbox.shape import is_network

#: How the word of a target begins.
SCHEME = "netbox:"
#: Filters of prefixes. NetBox ignores one that it does not know and returns every prefix, so another one is refused.
FILTERS = (
    "site", "role", "status", "tag", "tenant", "tenant_group", "region", "site_group", "location", "vrf", "vlan_vid",
    "vlan_group", "family", "within", "within_include", "contains", "mask_length", "prefix", "id", "site_id", "role_id",
    "tenant_id", "vrf_id", "vlan_id",
)  # fmt: skip
#: Most prefixes of one word.
MOST = 10_000


def filters(word: str) -> dict[str, list[str]]:
    """The filters of a word; several values of one are alternatives. Raises UsageError."""
    found: dict[str, list[str]] = {}
    for part in word.removeprefix(SCHEME).split(","):
        name, equals, value = (text.strip() for text in part.partition("="))
        if name not in FILTERS or not equals or not value:
            wrong = equals and name not in FILTERS
            hint = f", did you mean {nearest(name, list(FILTERS))!r}?" if wrong else ": write netbox:site=hq,role=voice"
            raise UsageError(f"the target {shown(word)[:100]!r} has {shown(part)[:60]!r} where a filter belongs{hint}")
        found.setdefault(name, []).append(value)
    return found


def prefixes(client: Client, word: str) -> Sequence[str]:
    """The subnets that a word names, without containers and without IPv6, unless a status or family is named.

    Raises UsageError for a word that is not one, or that names none; NetBoxError.
    """
    wanted: dict[str, Any] = filters(word)
    client.version()
    found: list[str] = []
    with client.sentences():
        for record in client.service.whole(10 * client.timeout, lambda: _read(client, wanted)):
            container = "status" not in wanted and getattr(record.status, "value", "") == "container"
            if not container and ("family" in wanted or ":" not in str(record.prefix)):
                found.append(str(record.prefix))
    if not found:
        raise UsageError(f"no prefix in NetBox at {client.url} matches {shown(word)[:100]!r}; see its list of prefixes")
    return list(dict.fromkeys(found))


def _read(client: Client, wanted: dict[str, Any]) -> list[Any]:
    try:
        import pynetbox
    except ImportError:
        raise UsageError("targets from NetBox need the extra: pip install 'phonescan[netbox]'") from None
    api = pynetbox.api(client.url, token=client.token)
    api.http_session = client.service.session
    try:
        total = api.ipam.prefixes.count(**wanted)
        if total > MOST:
            raise UsageError(f"{total} prefixes match in NetBox at {client.url}; at most {MOST} are read: filter them")
        found = list(islice(api.ipam.prefixes.filter(**wanted), MOST))
        if not all(is_network(record.prefix) for record in found):
            raise TypeError("an object without a prefix")
        if len(found) < total:
            raise NetBoxError(
                f"NetBox at {client.url} returns {len(found):,} of {total:,} prefixes; run the command again later"
            )
        return found
    except pynetbox.RequestError as fault:
        why = shown(str(fault.error or fault).replace("\n", " "))[:200]
        if fault.req.status_code == 400:
            raise UsageError(f"NetBox at {client.url} refuses a filter of the target: {why}") from None
        raise NetBoxError(f"NetBox at {client.url} does not return its prefixes: {why}") from None
    except (pynetbox.ContentError, KeyError, TypeError, AttributeError):
        raise NetBoxError(f"what responds at {client.url} is not NetBox's API; correct the address") from None
