"""The web face: Datasette on the inventory, read-only, with our own pages as its plugin.

    phones and their verdicts      our pages: overview, devices, one device, firmware, scans, catalogs
    every table as it is           Datasette's pages under `data/`, with CSV and JSON

    request → gate (host, method, who, headers) → Datasette → our routes (`plugin`) → `ask` (a thread, read-only) → page

`face.application(face)` is an ASGI application; `phonescan serve` gives it to uvicorn. Nothing here writes.
"""

from scanner.web.access import Access
from scanner.web.face import Face

__all__ = ["Access", "Face"]
