"""`phonescan watch`: read the files that appear in a folder, each once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from scanner.app import file_reading
from scanner.app.session import Session
from scanner.cli.shared import click_command, ranges
from scanner.cli.shared.exit_status import DONE, PARTLY
from scanner.cli.shared.messages import print_message, write_lines
from scanner.cli.shared.signals import stopping
from scanner.cli.shared.summary import write_summary
from scanner.core.errors import InventoryError
from scanner.core.text import amount

#: Longest wait of `--once` for files that are still written, in seconds.
PATIENCE = 60.0
#: Seconds between two looks whether the command was ended.
TICK = 0.2


@click_command.define(
    "watch",
    identifies=True,
    help="Read the files that appear in a folder, each once, until the command is ended.\n\n"
    "A file is read when it is complete: its name is not that of a part (`.part`, `.tmp`, a dot at its begin), it has "
    "not changed for two seconds, and no program writes it. Then it is moved to the folder `read` beside it, or to "
    "`failed` with its reason. Formats are those of `read`.",
    examples=[
        "phonescan watch /srv/exports",
        "phonescan watch --once --done mark --site hq /var/lib/oxidized/configs",
    ],
)
@click.argument("folder", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--done",
    type=click.Choice(["move", "mark"]),
    default="move",
    show_default=True,
    help="Move files that were read, or leave them and mark them in the inventory until they change.",
)
@click.option("--every", type=ranges.FiniteRange(0.1, 86_400), default=2.0, show_default=True, help="Seconds.")
@click.option("--once", is_flag=True, help="End when every file that is there was read.")
@click.option("--as", "format_name", metavar="FORMAT", help="The format, where the content does not show it.")
@click.option("--map", "words", metavar="COLUMN=FIELD", multiple=True, help="As in `read`: what a column is.")
@click.option("--site", metavar="NAME", default="", help="Site of the devices, where file and settings name none.")
@click.option("--keep-all", is_flag=True, help="Keep devices that are not phones in the inventory as well.")
def command(
    session: Session,
    folder: Path,
    done: Literal["move", "mark"],
    every: float,
    once: bool,
    format_name: str | None,
    words: tuple[str, ...],
    site: str,
    keep_all: bool,
) -> int:
    """Look at the folder until a signal, or with `once` until no file is left."""
    from scanner.app.watching import FolderWatch, Watched

    columns = file_reading.chosen_columns(session.settings, words)
    watched = Watched(folder, done, format_name, site, columns, keep_all)
    with stopping("the watching") as stop:
        watch = FolderWatch(session, watched, lambda line: write_lines([line]))
        begun = time.monotonic()
        while not stop.is_set():
            try:
                summary = watch.look(stop.is_set)
            except InventoryError as error:
                if once:
                    raise
                print_message(f"{error}; the files are read when it can be written")
                summary = None
            if summary is not None:
                write_summary(summary)
                continue
            if once and (not watch.looks.waiting() or time.monotonic() - begun > PATIENCE):
                break
            _sleep(min(every, 0.5) if once else every, stop.is_set)
    if once and (left := watch.looks.waiting()):
        print_message(f"{amount(len(left), 'file')} not read, since not complete: {', '.join(left[:10])}")
        return PARTLY
    return PARTLY if once and watch.missed else DONE


def _sleep(seconds: float, stopped: Callable[[], bool]) -> None:
    """Wait until the next look, or until the command is ended."""
    end = time.monotonic() + seconds
    while not stopped() and (left := end - time.monotonic()) > 0:
        time.sleep(min(TICK, left))
