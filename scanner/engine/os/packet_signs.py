"""Signs of a telephone in a frame, as a classic BPF program: capabilities, LLDP-MED, and the vendor class of DHCP.

The kernel gives frames with signs a buffer of their own, which a flood of other frames does not fill. The first TLVs
and options are examined, one after the other, since BPF has no loops. `discovery.telephones` finds the same signs, and
the names of makers elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.wire.ethernet import IPV4, LLDP

#: opcode, instructions to skip if true, if false, operand
Instruction = tuple[int, int, int, int]
Block = list[Instruction]
#: Operands of jumps whose distance is known when all blocks are in place.
FOUND, ABSENT, _NAMES = -1, -2, -3
#: TLVs and options that are examined.
LLDP_TLVS, CDP_TLVS, DHCP_OPTIONS = 16, 12, 24
#: Most names of makers that are compared.
MOST_NAMES = 200

# Opcodes of linux/filter.h
_LD_W, _LD_H, _LD_B, _LD_LENGTH, _LD_STORED = 0x20, 0x28, 0x30, 0x80, 0x60
_LD_W_X, _LD_H_X, _LD_B_X, _LDX_VALUE, _LDX_IP_HEADER = 0x40, 0x48, 0x50, 0x01, 0xB1
_STORE, _TO_X, _TO_A = 0x02, 0x07, 0x87
_ADD, _ADD_X, _SUBTRACT, _AND, _OR, _SHIFT_RIGHT = 0x04, 0x0C, 0x14, 0x54, 0x44, 0x74
JUMP, _JEQ, _JSET, _JGE, _JGT_X = 0x05, 0x15, 0x45, 0x35, 0x2D
_END = (JUMP, 0, 0, ABSENT)
_HIT = (JUMP, 0, 0, FOUND)


def resolve(code: Block, targets: dict[int, int]) -> Block:
    """A block with its jumps to labels as distances; `targets` are the places of the labels."""
    return [
        (opcode, true, false, targets[operand] - place - 1 if opcode == JUMP and operand in targets else operand)
        for place, (opcode, true, false, operand) in enumerate(code)
    ]


def signs(makers: Iterable[str]) -> Block:
    """The test of a frame, which ends in a jump to `FOUND` or `ABSENT`. `makers` are names in lower case."""
    names = sorted({name[:4].encode() for name in makers if len(name) >= 4 and name.isascii()})[:MOST_NAMES]
    compared = [part for name in names for part in ((_JEQ, 0, 1, int.from_bytes(name)), _HIT)]
    walks = (_lldp(), _cdp(), _dhcp())
    code: Block = [
        (_LD_H, 0, 0, 12), (_JEQ, 0, 1, LLDP), (JUMP, 0, 0, 3),
        (_JGE, 1, 0, 0x0600), (JUMP, 0, 0, 1 + len(walks[0])),  # a length: 802.2 LLC
        (JUMP, 0, 0, len(walks[0]) + len(walks[1])), *walks[0], *walks[1], *walks[2],
    ]  # fmt: skip
    named = [*code, (_LD_W_X, 0, 0, 2), (_OR, 0, 0, 0x20202020), *compared, _END]
    return resolve(named, {_NAMES: len(code)})


def _in_frame(octets: int) -> Block:
    """Ends the test unless so many octets from X on are in the frame."""
    return [(_LD_LENGTH, 0, 0, 0), (_SUBTRACT, 0, 0, octets - 1), (_JGT_X, 1, 0, 0), _END]


def _lldp() -> Block:
    """Capabilities with the bit of telephones, or a TLV of LLDP-MED (IEEE 802.1AB 8.5.8, TIA-1057 10.2)."""
    step: Block = [
        *_in_frame(8),
        (_LD_H_X, 0, 0, 0), (_JEQ, 0, 1, 0), _END,
        (_STORE, 0, 0, 0), (_SHIFT_RIGHT, 0, 0, 9),
        (_JEQ, 0, 5, 7),
        (_LD_H_X, 0, 0, 4), (_JSET, 2, 0, 0x20), (_LD_H_X, 0, 0, 2), (_JSET, 0, 6, 0x20), _HIT,
        (_JEQ, 0, 4, 127),
        (_LD_W_X, 0, 0, 2), (_SHIFT_RIGHT, 0, 0, 8), (_JEQ, 0, 1, 0x0012BB), _HIT,
        (_LD_STORED, 0, 0, 0), (_AND, 0, 0, 0x1FF), (_ADD, 0, 0, 2), (_ADD_X, 0, 0, 0), (_TO_X, 0, 0, 0),
    ]  # fmt: skip
    return [(_LDX_VALUE, 0, 0, 14), *step * LLDP_TLVS, _END]


def _cdp() -> Block:
    """Capabilities with the bit of phones, after LLC, SNAP and the head of CDP."""
    step: Block = [
        *_in_frame(8),
        (_LD_H_X, 0, 0, 0), (_JEQ, 0, 3, 4), (_LD_W_X, 0, 0, 4), (_JSET, 0, 1, 0x80), _HIT,
        (_LD_H_X, 0, 0, 2), (_JEQ, 0, 1, 0), _END, (_ADD_X, 0, 0, 0), (_TO_X, 0, 0, 0),
    ]  # fmt: skip
    return [(_LDX_VALUE, 0, 0, 26), *step * CDP_TLVS, _END]


def _dhcp() -> Block:
    """The first four letters of the vendor class of a DHCP client over IPv4 (RFC 2132 9.13)."""
    head: Block = [
        (_LD_H, 0, 0, 12), (_JEQ, 1, 0, IPV4), _END, (_LD_B, 0, 0, 23), (_JEQ, 1, 0, 17), _END,
        (_LD_H, 0, 0, 20), (_JSET, 0, 1, 0x1FFF), _END, (_LDX_IP_HEADER, 0, 0, 14),
        *_in_frame(18), (_LD_H_X, 0, 0, 16), (_JEQ, 1, 0, 67), _END,
        (_TO_A, 0, 0, 0), (_ADD, 0, 0, 14 + 8 + 240), (_TO_X, 0, 0, 0),
    ]  # fmt: skip
    step: Block = [
        *_in_frame(6),
        (_LD_B_X, 0, 0, 0), (_JEQ, 0, 1, 255), _END, (_JEQ, 0, 1, 60), (JUMP, 0, 0, _NAMES),
        (_JEQ, 0, 2, 0), (_LD_LENGTH, 0, 0, 0), (JUMP, 0, 0, 3),
        (_LD_B_X, 0, 0, 1), (_ADD, 0, 0, 2), (JUMP, 0, 0, 2), (_AND, 0, 0, 0), (_ADD, 0, 0, 1),
        (_ADD_X, 0, 0, 0), (_TO_X, 0, 0, 0),
    ]  # fmt: skip
    return [*head, *step * DHCP_OPTIONS, _END]
