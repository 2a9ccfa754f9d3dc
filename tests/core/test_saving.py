"""Files are written whole or not at all, keep their mode, follow no link of others, and leave nothing after a kill."""

from __future__ import annotations

import ast
import fcntl
import os
import signal
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.core import saving
from scanner.core.errors import PhonescanError
from tests import borders

#: A user that owns nothing else, and may be given files by root alone.
STRANGER = 4242


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_new_file_and_a_new_folder_are_of_the_owner_and_the_group(tmp_path: Path, umask: int) -> None:
    saving.folder(tmp_path / "a" / "b")
    saving.write(tmp_path / "a" / "b" / "f", b"new")
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o750 & ~umask] * 2
    assert mode(tmp_path / "a" / "b" / "f") == 0o640 & ~umask
    saving.write(tmp_path / "unit", b"x", 0o644)
    assert mode(tmp_path / "unit") == 0o644 & ~umask


@pytest.mark.parametrize("kept", [0o600, 0o400, 0o644, 0o664, 0o640])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path, umask: int, kept: int) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(kept)
    saving.write(path, b"new")
    assert (path.read_bytes(), mode(path), names(tmp_path)) == (b"new", kept, ["f"])


def test_a_set_user_bit_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"")
    path.chmod(0o4755)
    saving.write(path, b"x")
    assert mode(path) == 0o755


@pytest.mark.root
def test_a_file_that_is_replaced_keeps_owner_group_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    os.chown(path, STRANGER, STRANGER + 1)
    path.chmod(0o660)
    os.setxattr(path, "user.origin", b"nightly")
    saving.write(path, b"new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, mode(path)) == (STRANGER, STRANGER + 1, 0o660)
    assert os.getxattr(path, "user.origin") == b"nightly"


def test_a_file_that_is_replaced_keeps_its_acl(tmp_path: Path) -> None:
    """The entries of acl(5) as Linux stores them: tag, rights, number of a user; the last but one is the mask."""
    path = tmp_path / "f"
    path.write_bytes(b"old")
    entries = ((1, 6, -1), (2, 4, STRANGER), (4, 4, -1), (0x10, 4, -1), (0x20, 0, -1))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_access", acl)
    saving.write(path, b"new")
    assert os.getxattr(path, "system.posix_acl_access") == acl


def test_a_file_that_is_replaced_gets_no_acl_from_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(0o640)
    entries = ((1, 7, -1), (2, 6, STRANGER), (4, 5, -1), (0x10, 7, -1), (0x20, 0, -1))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    os.setxattr(tmp_path, "system.posix_acl_default", acl)
    saving.write(path, b"new")
    assert (os.listxattr(path), mode(path)) == ([], 0o640)


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_a_database_and_its_journals_are_not_replaced(tmp_path: Path, end: str) -> None:
    database = tmp_path / "inventory.sqlite"
    database.write_bytes(b"SQLite format 3\x00 and its pages")
    path = tmp_path / f"inventory.sqlite{end}"
    before = path.read_bytes() if path.exists() else None
    if end:
        path.write_bytes(before := b"journal")
    (tmp_path / "link").symlink_to(path)
    for name in (path, tmp_path / "link"):
        with pytest.raises(PhonescanError, match="is a database, which is not replaced; choose another file"):
            saving.write(name, b"report")
    assert path.read_bytes() == before


@pytest.mark.root
def test_a_file_that_another_user_planted_in_a_folder_of_all_is_not_replaced(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    path = tmp_path / "report"
    path.write_bytes(b"planted")
    os.chown(path, STRANGER, STRANGER)
    with pytest.raises(PhonescanError, match="Permission denied"):
        saving.write(path, b"secret")
    assert path.read_bytes() == b"planted"


@pytest.mark.parametrize("number", ["99", "4294967297", "9" * 30, "READ"])
def test_a_descriptor_that_cannot_be_written_is_one_sentence(number: str) -> None:
    reader, writer = os.pipe()
    try:
        path = Path(f"/dev/fd/{reader if number == 'READ' else number}")
        with pytest.raises(PhonescanError, match=f"{path} cannot be written .Bad file descriptor"):
            saving.write(path, b"x")
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.root
def test_a_group_that_cannot_be_kept_leaves_no_rights_to_another(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    os.chown(path, STRANGER, 0)
    path.chmod(0o660)
    tmp_path.chmod(0o777)
    code = "import os, sys; from pathlib import Path; from scanner.core import saving; os.chdir(sys.argv[1])"
    code += f"; os.setgroups([]); os.setgid({STRANGER}); os.setuid({STRANGER}); saving.write(Path('f'), b'new')"
    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=borders.PACKAGE.parent, check=True)
    assert (path.read_bytes(), path.stat().st_gid, mode(path)) == (b"new", STRANGER, 0o600)


def test_an_own_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "latest").symlink_to(tmp_path / "real" / "report")
    for content in (b"one", b"two"):
        saving.write(tmp_path / "link" / "latest", content)
        assert (tmp_path / "real" / "report").read_bytes() == content
    assert (tmp_path / "real" / "latest").is_symlink()
    assert names(tmp_path / "real") == ["latest", "report"]


@pytest.mark.root
@pytest.mark.parametrize("where", ["file", "folder", "dangling", "chain"])
def test_a_link_of_another_user_is_not_followed(tmp_path: Path, where: str) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.mkdir()
    shared.chmod(0o1777)
    own.mkdir()
    (own / "secret").write_bytes(b"kept")
    target, path = {
        "file": (own / "secret", shared / "report"),
        "folder": (own, shared / "report" / "secret"),
        "dangling": (own / "new", shared / "report"),
        "chain": (own / "secret", shared / "first"),
    }[where]
    (shared / "report").symlink_to(target)
    os.lchown(shared / "report", STRANGER, STRANGER)
    if where == "chain":
        path.symlink_to("report")
    with pytest.raises(PhonescanError, match="leads through a link of another user; name the file itself"):
        saving.write(path, b"new")
    assert ((own / "secret").read_bytes(), names(own)) == (b"kept", ["secret"])


@pytest.mark.root
def test_a_pipe_or_a_link_to_a_descriptor_of_another_user_is_not_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    os.mkfifo(tmp_path / "pipe")
    reader, writer = os.pipe()
    (tmp_path / "out").symlink_to(f"/dev/fd/{writer}")
    for planted in ("pipe", "out"):
        os.lchown(tmp_path / planted, STRANGER, STRANGER)
        with pytest.raises(PhonescanError):
            saving.write(tmp_path / planted, b"x")
    os.close(writer)
    assert os.read(reader, 10) == b""
    os.close(reader)


def test_a_loop_of_links_and_a_missing_folder_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for path, why in ((tmp_path / "a", "Too many levels"), (tmp_path / "no" / "f", "No such file"), (tmp_path, "Is a")):
        with pytest.raises(PhonescanError, match=f"cannot be written .{why}"):
            saving.write(path, b"x")
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("content", [b"", b"x" * 100_000])
def test_an_error_in_mid_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def fail() -> None:
        with saving.replacing(path) as stream:
            stream.write(content)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["f"])


