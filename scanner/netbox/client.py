"""NetBox's REST API: lists read page by page, objects created and updated in bulk, every request bounded in time.

A failure is a NetBoxError, one sentence that says what to do; a request that NetBox validates and refuses is a
RejectedWrite. Source: NetBox's documentation, "REST API" and "Bulk operations"; `netbox/api/metadata.py` for OPTIONS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from scanner.core.bounded import UNREADABLE_JSON, checked_json
from scanner.core.errors import NetBoxError, UsageError
from scanner.core.numbers import whole
from scanner.engine.services.http import HttpService, ServiceFault
from scanner.netbox.shape import misshapen
from scanner.netbox.words import detail_of
from scanner.reports.cells import safe

Record = dict[str, Any]

#: Objects of one page; NetBox's own limit is MAX_PAGE_SIZE, 1000.
PAGE = 1000
#: Longest query of a request, in characters: gunicorn accepts a request line of 4094.
QUERY = 3000
#: Seconds for a response to begin, by default; a whole request may take twice that.
RESPONSE = 30.0
#: The first release that the export supports: since then a mac is an object of its own.
OLDEST = (4, 2)


class ForbiddenRead(NetBoxError):
    """The token may not read a list."""


class RejectedWrite(Exception):
    """NetBox refused the objects of one request; nothing of it was written. The text is NetBox's reason."""


class MissingObjects(Exception):
    """NetBox did not change the objects with the `ids`: they were deleted, or its permissions exclude them."""

    def __init__(self, ids: frozenset[int]) -> None:
        super().__init__(
            "NetBox does not change it: it was deleted, or a constraint of the token's permission excludes it"
        )
        self.ids = ids


