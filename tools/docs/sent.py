"""The table of what is sent, from the declared discoveries: `python -m tools.docs.sent`.

docs/what-we-send.md contains its rows, and a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.discovery.cost import Cost
from scanner.discovery.declaration import Discovery
from scanner.discovery.options import Options
from scanner.discovery.registry import all_discoveries

HEAD = ("| discovery | request | destination | most of it, to one address or link |", "| --- | --- | --- | --- |")


def rows(discoveries: Iterable[Discovery]) -> Iterator[str]:
    """One row of Markdown for each step; those that only receive have one where their discovery does nothing else."""
    for discovery in discoveries:
        for step in discovery.steps:
            if step.transport is None and not discovery.passive:
                continue
            setting = f" (`{discovery.setting}`)" if discovery.setting else ""
            yield f"| `{discovery.name}` | {step.sends} | {step.destination}{setting} | {_words(step.cost())} |"


def _words(cost: Cost) -> str:
    octets = round(cost.octets, -1 if cost.octets < 1_000 else -2)  # the version in User-Agent changes the rest
    parts = [(cost.packets, "packet"), (octets, "octet"), (cost.connections, "connection")]
    return ", ".join(f"{number:,} {word}{'s' if number != 1 else ''}" for number, word in parts if number) or "–"


if __name__ == "__main__":
    print("\n".join((*HEAD, *rows(all_discoveries(Options()).values()))))