def test_devices_and_pipes_are_written_as_they_are(tmp_path: Path) -> None:
    saving.write(Path("/dev/null"), b"x")
    with pytest.raises(PhonescanError, match="No space left on device"):
        saving.write(Path("/dev/full"), b"x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_file_behind_standard_output_keeps_what_it_contains(tmp_path: Path) -> None:
    code = "from scanner.core import saving; from pathlib import Path; saving.write(Path('/dev/stdout'), b'two')"
    with (tmp_path / "f").open("ab") as out:
        out.write(b"one ")
        out.flush()
        subprocess.run([sys.executable, "-c", code], cwd=borders.PACKAGE.parent, stdout=out, check=True)
    assert (tmp_path / "f").read_bytes() == b"one two"


_STOPPED = """
import sys, time
from pathlib import Path
from scanner.core import saving
with saving.replacing(Path(sys.argv[1])) as stream:
    stream.write(b"x" * 100_000)
    stream.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def test_leftovers_of_a_killed_run_are_deleted_and_those_of_a_running_one_are_not(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    other = tmp_path / ".notes.part"
    other.write_bytes(b"of another program")
    with subprocess.Popen(
        [sys.executable, "-c", _STOPPED, path], cwd=borders.PACKAGE.parent, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        saving.write(tmp_path / "g", b"other")
        assert len(names(tmp_path)) == 4  # with its part file
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.read_bytes() == b"old"
    saving.write(tmp_path / "g", b"other")
    assert names(tmp_path) == [".notes.part", "f", "g"]


def test_a_planted_part_file_is_neither_opened_nor_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"kept")
    for pid in (os.getpid(), os.getpid() + 1):
        (tmp_path / f".f.{pid}.part").symlink_to("victim")
    (tmp_path / ".f.phonescan-0123456789abcdef.part").symlink_to("victim")
    saving.write(tmp_path / "f", b"new")
    assert (tmp_path / "victim").read_bytes() == b"kept"


def test_a_long_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 127)
    saving.write(path, b"new")
    assert names(tmp_path) == [path.name]


#: Calls that change the file system whatever they belong to, and calls that do where they are of `os` or `shutil`.
_CHANGES = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "mkdir", "makedirs", "unlink", "symlink_to"}
_OF_SYSTEM = {
    "open", "mkdir", "makedirs", "mkfifo", "mknod", "rename", "renames", "replace", "link", "symlink", "remove",
    "unlink", "rmdir", "removedirs", "truncate", "chmod", "chown", "lchown", "copy", "copy2", "copyfile", "copytree",
    "move", "rmtree",
}  # fmt: skip


def changes(tree: ast.AST) -> Iterator[str]:
    """The calls of a module that write to the file system; what is opened to be read is left out."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        text, func = ast.unparse(node), node.func
        name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        owner = ast.unparse(func.value) if isinstance(func, ast.Attribute) else None
        if "os.devnull" in text or (owner == "os" and "O_RDONLY" in text):
            continue
        opens = name == "open" and bool(_mode(node, 1 if owner is None else 0) & set("wax+"))
        of_system = owner in ("os", "shutil") and name in _OF_SYSTEM
        if opens or of_system or name in _CHANGES or name.endswith("FileHandler"):
            yield text


def _mode(call: ast.Call, place: int) -> set[str]:
    """The characters of the mode of an `open`; all where it is computed."""
    given = [key.value for key in call.keywords if key.arg == "mode"] or call.args[place : place + 1]
    if not given:
        return set()
    value = given[0].value if isinstance(given[0], ast.Constant) else None
    if not isinstance(value, str):
        return set() if isinstance(call.func, ast.Attribute) else set("w")
    return set(value) if set(value) <= set("rwxabtU+") else set()


def test_no_other_module_writes_a_file() -> None:
    found = {module: list(changes(borders.tree(module))) for module in borders.modules()}
    assert found.pop("scanner.core.saving")
    assert {module: calls for module, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "text",
    ["open(p, 'w')", "open(p, mode)", "p.open('ab')", "p.open(mode='x')", "p.write_text('')", "os.open(p, flags)",
     "shutil.move(a, b)", "os.replace(a, b)", "logging.FileHandler(p)", "p.parent.mkdir()"],
)  # fmt: skip
def test_a_call_that_writes_is_found(text: str) -> None:
    assert list(changes(ast.parse(text))) == [text]


@pytest.mark.parametrize(
    "text",
    ["open(p)", "p.open('rb')", "Inventory.open(path, create=True)", "text.replace('a', 'b')", "items.remove(1)"],
)
def test_a_call_that_reads_is_not(text: str) -> None:
    assert list(changes(ast.parse(text))) == []


@pytest.mark.parametrize("planted", ["file", "link"])
def test_a_file_that_another_program_put_at_the_random_name_is_not_written(
    planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving.secrets, "token_hex", lambda octets: "00" * octets)
    other = tmp_path / "other"
    other.write_text("of another program")
    name = tmp_path / f".f.phonescan-{'00' * 8}.part"
    name.hardlink_to(other) if planted == "file" else name.symlink_to(other)
    with open(other, encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # in use: it is not swept
        with pytest.raises(PhonescanError):
            saving.write(tmp_path / "f", b"x")
    assert other.read_text() == "of another program"
    assert not (tmp_path / "f").exists()


def test_part_files_of_one_target_have_other_names_each_time(tmp_path: Path) -> None:
    seen = set[str]()
    for _ in range(20):
        with saving.replacing(tmp_path / "f"):
            seen |= {name for name in os.listdir(tmp_path) if name.endswith(".part")}
    assert len(seen) == 20
