"""Programs that a test starts: each ends with its context, whatever it does, and what it says is waited for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

#: Where commands are looked for: daemons and their tools are not on every user's path.
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program and its text streams, as `subprocess.Popen` has them; told to end with the context, and made to.

    `Popen` as a context would wait for a program that never ends, and hide why the test failed.
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


def said(stream: IO[str] | None, word: str) -> str:
    """The next line of a stream that holds a word. Fails with what was said instead when the stream ends before."""
    assert stream is not None, "this stream of the program is not read"
    heard: list[str] = []
    for line in stream:
        heard.append(line)
        if word in line:
            return line
    raise AssertionError(f"it ended without saying {word!r}: {''.join(heard)[-2000:]}")
