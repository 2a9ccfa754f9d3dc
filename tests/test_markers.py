"""The markers that choose the tests of `make quick`: a test without one opens no connection."""

from __future__ import annotations

import socket

import pytest


def test_a_test_without_a_marker_cannot_open_a_connection() -> None:
    with socket.socket() as stream, pytest.raises(AssertionError, match=r"mark it with pytest\.mark\.network"):
        stream.connect(("127.0.0.1", 9))


def test_a_test_without_a_marker_can_use_sockets_of_this_process() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.send(b"x")
        assert right.recv(1) == b"x"


@pytest.mark.network
def test_a_test_with_the_marker_can_open_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = listener.getsockname()
        stream = socket.create_connection(here, timeout=3)
        assert stream.getpeername() == here
        stream.close()
