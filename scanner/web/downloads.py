"""Files: the whole of a filtered list as CSV or JSON, from the very filters of the screen; and Prometheus' metrics."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from datasette import Response

from scanner.core.fields import INVENTORY_COLUMNS
from scanner.web.face import Face
from scanner.web.lists import wanted

if TYPE_CHECKING:
    from scanner.inventory import Inventory

_CHUNK = 65_536
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}


@dataclass(slots=True)
class Download:
    """An answer that sends a file in chunks and closes it, however the reader behaves."""

    file: IO[bytes]
    name: str
    kind: str

    async def asgi_send(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Send it, as Datasette asks an answer to."""
        disposition = f'attachment; filename="{self.name}"'.encode()
        headers = [(b"content-type", self.kind.encode()), (b"content-disposition", disposition)]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while chunk := await asyncio.to_thread(self.file.read, _CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.file.close()


async def devices(face: Face, request: Any) -> Any:
    """`/devices.csv` and `.json`: the columns of the contract's inventory, every device that the filters keep."""
    filters = wanted(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.inventory import queries
        from scanner.reports import render

        render(queries.inventory_rows(inventory, filters), INVENTORY_COLUMNS, format, "Inventory", stream)

    return Download(await face.desk.file(write), f"phonescan-devices.{format}", _TYPES[format])


async def noncompliant(face: Face, request: Any) -> Any:
    """`/noncompliant.csv` and `.json`: the columns of the contract's `noncompliant`, with the reason."""
    filters = wanted(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.inventory import queries
        from scanner.reports import render

        columns = (*INVENTORY_COLUMNS, "reason")
        render(queries.noncompliant_rows(inventory, filters), columns, format, "Non-compliant firmware", stream)

    return Download(await face.desk.file(write), f"phonescan-noncompliant.{format}", _TYPES[format])


async def firmware(face: Face, request: Any) -> Any:
    """`/firmware.csv` and `.json`: a row for each model, version and verdict."""
    filters = wanted(request).filters()
    format = request.url_vars["format"]

    def write(inventory: Inventory, stream: IO[str]) -> None:
        from scanner.inventory import queries
        from scanner.reports import render
        from scanner.reports.firmware import FIRMWARE_COLUMNS, with_distance

        rows = with_distance(queries.firmware_rows(inventory, filters))
        render(rows, FIRMWARE_COLUMNS, format, "Firmware versions", stream)

    return Download(await face.desk.file(write), f"phonescan-firmware.{format}", _TYPES[format])


async def metrics(face: Face, request: Any) -> Any:
    """`/metrics`, in Prometheus' text format 0.0.4."""

    def question(inventory: Inventory) -> str:
        from scanner.cli.commands.report import catalogs
        from scanner.inventory import queries
        from scanner.reports.prometheus import write_prometheus

        stream = io.StringIO()
        write_prometheus(
            queries.inventory_rows(inventory), stream, catalogs(face.session, inventory, face.session.today())
        )
        return stream.getvalue()

    text = await face.desk.ask(question, key="metrics")
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")
