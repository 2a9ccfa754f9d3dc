"""Fixtures for all tests, and the list of tests that this machine cannot run.

A test states what it needs: `root` (raw sockets, network namespaces), `daemon("snmpd")` (a command on PATH), or by the
fixture `shared` the data beside the checkout. If that is missing, the test is skipped and listed with the reason; with
PHONESCAN_REQUIRE_ALL=1, as in `.ci/run`, the run fails. Missing `shared` data does not fail the run: a checkout may
stand alone. A test without the markers `network`, `root` and `daemon` opens no connection.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.programs import plain_environment

#: `make test` and CI draw the same inputs in every run; `make quick` draws few, `make search` others and many more.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("quick", max_examples=10, derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1_000, deadline=None)
settings.load_profile("same")

plain_environment()

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("PHONESCAN_SHARED", ROOT.parent / "shared"))
NO_SHARED = "shared data is not beside the checkout"


def _may_make_namespaces() -> bool:
    probe = ["unshare", "--net", "true"]
    try:
        return os.geteuid() == 0 and subprocess.run(probe, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = _may_make_namespaces()
    for item in items:
        if not root and item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root and network namespaces"))
        if "shared" in getattr(item, "fixturenames", ()) and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason=NO_SHARED))
        for marker in item.iter_markers("daemon"):
            for command in marker.args:
                if shutil.which(command) is None:
                    item.add_marker(pytest.mark.skip(reason=f"needs {command}"))


_left_out: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _left_out[report.nodeid] = str(report.longrepr[2]).removeprefix("Skipped: ")


def _must_run_all() -> bool:
    return os.environ.get("PHONESCAN_REQUIRE_ALL") == "1"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _left_out:
        terminalreporter.section("left out on this machine")
        for test, reason in sorted(_left_out.items()):
            terminalreporter.line(f"{test}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    missing = [test for test, reason in _left_out.items() if reason != NO_SHARED]
    if missing and _must_run_all() and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout with corpus, catalogs and recordings."""
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _temporary_files_of_this_run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Temporary files of the tests and of the programs that they start are in a folder of this run, removed at its end.

    Others may pass through it: daemons that give up root look for their sockets there.
    """
    tmp_path_factory.getbasetemp()  # stays where pytest puts it, for a look at a test that failed
    with tempfile.TemporaryDirectory(prefix="phonescan-tests-") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o711)
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(autouse=True)
def _no_connection_without_a_marker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if any(request.node.get_closest_marker(name) for name in ("network", "root", "daemon")):
        return

    connect = socket.socket.connect

    def local(self: socket.socket, address: str) -> None:
        assert self.family == socket.AF_UNIX, "this test opens a connection: mark it with pytest.mark.network"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local)


def _state() -> tuple[object, ...]:
    """What a test could leave behind in the process: forbidden ports, environment, working directory."""
    from scanner.engine import guard

    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return guard.never(), environment, os.getcwd()


@pytest.fixture(autouse=True)
def _no_state_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test leaves the process as it was, and starts without revealed secrets."""
    from scanner.settings import secrets

    monkeypatch.setattr(secrets, "_revealed", set())
    before = _state()
    yield
    monkeypatch.undo()
    assert _state() == before
