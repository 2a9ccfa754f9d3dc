"""Connections to servers that the settings name: what a server sends is bounded, and leads to no other server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import ClassVar

import pytest

from scanner.core.deadline import within
from scanner.engine.services import http
from scanner.engine.services.http import HttpService, ServiceFault


class Endless(BaseHTTPRequestHandler):
    """Responds with a body that has no end, below /moved to a redirect."""

    protocol_version = "HTTP/1.0"
    paths: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(302 if self.path.startswith("/moved") else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b"x" * 65536)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.network
@pytest.mark.parametrize("path", ["/", "/moved"])
def test_a_body_without_an_end_is_too_large_also_that_of_a_redirect(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(http, "LARGEST", 200_000)
    Endless.paths = []
    with serving() as base:
        service = HttpService("Token x", 5.0, lambda url: url)
        with pytest.raises(ServiceFault, match="the response is too large") as fault:
            service.send("GET", base + path, None, "application/json")
        service.session.close()
    assert (fault.value.kind, Endless.paths) == ("network", [path])


def test_work_that_does_not_end_in_time_is_left_and_its_errors_are_raised() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)
    with pytest.raises(TimeoutError):
        within(0.01, lambda: Event().wait(5))
