"""A world as a scenario, one JSON line as in `../shared/scenarios`: a failure can be read, kept and repeated."""

from __future__ import annotations

import json

from tests.worlds.checks import Check
from tests.worlds.reduce import reduced
from tests.worlds.sources import sightings
from tests.worlds.world import World


def truth(world: World) -> str:
    """The devices of a world that any source sees, and their states, in lines."""
    lines = []
    seen = {one.device for night in sightings(world) for one in night}
    for device in (one for one in world.devices if one.number in seen):
        what = f"{device.product.maker} {device.product.model}" if device.product else device.kind.value
        traits = [
            "names its mac" if device.names_mac else "",
            f"certificate {device.certificate}" if device.certificate else "",
            f"behind NAT of {device.behind_nat}" if device.behind_nat is not None else "",
            f"ARP by {device.proxied}" if device.proxied is not None else "",
            f"shows {device.shows!r}" if device.shows else "",
        ]
        nights = "; ".join(
            f"{night.day}: {state.ip} port {state.port} {state.firmware} {state.mode.value}"
            for night in world.nights
            for state in [night.states[device.number]]
        )
        lines.append(f"{device.number} {what} {device.mac} ({', '.join(filter(None, traits))}) {nights}")
    return "\n".join(lines)


def scenario(world: World, name: str, why: str) -> str:
    """One JSON line; `expect` is what a person adds."""
    steps = [[one.row for one in night] for night in sightings(world)]
    return json.dumps({"name": name, "why": why, "steps": steps, "expect": []})


def report(world: World, check: Check) -> str:
    """What a check finds in the smallest world that fails as this one does: in lines, the truth, and the scenario."""
    kind = check(world)[0].partition(":")[0]
    small = reduced(world, lambda one: any(line.partition(":")[0] == kind for line in check(one)))
    found = check(small)
    return "\n".join([*found, truth(small), scenario(small, "world: drawn", found[0])])
