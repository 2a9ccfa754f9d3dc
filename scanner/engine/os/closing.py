"""Waits until the peer of a TCP connection has received our FIN, so that the next connection to it is not a second one.

The kernel retransmits a FIN that is lost, long after `close` has returned.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time

#: Longest wait in seconds: six retransmissions of a LAN (RFC 6298; Linux: the first after 200 ms, then twice as late),
#: three where the SYN-ACK arrived a second late, from which the kernel derives 3 s for the first.
LONGEST = 22.0
#: Seconds of it that may be after the deadline of a host, whose conversation is given up `workers.pool.GRACE` after it.
BEYOND = 3.0
#: First and longest pause between two looks at the state, seconds.
_FIRST, _MOST = 0.001, 0.05
_ESTABLISHED, _FIN_WAIT1 = 1, 4  # include/net/tcp_states.h; FIN_WAIT1: our FIN is sent and not acknowledged
_TOTAL_RETRANSMITTED = 100  # offset of tcpi_total_retrans in struct tcp_info, which only ever grew at its end


def finish(connection: socket.socket, deadline: float) -> bool:
    """Send our FIN and wait until it is acknowledged or the peer has closed, but not long after `deadline`.

    Returns whether it is: if not, the connection may still be open at the peer. Our receiving end is left open: data
    that arrives for one that is shut is answered by a reset, once, which the kernel does not retransmit.
    A connect that is not complete is ended without a packet.
    """
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        end, pause = min(time.monotonic() + LONGEST, deadline + BEYOND), _FIRST
        while unacknowledged(connection):
            if time.monotonic() >= end:
                return False
            time.sleep(pause)
            pause = min(2 * pause, _MOST)
    return True


def established(connection: socket.socket) -> bool:
    """Whether a connection is open at both ends."""
    with contextlib.suppress(OSError):
        return _info(connection, 0, 1) == _ESTABLISHED
    return False


def leave(connection: socket.socket) -> None:
    """Close a connection whose FIN is not acknowledged: the kernel retransmits the FIN, in place of one reset."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
    connection.close()


def unacknowledged(connection: socket.socket) -> bool:
    """Whether a FIN of ours was sent that the peer has not acknowledged."""
    with contextlib.suppress(OSError):
        return _info(connection, 0, 1) == _FIN_WAIT1
    return False


def retransmitted(connection: socket.socket) -> bool:
    """Whether segments of ours were lost on this connection."""
    with contextlib.suppress(OSError):
        return _info(connection, _TOTAL_RETRANSMITTED, 4) > 0
    return False


def _info(connection: socket.socket, offset: int, size: int) -> int:
    """A field of TCP_INFO (Linux, tcp(7)); 0 where the kernel has none."""
    if not hasattr(socket, "TCP_INFO"):
        return 0
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, offset + size)
    return int.from_bytes(info[offset : offset + size], sys.byteorder) if len(info) >= offset + size else 0
