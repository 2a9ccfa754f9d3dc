"""One HTTP server that the settings name: every request is bounded in time and size, and sent to no other server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from scanner.core.deadline import within
from scanner.core.text import shown

#: Largest response that is read, in bytes.
LARGEST = 64_000_000
#: Seconds for a connection.
CONNECT = 5.0
#: Longest text of an unknown failure, in characters.
_LONGEST = 160

T = TypeVar("T")


class ServiceFault(Exception):
    """Why there is no response: `late` as a whole, `slow` to begin, an invalid `certificate`, or the `network`.

    The text is the failure in a few words.
    """

    def __init__(self, kind: Literal["late", "slow", "certificate", "network"], words: str = "") -> None:
        super().__init__(words)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """The response of a server, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpService:
    """A server and its `authorization` header; `timeout` are the seconds for a response to begin.

    `session` is for libraries that use requests: `own` returns the address to which a request is sent instead, so that
    a link in a response leads to no other server, which would receive the authorization.
    """

    def __init__(self, authorization: str, timeout: float, own: Callable[[str], str]) -> None:
        self.timeout = timeout
        self.session: requests.Session = _BoundedSession(timeout, own)
        self.session.auth = _authorized(authorization)

    def send(self, method: str, url: str, body: bytes | None, content_type: str) -> ServiceResponse:
        """The response to one request. Raises ServiceFault."""
        headers = {"Accept": content_type, **({} if body is None else {"Content-Type": content_type})}

        def sent() -> ServiceResponse:
            got = self.session.request(method, url, data=body, headers=headers)
            return ServiceResponse(got.status_code, got.headers, got.content)

        return self.whole(2 * self.timeout, sent)

    def whole(self, seconds: float, call: Callable[[], T]) -> T:
        """What a call on `session` returns, ended after `seconds`. Raises ServiceFault."""
        with _faults():
            return within(seconds, call)


class _BoundedSession(requests.Session):
    """Requests that are bounded, whatever their options, and follow no redirect."""

    def __init__(self, timeout: float, own: Callable[[str], str]) -> None:
        super().__init__()
        self._timeout, self._own = timeout, own
        retry = Retry(
            total=2, connect=2, read=False, redirect=0, status=2, other=0, backoff_factor=0.3,
            status_forcelist=(429, 502, 503), allowed_methods=frozenset({"GET", "OPTIONS"}),
            respect_retry_after_header=False, raise_on_status=False,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=retry))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the whole body of a redirect, without a limit."""

    def request(self, method: Any, url: Any, *more: Any, **options: Any) -> requests.Response:
        bounds = {"timeout": (CONNECT, self._timeout), "stream": True}
        response = super().request(method, self._own(str(url)), *more, **{**options, **bounds})
        with response:
            parts, size = [], 0
            for part in response.iter_content(65536):
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    raise ValueError("the response is too large")
            response._content = b"".join(parts)
        return response


def _authorized(value: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """The authorization of a session, which would use that of a netrc file before a header."""

    def authorized(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = value
        return request

    return authorized


@contextmanager
def _faults() -> Iterator[None]:
    """Failures of the network as ServiceFault."""
    try:
        yield
    except TimeoutError:
        raise ServiceFault("late") from None
    except requests.exceptions.Timeout:
        raise ServiceFault("slow") from None
    except requests.exceptions.SSLError as fault:
        raise ServiceFault("certificate", _in_words(fault)) from None
    except (requests.exceptions.RequestException, OSError, ValueError) as fault:
        raise ServiceFault("network", _in_words(fault)) from None


def _in_words(fault: Exception) -> str:
    """A failure of the network in a few words."""
    text = str(fault)
    for part, words in (
        ("Connection refused", "connection refused"),
        ("Name or service not known", "unknown host name"),
        ("nodename nor servname", "unknown host name"),
        ("Temporary failure in name resolution", "the name is not resolved"),
        ("Network is unreachable", "network unreachable"),
        ("No route to host", "no route to the host"),
        ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed"),
        ("Connection reset", "connection reset"),
        ("Remote end closed", "connection closed"),
    ):
        if part in text:
            return words
    return shown(text.replace("\n", " "))[:_LONGEST]
