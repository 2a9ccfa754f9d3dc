"""Values that end programs: numbers beyond every type, texts that no encoding, path or grammar has room for."""

from __future__ import annotations

DIGITS = "9" * 23
#: Beyond the digits that Python converts (4,300).
MANY_DIGITS = "9" * 5000

NUMBERS = (
    DIGITS, f"-{DIGITS}", MANY_DIGITS, str(2**31), str(2**63 - 1), str(2**63), str(2**64), "-1", "0", "nan", "inf",
    "-inf", "1e400", "1e-400", "0x10", "1_000", "1.5", "²", "٣", "",
)  # fmt: skip
#: A few of each kind, for what is not a number.
SOME_NUMBERS = (DIGITS, MANY_DIGITS, "nan", "1e400")
TEXTS = (
    "", " ", "\0", "a\0b", "\udcff", "\ud800", "x" * 100_000, "\x1b[2J", "\n", "'", '"', "%s%n{}", "../" * 50, "/",
    "/dev/full", "/dev/null", "/dev/zero", "/proc/self/mem", "~no-such-user/x", "\u202e", "*" * 50, "(", "[", "a" * 255,
    "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-12:00", "99999w", "2026-02-30", "26-13-99T99:99",
    "env:", "env:=", "file:", "file:/dev/zero", "file:~no-such-user/x", "@", "@/", "@/dev/zero", "-", "--", "-x",
    "1.2.3.4/" + DIGITS, "1.1.1.1-" + MANY_DIGITS, "::" + DIGITS, "10.0.0.0/8" * 3, "fe80::1%eth0", "netbox:",
    "netbox:x=y",
    "http://[", "http://a:" + DIGITS, ":", "0:", "@10:20", "~:nan", "-9e999:", "=", "a=", "=b",
    "snmp.sysobjectid=1.3.6.1." + MANY_DIGITS, "sip.user-agent=" + "x" * 100_000, "sip.user-agent=\udcff",
)  # fmt: skip
#: A few of each kind, for what is one of a list of words.
SOME_TEXTS = ("", "\0", "\udcff", "x" * 100_000, "/dev/full", "file:/dev/zero")
