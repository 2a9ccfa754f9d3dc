"""Programs that a test starts: each is ended with its context, and its output is read line by line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

#: Where commands are looked for: an ordinary user's PATH lacks the folders of daemons, their tools and plugins.
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/nagios/plugins"
#: The way to a package index through a proxy, for programs that install packages. Others reach loopback alone.
PROXIES = {name: value for name, value in os.environ.items() if re.fullmatch(r"(?i)(http|https|no|all)_proxy", name)}
#: What a machine decides: where programs, homes and packages are, and what our own variables of tests choose.
_OF_THE_MACHINE = re.compile(
    r"HOME|USER|LOGNAME|SHELL|TMPDIR|LD_LIBRARY_PATH|(PYTEST|PIP|SSL_CERT)_\w+"
    r"|PHONESCAN_(REQUIRE_ALL|SHARED|WORLDS|SCREENSHOTS)"
)
#: Signals that end a program.
_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def plain_environment() -> None:
    """Make this process and what it starts independent of the variables, time zone, umask and signals of the caller.

    Width, colors, language, proxies, MIBs and the like of a machine would decide results of tests; so would signals
    that nohup(1), or a shell for a command in the background, ignores.
    """
    for name in [name for name in os.environ if not _OF_THE_MACHINE.fullmatch(name)]:
        del os.environ[name]
    os.environ.update(PATH=SYSTEM_PATH, LC_ALL="C.UTF-8", TZ="UTC")
    time.tzset()
    os.umask(0o022)
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:  # as before here, and the default in what is executed from here
            signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program and its text streams, as of `subprocess.Popen`; ended by SIGTERM, after ten seconds by SIGKILL.

    `Popen` as a context would wait for a program that does not end, and hide why the test failed.
    """
    process = subprocess.Popen(command, text=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def line_with(stream: IO[str] | None, word: str) -> str:
    """The next line of a stream that contains `word`. Fails with the lines read when the stream ends before."""
    assert stream is not None, "this stream of the program is not a pipe"
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        if word in line:
            return line
    raise AssertionError(f"the output ended without {word!r}: {''.join(lines)[-2000:]}")
