"""Compiles declared captures into a classic BPF program: only frames that a capture reads reach the listener.

Frames carry their Ethernet type at octet 12; behind one VLAN tag that is left in the frame, types other than IP are
captured as well. Of IPv4 and IPv6 only UDP without extension headers is captured, and no later fragments.

A listener has several programs, whose frames are a partition: those of senders with listed prefixes of MAC addresses,
others with signs of a telephone, and the rest, so that a flood of one does not fill the buffer of another.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence
from enum import Enum

from scanner.discovery.announcement import Capture, UdpPorts, group_mac
from scanner.engine.os import packet_signs
from scanner.engine.os.packet_signs import ABSENT, FOUND, JUMP, Block, Instruction
from scanner.wire.ethernet import IPV4, IPV6, LLC

#: Longest part of a frame that is captured, in octets. LLDP and CDP fit into one Ethernet frame; jumbo frames are cut.
SNAP_LENGTH = 2048

# Opcodes of linux/filter.h
_LD_W, _LD_H, _LD_B, _LDX_IP_HEADER, _LD_H_X = 0x20, 0x28, 0x30, 0xB1, 0x48
_JEQ, _JSET, _JGT, _RET, _SHIFT_RIGHT = 0x15, 0x45, 0x25, 0x06, 0x74
#: Values that are compared one by one at the end of a binary search.
_GROUP = 8
_VLAN_TAGS = (0x8100, 0x88A8)
_UDP = 17

_ACCEPT: Instruction = (_RET, 0, 0, SNAP_LENGTH)
_DROP: Instruction = (_RET, 0, 0, 0)


class SenderGroup(Enum):
    """Frames of which senders a program accepts."""

    ALL = "all"
    LISTED = "with a listed prefix"
    SIGNS = "others with signs of a telephone"
    REST = "the rest"


def compile_filter(
    captures: Iterable[Capture],
    senders: SenderGroup = SenderGroup.ALL,
    prefixes: Sequence[int] = (),
    makers: Iterable[str] = (),
) -> bytes:
    """The program that accepts the frames of some captures, as an array of `struct sock_filter`.

    `prefixes` are the listed first three octets of MAC addresses, sorted; `makers` as in `packet_signs.signs`.
    """
    chosen = list(captures)
    types = sorted({kind for one in chosen for kind in one.ethertypes} - {IPV4, IPV6, LLC})
    code: Block = [(_LD_H, 0, 0, 12)]
    for kind in types:
        code += _if_equal(kind, [_ACCEPT])
    for version in (IPV4, IPV6):
        matching = [one for one in chosen if version in one.ethertypes]
        if matching:
            code += _if_equal(version, _udp(version, {ports for one in matching for ports in one.udp}))
    if types:
        tagged = [(_LD_H, 0, 0, 16), *(part for kind in types for part in _if_equal(kind, [_ACCEPT])), _DROP]
        for tag in _VLAN_TAGS:
            code += _if_equal(tag, tagged)
    groups = sorted({group_mac(group) for one in chosen if LLC in one.ethertypes for group in one.groups})
    for octets in groups:
        low = [(_LD_H, 0, 0, 4), *_if_equal(int.from_bytes(octets[4:]), [_ACCEPT])]
        code += [(_LD_W, 0, 0, 0), *_if_equal(int.from_bytes(octets[:4]), low)]
    code = [*_admitted(senders, prefixes, makers), *code, _DROP]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _admitted(senders: SenderGroup, prefixes: Sequence[int], makers: Iterable[str]) -> Block:
    """Drops the frames of other senders; its end is reached by the others."""
    if senders is SenderGroup.ALL:
        return []
    listed: Block = [(_LD_W, 0, 0, 6), (_SHIFT_RIGHT, 0, 0, 8), *_search(prefixes)]  # octets 6 to 8: the sender
    if senders is SenderGroup.LISTED:
        return _gate(listed, found=True)
    return [*_gate(listed, found=False), *_gate(packet_signs.signs(makers), found=senders is SenderGroup.SIGNS)]


def _gate(test: Block, *, found: bool) -> Block:
    """Drops frames by a test that ends in jumps; its end is reached where the test finds something, or does not."""
    return [*packet_signs.resolve(test, {FOUND: len(test) + found, ABSENT: len(test) + (not found)}), _DROP]


def _search(values: Sequence[int]) -> Block:
    """A binary search for the accumulator, which ends in a jump to `FOUND` or `ABSENT`."""
    if len(values) <= _GROUP:
        compared = [(_JEQ, len(values) - place, 0, value) for place, value in enumerate(values)]
        return [*compared, (JUMP, 0, 0, ABSENT), (JUMP, 0, 0, FOUND)]
    middle = len(values) // 2
    low, high = _search(values[:middle]), _search(values[middle:])
    return [(_JGT, 0, 1, values[middle - 1]), (JUMP, 0, 0, len(low)), *low, *high]


def _if_equal(value: int, block: Block) -> Block:
    """A block that runs when the accumulator equals `value`; its end is reached when it returns nothing."""
    if len(block) < 256:
        return [(_JEQ, 0, len(block), value), *block]
    return [(_JEQ, 1, 0, value), (JUMP, 0, 0, len(block)), *block]


def _udp(version: int, ports: Iterable[UdpPorts]) -> Block:
    """Accepts UDP with one of some pairs of ports, drops other packets of this IP version."""
    if version == IPV4:
        code = [(_LD_B, 0, 0, 23), (_JEQ, 1, 0, _UDP), _DROP, (_LD_H, 0, 0, 20), (_JSET, 0, 1, 0x1FFF), _DROP]
        code.append((_LDX_IP_HEADER, 0, 0, 14))
        load, first = _LD_H_X, 14
    else:
        code = [(_LD_B, 0, 0, 20), (_JEQ, 1, 0, _UDP), _DROP]
        load, first = _LD_H, 54
    for pair in sorted(ports, key=lambda pair: (pair.source or 0, pair.destination or 0, pair.to or "")):
        accept = [_ACCEPT]
        if pair.to is not None:
            if version != IPV4:
                continue
            accept = [(_LD_W, 0, 0, 30), *_if_equal(int.from_bytes(socket.inet_aton(pair.to)), accept)]
        if pair.destination is not None:
            accept = [(load, 0, 0, first + 2), *_if_equal(pair.destination, accept)]
        if pair.source is not None:
            accept = [(load, 0, 0, first), *_if_equal(pair.source, accept)]
        code += accept
    return [*code, _DROP]