class Client:
    """A connection to one NetBox. `url` may end in `/api`. Raises UsageError for a token that no header can contain."""

    def __init__(self, url: str, token: str, timeout: float = RESPONSE) -> None:
        self.url = url.rstrip("/").removesuffix("/api").rstrip("/")
        self.timeout = timeout
        self.token = token.strip()
        if not self.token.isascii() or not self.token.isprintable() or not self.token:
            raise UsageError("the token for NetBox is not one: it has other characters than printable ASCII, or none")
        # a token of version 2 (NetBox 4.5) begins with nbt_
        kind = "Bearer" if self.token.startswith("nbt_") else "Token"
        self.service = HttpService(f"{kind} {self.token}", timeout, self._own)
        self.requests = 0

    def version(self) -> tuple[int, int]:
        """The release. Raises NetBoxError also for one that is older than OLDEST."""
        found = self._call("GET", "status/")
        text = str(found.get("netbox-version", "")) if isinstance(found, dict) else ""
        major, minor = (*(whole(part) or 0 for part in text.split(".")[:2]), 0, 0)[:2]
        if (major, minor) < OLDEST:
            raise NetBoxError(
                f"NetBox at {self.url} is release {safe(text)[:40] or 'unknown'}; 4.2 or later is required"
            )
        return major, minor

    def all(self, path: str, **filters: str) -> Iterator[Record]:
        """Every object of a list, by page."""
        return self._pages(path, (), filters)

    def find(self, path: str, name: str, values: Iterable[str], **filters: str) -> Iterator[Record]:
        """The objects of a list of which the filter `name` matches one of the values; as few requests as fit."""
        waiting: list[str] = []
        size = 0
        for value in [*dict.fromkeys(values), None]:
            part = "" if value is None else f"{name}={quote(value, safe='')}"
            if waiting and (value is None or size + len(part) > QUERY):
                yield from self._pages(path, waiting, filters)
                waiting, size = [], 0
            if part:
                waiting.append(part)
                size += len(part) + 1

    def _pages(self, path: str, parts: Sequence[str], filters: dict[str, str]) -> Iterator[Record]:
        seen = 0
        while True:
            rest = urlencode({**filters, "limit": PAGE, "offset": seen})
            found = self._call("GET", f"{path}/?{'&'.join([*parts, rest])}")
            results = found.get("results") if isinstance(found, dict) else None
            if not isinstance(results, list):
                raise self._unexpected("a list without results")
            yield from self._shaped(path, results)
            seen += len(results)
            total = found.get("count")
            if type(total) is not int:
                raise self._unexpected("a list without the number of its objects")
            if seen >= total:
                return
            if not results:
                raise self._unexpected(f"a list that ends after {seen:,} of {total:,} objects")

    def create(self, path: str, objects: Sequence[Record]) -> list[Record]:
        """Create objects; all of them or, with RejectedWrite, none."""
        return self._written(path, self._call("POST", f"{path}/", objects), len(objects))

    def update(self, path: str, objects: Sequence[Record]) -> list[Record]:
        """Change the fields that each object has beside its `id`; all of them or, with RejectedWrite, none.

        Raises MissingObjects when NetBox ignored some: it changes only those that the token may see and change.
        """
        found = self._call("PATCH", f"{path}/", objects)
        if isinstance(found, list) and len(found) < len(objects):
            done = {one["id"] for one in self._shaped(path, found)}
            raise MissingObjects(frozenset(one["id"] for one in objects) - done)
        return self._written(path, found, len(objects))

    def rights(self, path: str) -> frozenset[str]:
        """Which of `add` and `change` the token may do with the objects of a list, by NetBox's OPTIONS."""
        found = self._call("OPTIONS", f"{path}/")
        actions = found.get("actions") if isinstance(found, dict) else None
        names = {"POST": "add", "PUT": "change"}
        return frozenset(names[name] for name in actions if name in names) if isinstance(actions, dict) else frozenset()

    def may_view(self, path: str) -> bool:
        """Whether the token may read a list."""
        status, _ = self._exchange("GET", f"{path}/?limit=1&brief=true", None)
        return status != 403

    def _written(self, path: str, found: Any, expected: int) -> list[Record]:
        if not isinstance(found, list) or len(found) != expected:
            raise self._unexpected("another number of objects than was sent")
        return self._shaped(path, found)

    def _shaped(self, path: str, found: Sequence[Any]) -> list[Record]:
        """Objects of a response; raises NetBoxError for one that has not the shape of the schema."""
        for one in found:
            if fault := misshapen(path, one):
                raise self._unexpected(f"an object of {path} {fault}")
        return list(found)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        status, content = self._exchange(method, path, body)
        if 200 <= status < 300:
            return content
        detail = detail_of(content)
        if status == 400 and method in ("POST", "PATCH"):
            raise RejectedWrite(detail)
        if status in (401, 403):
            if path == "status/" or status == 401 or "token" in detail.lower():
                raise NetBoxError(
                    f"NetBox at {self.url} refuses the token ({detail}); correct --token or [netbox] token"
                )
            raise (ForbiddenRead if method == "GET" else NetBoxError)(
                f"NetBox at {self.url} does not permit {method} {path.partition('?')[0]} ({detail});"
                " give the user of the token this right"
            )
        raise self._unexpected(f"status {status}, {detail}")

    def _limited(self) -> NetBoxError:
        return NetBoxError(f"NetBox at {self.url} limits how many requests it accepts; run the command again later")

    def _exchange(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """The status and the JSON of a response. Raises NetBoxError for everything that is not one."""
        self.requests += 1
        data = None if body is None else json.dumps(body).encode()
        with self.sentences():
            response = self.service.send(method, f"{self.url}/api/{path}", data, "application/json")
        status, headers = response.status, response.headers
        if 300 <= status < 400:
            target = urlsplit(headers.get("Location", ""))
            where = f"{target.scheme}://{target.netloc}" if target.netloc else target.path
            raise NetBoxError(f"NetBox at {self.url} redirects to {safe(where)[:200]}; use its own address")
        if status == 429:
            raise self._limited()
        kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            return status, checked_json(response.body) if response.body else None
        except (*UNREADABLE_JSON, ValueError):
            what = f"{safe(kind)[:40] or 'no type'}, status {status}"
            raise NetBoxError(
                f"what responds at {self.url} is not NetBox's API ({what}); correct the address, or try again later"
            ) from None

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turn a failure of the network into a NetBoxError."""
        try:
            yield
        except ServiceFault as fault:
            raise NetBoxError(self._sentence(fault)) from None

    def _sentence(self, fault: ServiceFault) -> str:
        match fault.kind:
            case "late" | "slow":
                seconds = 2 * self.timeout if fault.kind == "late" else self.timeout
                return f"NetBox at {self.url} does not respond within {seconds:g} s; run the command again later"
            case "certificate":
                return (
                    f"the certificate of NetBox at {self.url} is not accepted ({fault}); correct it, or name its"
                    " authority with REQUESTS_CA_BUNDLE"
                )
        return f"NetBox at {self.url} does not respond ({fault}); correct the address, or make it reachable"

    def _own(self, url: str) -> str:
        """An address in a response, at our address: NetBox names its following pages as its proxy does."""
        base = f"{self.url}/api/"
        return url if url.startswith(base) else base + url.partition("/api/")[2]

    def _unexpected(self, what: str) -> NetBoxError:
        return NetBoxError(f"the response of NetBox at {self.url} is not as expected: {what}; see NetBox's log")
