"""Downloads: whole filtered lists as CSV or JSON, with the filters of the pages, and metrics for Prometheus."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from datasette import Response

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.web.config import WebConfig
from scanner.web.pages.choices import query_of

if TYPE_CHECKING:
    from scanner.inventory import Inventory

_CHUNK = 65_536
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}


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


async def devices(config: WebConfig, request: Any) -> Any:
    """`/devices.csv` and `.json`: the columns of the contract's inventory, every device that matches the filters."""
    filters = query_of(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.inventory import queries
        from scanner.reports import render

        render(queries.inventory_rows(inventory, filters), INVENTORY_COLUMNS, format, "Inventory", stream)

    return Download(await config.reader.file(write), f"phonescan-devices.{format}", _TYPES[format])


async def noncompliant(config: WebConfig, request: Any) -> Any:
    """`/noncompliant.csv` and `.json`: the columns of the contract's `noncompliant`, with the reason."""
    filters = query_of(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.app.reporting import NONCOMPLIANT_COLUMNS, TITLES
        from scanner.inventory import queries
        from scanner.reports import render

        title = TITLES["noncompliant"]
        render(queries.noncompliant_rows(inventory, filters), NONCOMPLIANT_COLUMNS, format, title, stream)

    return Download(await config.reader.file(write), f"phonescan-noncompliant.{format}", _TYPES[format])


async def conflicts(config: WebConfig, request: Any) -> Any:
    """`/conflicts.csv` and `.json`: the rows of `report conflicts`."""
    filters = query_of(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.app.reporting import CONFLICT_COLUMNS, TITLES
        from scanner.app.reporting import conflicts as rows
        from scanner.reports import render

        render(rows(inventory, filters), CONFLICT_COLUMNS, format, TITLES["conflicts"], stream)

    return Download(await config.reader.file(write), f"phonescan-conflicts.{format}", _TYPES[format])


async def firmware(config: WebConfig, request: Any) -> Any:
    """`/firmware.csv` and `.json`: a row for each model, version and verdict."""
    filters = query_of(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.inventory import queries
        from scanner.reports import render
        from scanner.reports.firmware import FIRMWARE_COLUMNS, with_distance

        rows = with_distance(queries.firmware_rows(inventory, filters))
        render(rows, FIRMWARE_COLUMNS, format, "Firmware versions", stream)

    return Download(await config.reader.file(write), f"phonescan-firmware.{format}", _TYPES[format])


async def metrics(config: WebConfig, request: Any) -> Any:
    """`/metrics`, in Prometheus' text format 0.0.4."""

    def query(inventory: Inventory) -> str:
        from scanner.app.reporting import catalog_infos
        from scanner.inventory import queries
        from scanner.reports.prometheus import write_prometheus

        stream = io.StringIO()
        write_prometheus(queries.inventory_rows(inventory), stream, catalog_infos(config.session, inventory))
        return stream.getvalue()

    text = await config.reader.read(query, key="metrics")
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")
