"""The web pages: Datasette on the inventory, read-only, with our own pages as its plugin.

    devices, firmware, changes, scans, catalogs     our pages (`pages/`)
    every table                                     Datasette's pages under `data/`, with CSV and JSON

    request → middleware (host, method, credentials) → Datasette → routes (`plugin`) → `reader` (read-only) → page

`application.application(config)` is an ASGI application; `server` runs it with uvicorn. Nothing here writes.
"""
