"""The command group: commands imported by name, and each result or exception mapped to an exit status.

An error is one sentence on standard error. With PHONESCAN_DEBUG=1 an unexpected one keeps its traceback.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from scanner.cli.names import COMMANDS, present
from scanner.cli.shared.exit_status import DONE, FAILED, PARTLY, USAGE
from scanner.cli.shared.messages import print_message
from scanner.core import shortage
from scanner.core.errors import PhonescanError, UsageError
from scanner.version import __version__


class CommandsByName(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the installed commands, in the order of the overview."""
        return list(present())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS or cmd_name not in present():
            return None
        command = import_module(f"scanner.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; the error for an unknown name contains the nearest known one."""
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, present(), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`phonescan --help` lists the commands"
            raise click.UsageError(f"unknown command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, from the table of names alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(present().items()))

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> int:
        """Run and exit with the status of the contract; with `standalone_mode` off, return it."""
        name = prog_name or "phonescan"
        variable = complete_var or "_PHONESCAN_COMPLETE"
        if instruction := os.environ.get(variable):
            sys.exit(exit_status_of(lambda: _complete(self, extra, name, variable, instruction)))
        words = sys.argv[1:] if args is None else list(args)

        def run() -> object:
            with self.make_context(name, words, **extra) as ctx:
                return self.invoke(ctx)

        status = exit_status_of(run)
        if standalone_mode:
            _discard_unwritable()
            sys.exit(status)
        return status


def exit_status_of(run: Callable[[], object]) -> int:
    """Run a command and return its exit status; errors are written to standard error."""
    try:
        result = run()
        sys.stdout.flush()
        return result if isinstance(result, int) else DONE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _usage_error(error)
    except PhonescanError as error:
        print_message(*map(str, error.args or ("",)))
        if _debugging():
            raise
        return error.exit_status
    except (click.Abort, KeyboardInterrupt):
        print_message("interrupted")
        return PARTLY
    except BrokenPipeError:
        return _output_closed()
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.ESHUTDOWN):
            return _output_closed()
        if _debugging():
            raise
        if short := shortage.sentence(error):
            print_message(short)
            return FAILED
        where = f"{error.filename}: " if error.filename else ""
        advice = "; make room, or write elsewhere" if error.errno == errno.ENOSPC else ""
        print_message(f"{where}{error.strerror or error}{advice}")
        return FAILED
    except Exception as error:
        if _interrupted(error):
            print_message("interrupted")
            return PARTLY
        if _debugging():
            raise
        if short := shortage.sentence(error):
            print_message(short)
            return FAILED
        print_message(f"{_fault(error)}; please report it with what `PHONESCAN_DEBUG=1` prints when you run this again")
        return FAILED


def _complete(program: click.Command, extra: dict[str, Any], name: str, variable: str, instruction: str) -> int:
    """Write what the completion script of a shell reads. Raises UsageError where another program set the variable."""
    from click.shell_completion import shell_complete

    try:
        return shell_complete(program, extra, name, variable, instruction)
    except (KeyError, ValueError):
        raise UsageError(f"{variable} is for the script of `phonescan completion`: unset it") from None


def _usage_error(error: click.ClickException) -> int:
    """Wrong usage: one line that names the help of the command."""
    ctx = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return USAGE
    message = " ".join(error.format_message().split()).rstrip(".")
    path = ctx.command_path if ctx is not None else "phonescan"
    message = message[:1].lower() + message[1:] if message[1:2].islower() else message
    print_message(f"{message} (see `{path} --help`)")
    return FAILED if isinstance(error, click.FileError) else USAGE


def _discard_unwritable() -> None:
    """Send what a stream still holds to the null device where it takes nothing: Python would report it at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, stream.fileno())
                os.close(null)


def _output_closed() -> int:
    """The reader of standard output has closed it: the normal end of `phonescan … | head`."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _debugging() -> bool:
    return os.environ.get("PHONESCAN_DEBUG", "") not in ("", "0")


def _interrupted(error: BaseException) -> bool:
    """Whether SIGINT caused an exception: Python replaces KeyboardInterrupt within `__set_name__`, for example."""
    found: BaseException | None = error
    for _ in range(8):
        if found is None or isinstance(found, KeyboardInterrupt):
            break
        found = found.__cause__ or found.__context__
    return isinstance(found, KeyboardInterrupt)


def _fault(error: Exception) -> str:
    """An unexpected exception in one line: its type, message, file and line."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if f"{os.sep}scanner{os.sep}" in code.co_filename:
            place = f" in {os.path.basename(code.co_filename)} line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"a fault in phonescan itself ({type(error).__name__}: {error}){place}"


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"phonescan {__version__}")
        ctx.exit()


EXAMPLES = """\b
Examples:
  phonescan scan 10.1.0.0/16 --exclude 10.1.9.0/24
  phonescan report noncompliant --format html -o report.html
  phonescan export csv -o inventory.csv
  phonescan demo
"""

phonescan = CommandsByName(
    "phonescan",
    help="Finds the IP phones on a network, and compares their firmware with the certified versions.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version and exit.",
        )
    ],
)
