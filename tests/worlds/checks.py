"""What must hold in every world. A check returns what does not hold, each in a line; nothing where all does.

Each takes a world and no other input, so that a failure is repeated from the world alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from scanner.core.fields import INVENTORY_COLUMNS
from tests.worlds.ledger import Event, Row, read_all
from tests.worlds.oracle import faults, knowledge
from tests.worlds.sources import Source, sightings
from tests.worlds.world import Kind, World

#: The columns of the inventory but the number of a scan, and a time that may be that of the address before its mac.
_SHOWN = tuple(name for name in INVENTORY_COLUMNS if name not in ("last_scan", "first_seen"))
Check = Callable[[World], list[str]]


def scans(world: World) -> list[list[Row]]:
    """The observations of each night."""
    return [[one.row for one in night] for night in sightings(world)]


def inventory(parts: Iterable[Iterable[Row]]) -> tuple[list[Row], list[Event]]:
    """The rows and events after these scans."""
    ledger = read_all(parts)
    found = ledger.rows(), ledger.events()
    ledger.close()
    return found


def differences(left: list[Row], right: list[Row]) -> list[str]:
    """The cells in which two lists of rows differ, or the devices where one of them lacks some."""
    one, other = (sorted(map(_subject, rows)) for rows in (left, right))
    if one != other:
        return [f"devices {one}, {other}"]
    return [
        f"{mine['mac'] or mine['ip']} {name}: {mine[name]!r}, {theirs[name]!r}"
        for mine, theirs in zip(sorted(left, key=_subject), sorted(right, key=_subject), strict=True)
        for name in mine
        if mine[name] != theirs[name]
    ]


def _subject(row: Row) -> tuple[str, str]:
    return row["mac"] or "", row["ip"] or ""


def _shuffled(world: World, rows: Iterable[Row]) -> list[Row]:
    mixed = list(rows)
    random.Random(world.seed).shuffle(mixed)
    return mixed


def truth(world: World) -> list[str]:
    """The inventory equals the world, as far as any source could know it."""
    return faults(knowledge(world), *inventory(scans(world)))


def order(world: World) -> list[str]:
    """The order of the observations of a night does not matter, for rows and events."""
    return _alike(world, [_shuffled(world, night) for night in scans(world)])


def repetition(world: World) -> list[str]:
    """Reading everything again adds and changes nothing."""
    return _alike(world, [*scans(world), *scans(world)])


def _alike(world: World, parts: list[list[Row]]) -> list[str]:
    """Whether other scans give the same rows and events as night by night."""
    rows, events = inventory(scans(world))
    others, more = inventory(parts)
    return differences(rows, others) + [f"event {event}" for event in {*events} ^ {*more}]


def splitting(world: World) -> list[str]:
    """Rows do not depend on what is in which scan: all in one, nights in two, nights in another order."""
    nights = scans(world)
    ways = {
        "one scan": [_shuffled(world, [row for night in nights for row in night])],
        "two scans a night": [part for night in nights for part in _halves(_shuffled(world, night))],
        "nights in another order": random.Random(world.seed).sample(nights, len(nights)),
    }
    way = list(ways)[world.seed % len(ways)]
    straight, split = inventory(nights), inventory(ways[way])
    shown = [[{name: row[name] for name in _SHOWN} for row in rows] for rows in (straight[0], split[0])]
    return [f"{way}: {one}" for one in differences(*shown)]


def _halves(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows in two parts; the columns of one row of a table are read together."""
    read = list(dict.fromkeys(map(_reading, rows)))
    for part in (read[::2], read[1::2]):
        yield [row for row in rows if _reading(row) in part]


def _reading(row: Row) -> tuple[str, str, str]:
    return row["source"], row["time"], row.get("mac") or row.get("ip") or ""


def confidence(world: World) -> list[str]:
    """Of a phone that nothing contradicts, fewer observations of one night give no more confidence."""
    found: list[str] = []
    first = world._replace(nights=world.nights[:1])
    known, night = knowledge(first), sightings(first)[0]
    chance = random.Random(world.seed)
    for phone in world.devices:
        if phone.kind is not Kind.PHONE or world.hostile():
            continue
        own = [one for one in known.certain(phone) if one.source is not Source.ARP]
        fewer = [one for one in own if chance.random() < 0.6]
        left_out = [id(one) for one in own if one not in fewer]
        without = [one.row for one in night if id(one) not in left_out]
        some, every = (_confidence(rows, phone.mac) for rows in (without, scans(first)[0]))
        if some > every:
            fields = [one.row["field"] for one in own if one not in fewer]
            found.append(f"confidence: {phone.mac} {every}, without {', '.join(fields)} {some}")
        break
    return found


def _confidence(rows: list[Row], mac: str) -> float:
    ledger = read_all([rows])
    found = ledger.confidence(mac)
    ledger.close()
    return found


class Share(NamedTuple):
    """How many of a hundred worlds are drawn for a check, and the features of worlds that it does not decide."""

    check: Check
    percent: int
    without: frozenset[str] = frozenset()


#: Whose a copied mac, a proxy's or a stale row is, no source may show; the mac of a proxy is shared from the scan on
#: that shows its second address. `tests/inventory` contains the cases in which the device is decided.
CHECKS: tuple[Share, ...] = (
    Share(truth, 60, frozenset({"claim", "default certificate", "proxy", "stale"})),
    Share(order, 10),
    Share(repetition, 10, frozenset({"take over", "proxy"})),
    Share(splitting, 15, frozenset({"proxy"})),
    Share(confidence, 5, frozenset({"claim", "clone", "default certificate", "proxy"})),
)
