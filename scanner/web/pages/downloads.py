"""Downloads: whole filtered lists as CSV, JSON, XLSX or HTML, with the filters of the pages; metrics for Prometheus."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from datasette import Response

from scanner.web.config import WebConfig
from scanner.web.pages.choices import query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory

_CHUNK = 65_536
#: Formats of a download and their media types.
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
#: The end of a download's path, as a pattern of routes.
FORMAT = r"\.(?P<format>csv|json|xlsx|html)$"


@dataclass(slots=True)
class Download:
    """A response that sends a file in chunks and closes it in every case."""

    file: IO[bytes]
    name: str
    kind: str

    async def asgi_send(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Send the file; Datasette calls this method of a response."""
        disposition = f'attachment; filename="{self.name}"'.encode()
        headers = [(b"content-type", self.kind.encode()), (b"content-disposition", disposition)]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while chunk := await asyncio.to_thread(self.file.read, _CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.file.close()


def report(kind: str, name: str = "") -> Callable[[WebConfig, Any], Awaitable[Any]]:
    """The handler of `/NAME.FORMAT`: a report of `app.reporting` over every device that matches the filters.

    NAME is the kind of the report by default. The file is written to disk before it is sent.
    """
    name = name or kind

    async def page(config: WebConfig, request: Any) -> Any:
        filters = query_of(request).filters()
        format = request.url_vars["format"]

        def write(inventory: Inventory, stream: IO[Any]) -> None:
            from scanner.app import reporting

            reporting.write(config.session, inventory, kind, filters, format, stream)

        file = await config.reader.file(write, binary=format == "xlsx")
        return Download(file, f"phonescan-{name}.{format}", _TYPES[format])

    return page


async def metrics(config: WebConfig, request: Any) -> Any:
    """`/metrics`, in Prometheus' text format 0.0.4."""

    from scanner.app.metrics import inventory_id, write_metrics
    from scanner.reports.prometheus import write_exported

    def query(inventory: Inventory) -> tuple[str, str]:
        stream = io.StringIO()
        write_metrics(config.session, inventory, stream)
        return stream.getvalue(), inventory_id(inventory)

    text, inventory = await config.reader.read(query, key="metrics")
    exported = io.StringIO()
    write_exported(config.session.now(), inventory, exported)  # the time is that of the response, not of the cache
    return Response(text + exported.getvalue(), content_type="text/plain; version=0.0.4; charset=utf-8")
