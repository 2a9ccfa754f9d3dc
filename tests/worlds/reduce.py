"""Makes a failing world smaller while it still fails: fewer nights and devices, plainer ones, more that is missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.worlds.sources import Source, sightings
from tests.worlds.world import Mode, Night, State, World

_ALL = (1 << len(Source)) - 1


def reduced(world: World, fails: Callable[[World], bool]) -> World:
    """The smallest world found that still fails, by one simplification after the other until none is left."""
    again = True
    while again:
        again = False
        for smaller in _simpler(world):
            if _possible(smaller) and fails(smaller):
                world, again = smaller, True
                break
    return world


def _possible(world: World) -> bool:
    """Whether no two devices have one address in a night."""
    addresses = [[state.ip for state in night.states if state.ip] for night in world.nights]
    return all(len(found) == len({*found}) for found in addresses)


def _simpler(world: World) -> Iterator[World]:
    """Worlds with one thing less, the largest steps first."""
    for at in range(len(world.nights)):
        if len(world.nights) > 1:
            rest = list(world.nights[:at] + world.nights[at + 1 :])
            yield world._replace(nights=(rest[0]._replace(stale=frozenset()), *rest[1:]) if at == 0 else tuple(rest))
    seen = {one.device for night in sightings(world) for one in night}
    for device in world.devices:
        if device.number in seen:
            yield _without(world, device.number, _ALL)
    for at, night in enumerate(world.nights):
        for one in sorted(night.stale):
            yield _at(world, at, night._replace(stale=night.stale - {one}))
        for number, missed in enumerate(night.missed):
            for source in Source:
                if not missed >> source & 1 and any(
                    s.device == number and s.source is source for s in sightings(world)[at]
                ):
                    yield _at(world, at, _missing(night, number, missed | 1 << source))
        if at and night.day != world.nights[at - 1].day + 1:
            yield _at(world, at, night._replace(day=world.nights[at - 1].day + 1))
        for number, state in enumerate(night.states):
            if number not in seen:
                continue
            before = world.nights[at - 1].states[number] if at else None
            plainer = [state._replace(mode=Mode.PLAIN)] + ([before] if before else [])
            for other in plainer:
                if other != state:
                    yield _at(world, at, night._replace(states=_put(night.states, number, other)))
    for number, device in enumerate(world.devices):
        if number not in seen:
            continue
        plainer_ones = [
            device._replace(names_mac=False),
            device._replace(certificate=None),
            device._replace(proxied=None),
            device._replace(manageable=False),
            device._replace(own_banner=False),
            device._replace(shows=None, shown=None),
        ]
        for plain in plainer_ones:
            if plain != device:
                yield world._replace(devices=(*world.devices[:number], plain, *world.devices[number + 1 :]))
    if world.spelling:
        yield world._replace(spelling=0)
    if world.family:
        yield world._replace(family=False)


def _at(world: World, at: int, night: Night) -> World:
    return world._replace(nights=(*world.nights[:at], night, *world.nights[at + 1 :]))


def _missing(night: Night, number: int, missed: int) -> Night:
    return night._replace(missed=(*night.missed[:number], missed, *night.missed[number + 1 :]))


def _put(states: tuple[State, ...], number: int, state: State) -> tuple[State, ...]:
    return (*states[:number], state, *states[number + 1 :])


def _without(world: World, number: int, mask: int) -> World:
    """The world in which every source misses a device, and no table has an old entry of it."""
    nights = tuple(_missing(night, number, mask)._replace(stale=night.stale - {number}) for night in world.nights)
    return world._replace(nights=nights)
