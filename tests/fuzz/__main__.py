"""`python -m tests.fuzz [--short] [--inputs N] [--for MINUTES] [--folder DIR] [TARGET...]`: hostile inputs by coverage.

Prints the inputs tried, survived and lost for each target, and in all as the last line; 1 when an input was lost.
`--replay TARGET FILE` runs one input and shows its traceback; `--list` names the targets.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.programs import plain_environment

#: Where a run without `--folder` keeps its inputs and figures.
FOLDER = ".fuzz"
#: Seconds over all targets and processors that `--short` draws inputs for, beside the start.
SHORT = 30.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="names, or their beginnings; all by default")
    parser.add_argument("--short", action="store_true", help="less than a minute, in a folder that is removed, for CI")
    parser.add_argument("--inputs", type=int, default=10_000_000, help="inputs of all targets and runs in the folder")
    parser.add_argument("--for", type=float, dest="minutes", default=24 * 60.0, help="minutes of this run at most")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument(
        "--folder", type=Path, default=Path(FOLDER), help="of inputs and figures; a later run continues"
    )
    parser.add_argument("--list", action="store_true", help="the names of the targets")
    parser.add_argument("--replay", nargs=2, metavar=("TARGET", "FILE"), help="run one input, with its traceback")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if not options.list and not options.replay:
        _instrument()
    from tests.fuzz import campaign
    from tests.fuzz.record import Record
    from tests.fuzz.report import printed
    from tests.fuzz.targets import all_targets

    targets = all_targets()
    if options.list:
        print("\n".join(target.name for target in targets))
        return 0
    if options.replay:
        name, file = options.replay
        print(repr(next(target for target in targets if target.name == name).run(Path(file).read_bytes())))
        return 0
    chosen = [one for one in targets if not options.targets or one.name.startswith(tuple(options.targets))]
    if not chosen:
        print(f"no target begins with {options.targets}: `python -m tests.fuzz --list` names them", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        bounds = campaign.Bounds(options.inputs, options.minutes * 60, options.jobs)
        folder = options.folder
        if options.short:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="phonescan-fuzz-")))
            bounds = campaign.Bounds(options.inputs, SHORT, options.jobs, SHORT * options.jobs / len(chosen))
        begun = time.monotonic()
        record = Record(folder)
        tallies = campaign.run(chosen, record, bounds)
        return printed(tallies, record, time.monotonic() - begun)


def _instrument() -> None:
    """Import the parsers with counters for every branch of theirs. Ends the program where atheris is not installed."""
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: it has wheels for Linux on x86-64 (pip install -e '.[dev]')")
    from importlib import import_module

    import tests.fuzz.instrumented as instrumented

    sys.stderr.flush()
    saved = os.dup(2)  # each instrumented module is a line there
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            with atheris.instrument_imports(include=list(instrumented.PACKAGES), enable_loader_override=False):
                for name in instrumented.modules():
                    import_module(name)
        finally:
            os.dup2(saved, 2)
            os.close(saved)


if __name__ == "__main__":
    plain_environment()
    sys.exit(main())
