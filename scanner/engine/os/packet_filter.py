"""Compiles declared captures into a classic BPF program: only frames that a capture reads reach the listener.

Frames carry their Ethernet type at octet 12; behind one VLAN tag that is left in the frame, types other than IP are
captured as well. Of IPv4 and IPv6 only UDP without extension headers is captured, and no later fragments.

A listener has two programs: one for the frames of senders with listed prefixes of MAC addresses, and one for the
others, so that a flood of the latter does not fill the buffer of the former.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from scanner.discovery.announcement import Capture, UdpPorts, group_mac
from scanner.wire.ethernet import IPV4, IPV6, LLC

#: Longest part of a frame that is captured, in octets. LLDP and CDP fit into one Ethernet frame; jumbo frames are cut.
SNAP_LENGTH = 2048

# Opcodes of linux/filter.h
_LD_W, _LD_H, _LD_B, _LDX_IP_HEADER, _LD_H_X = 0x20, 0x28, 0x30, 0xB1, 0x48
_JUMP, _JEQ, _JSET, _JGT, _RET, _SHIFT_RIGHT = 0x05, 0x15, 0x45, 0x25, 0x06, 0x74
#: Values that are compared one by one at the end of a binary search.
_GROUP = 8
#: Operands of jumps out of a search, until their distance is known.
_FOUND, _ABSENT = -1, -2
_VLAN_TAGS = (0x8100, 0x88A8)
_UDP = 17

#: opcode, instructions to skip if true, if false, operand
_Instruction = tuple[int, int, int, int]
_Block = list[_Instruction]
_ACCEPT: _Instruction = (_RET, 0, 0, SNAP_LENGTH)
_DROP: _Instruction = (_RET, 0, 0, 0)


def compile_filter(captures: Iterable[Capture], prefixes: Sequence[int] = (), *, listed: bool = False) -> bytes:
    """The program that accepts the frames of some captures, as an array of `struct sock_filter`.

    `prefixes` are the first three octets of MAC addresses, sorted: with `listed`, only frames from senders that have
    one of them are accepted, without it only the others.
    """
    chosen = list(captures)
    types = sorted({kind for one in chosen for kind in one.ethertypes} - {IPV4, IPV6, LLC})
    code: _Block = [(_LD_H, 0, 0, 12)]
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
    code = [*_senders(prefixes, listed), *code, _DROP]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _senders(prefixes: Sequence[int], listed: bool) -> _Block:
    """Drops frames by the prefix of their sender, octets 6 to 8; its end is reached by the others."""
    if not prefixes:
        return [_DROP] if listed else []
    search = _search(prefixes)
    targets = {_FOUND: len(search) + listed, _ABSENT: len(search) + (not listed)}
    code = [
        (opcode, true, false, targets.get(operand, operand + place + 1) - place - 1 if opcode == _JUMP else operand)
        for place, (opcode, true, false, operand) in enumerate(search)
    ]
    return [(_LD_W, 0, 0, 6), (_SHIFT_RIGHT, 0, 0, 8), *code, _DROP]


def _search(values: Sequence[int]) -> _Block:
    """A binary search for the accumulator, which ends in a jump to `_FOUND` or `_ABSENT`."""
    if len(values) <= _GROUP:
        compared = [(_JEQ, len(values) - place, 0, value) for place, value in enumerate(values)]
        return [*compared, (_JUMP, 0, 0, _ABSENT), (_JUMP, 0, 0, _FOUND)]
    middle = len(values) // 2
    low, high = _search(values[:middle]), _search(values[middle:])
    return [(_JGT, 0, 1, values[middle - 1]), (_JUMP, 0, 0, len(low)), *low, *high]


def _if_equal(value: int, block: _Block) -> _Block:
    """A block that runs when the accumulator equals `value`; its end is reached when it returns nothing."""
    if len(block) < 256:
        return [(_JEQ, 0, len(block), value), *block]
    return [(_JEQ, 1, 0, value), (_JUMP, 0, 0, len(block)), *block]


def _udp(version: int, ports: Iterable[UdpPorts]) -> _Block:
    """Accepts UDP with one of some pairs of ports, drops other packets of this IP version."""
    if version == IPV4:
        code = [(_LD_B, 0, 0, 23), (_JEQ, 1, 0, _UDP), _DROP, (_LD_H, 0, 0, 20), (_JSET, 0, 1, 0x1FFF), _DROP]
        code.append((_LDX_IP_HEADER, 0, 0, 14))
        load, first = _LD_H_X, 14
    else:
        code = [(_LD_B, 0, 0, 20), (_JEQ, 1, 0, _UDP), _DROP]
        load, first = _LD_H, 54
    for pair in sorted(ports, key=lambda pair: (pair.source or 0, pair.destination or 0)):
        accept = [_ACCEPT]
        if pair.destination is not None:
            accept = [(load, 0, 0, first + 2), *_if_equal(pair.destination, accept)]
        if pair.source is not None:
            accept = [(load, 0, 0, first), *_if_equal(pair.source, accept)]
        code += accept
    return [*code, _DROP]
