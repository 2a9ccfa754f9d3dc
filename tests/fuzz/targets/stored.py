"""What the program stored and reads back: the state of a scan for `--resume`, and the JSON in the inventory's columns.

A file of an inventory may be damaged, or edited by hand: that is an error of our own, and never a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

from scanner.core.errors import PhonescanError
from scanner.core.target_syntax import parse
from scanner.discovery import registry
from scanner.discovery.declaration import Discovery
from scanner.discovery.options import Options
from scanner.engine import checkpoint
from scanner.engine.checkpoint import Checkpoints
from scanner.engine.hosts.next_step import declared_exchanges
from scanner.engine.state import RunState, new_state
from scanner.engine.sweep.sockets import udp_probes
from scanner.schedule.notification import Sent
from tests.fuzz.material import text
from tests.fuzz.target import Target

_TARGETS = parse(["10.0.0.0/24"])


def targets() -> Iterator[Target]:
    """The state of a scan, and the mark of what was sent."""
    yield Target("engine.checkpoint", _state, _states, (PhonescanError,), 8192)
    yield Target("schedule.mark", lambda data: Sent.of(text(data)), lambda: (b'{"a": "b"}', b"{}"), ())


def _fresh() -> RunState:
    return new_state(_TARGETS.count(), 11, 0.0, udp_probes(_discoveries(), _TARGETS.count()))


def _state(data: bytes) -> None:
    """A state is restored and saved again, or is an error."""
    try:
        saved = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(saved, dict):
        state = _fresh()
        checkpoint.restore(state, saved, _TARGETS, declared_exchanges(_discoveries()))
        json.dumps(Checkpoints(state).save(0))


def _states() -> Iterator[bytes]:
    state = _fresh()
    yield json.dumps(Checkpoints(state).save(0)).encode()
    state.hosts.responsive.add(7)
    state.sweep.eligible.add_range(3, 90)
    yield json.dumps(Checkpoints(state).save(3)).encode()


@cache
def _discoveries() -> tuple[Discovery, ...]:
    return tuple(registry.all_discoveries(Options()).values())
