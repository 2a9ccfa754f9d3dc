"""Reports within the size of a message: attached, zipped, or left out and named with their place."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, strategies

from scanner.notify.attachments import MEDIA, Attachment, ReportFile, encoded, fit, in_folder
from scanner.reports import FORMATS


def report(folder: Path, name: str, size: int, *, dense: bool = False, page: str = "") -> ReportFile:
    path = folder / name
    path.write_bytes(random.Random(1).randbytes(size) if dense else b"<p>row</p>" * (size // 10))
    return ReportFile(path, path.suffix[1:], page)


def test_reports_that_fit_are_attached_without_a_note(tmp_path: Path) -> None:
    reports = [report(tmp_path, "a.html", 1000), report(tmp_path, "b.xlsx", 500, dense=True)]
    attached = fit(reports, 10_000)
    assert [(file.name, file.media, len(file.content)) for file in attached.files] == [
        ("a.html", "text/html", 1000), ("b.xlsx", MEDIA["xlsx"], 500),
    ]  # fmt: skip
    assert attached.notes == ()


def test_the_largest_report_is_zipped_first_and_named(tmp_path: Path) -> None:
    reports = [report(tmp_path, "small.csv", 5_000), report(tmp_path, "large.html", 200_000)]
    attached = fit(reports, 50_000)
    assert [file.name for file in attached.files] == ["small.csv", "large.html.zip"]
    with ZipFile(io.BytesIO(attached.files[1].content)) as packed:
        assert packed.read("large.html") == reports[1].path.read_bytes()
    assert attached.notes == ("large.html is attached as a zip file: it has 0.2 MB",)


def test_a_report_that_is_too_large_as_a_zip_file_is_linked(tmp_path: Path) -> None:
    reports = [
        report(tmp_path, "a.csv", 900_000, dense=True, page="https://phones.example.org/devices"),
        report(tmp_path, "b.html", 3_000),
    ]
    attached = fit(reports, 100_000)
    assert [file.name for file in attached.files] == ["b.html"]
    assert attached.notes == (
        f"a.csv is not attached, it has 0.9 MB: https://phones.example.org/devices or {tmp_path}/a.csv",
    )
    assert fit(reports, 0, "the mail server rejects it").notes[1] == (
        f"b.html is not attached, the mail server rejects it: {tmp_path}/b.html"
    )


def test_a_report_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    reports = [ReportFile(tmp_path / name, "html") for name in ("none.html", "folder", "sub/\x1bx.html")]
    attached = fit([*reports, report(tmp_path, "good.html", 10)], 10_000)
    assert [file.name for file in attached.files] == ["good.html"]
    assert attached.notes[0] == "none.html cannot be attached (No such file or directory)"
    assert "folder" in attached.notes[1]
    assert "\x1b" not in attached.notes[2]


def test_a_report_that_is_removed_while_it_is_attached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def removed(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    monkeypatch.setattr(Path, "read_bytes", removed)
    attached = fit([ReportFile(Path(__file__), "csv", "")], 10**6)
    assert attached.files == ()
    assert attached.notes == ("test_attachments.py cannot be attached (No such file or directory)",)


def test_a_report_that_is_no_smaller_as_a_zip_file_is_attached_as_it_is(tmp_path: Path) -> None:
    reports = [report(tmp_path, "dense.html", 10_000, dense=True), report(tmp_path, "b.html", 9_000)]
    attached = fit(reports, encoded(11_000) + encoded(1_000))
    assert [file.name for file in attached.files] == ["dense.html", "b.html.zip"]


def test_a_file_with_a_time_before_1980_is_zipped(tmp_path: Path) -> None:
    old = report(tmp_path, "old.html", 100_000)
    os.utime(old.path, (0, 0))
    assert [file.name for file in fit([old], 20_000).files] == ["old.html.zip"]


def test_reports_of_one_name_are_two_files(tmp_path: Path) -> None:
    (tmp_path / "hq").mkdir()
    attached = fit([report(tmp_path, "a.csv", 10), report(tmp_path / "hq", "A.csv", 20)], 10_000)
    assert [file.name for file in attached.files] == ["a.csv", "2-A.csv"]
    with in_folder(attached.files) as paths:
        assert [Path(path).stat().st_size for path in paths] == [10, 20]
    assert not Path(paths[0]).exists()


def test_every_format_of_a_report_has_a_media_type() -> None:
    assert set(FORMATS) <= set(MEDIA)


@given(strategies.lists(strategies.tuples(strategies.integers(0, 3_000), strategies.booleans()), max_size=6),
       strategies.integers(0, 12_000))  # fmt: skip
def test_the_attachments_fit_and_every_report_is_attached_or_named(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[tuple[int, bool]], room: int
) -> None:
    folder = tmp_path_factory.mktemp("reports")
    reports = [report(folder, f"{at}.csv", size * 10, dense=dense) for at, (size, dense) in enumerate(sizes)]
    attached = fit(reports, room)
    assert sum(encoded(len(file.content)) for file in attached.files) <= max(room, 0)
    whole = {file.name for file in attached.files if not file.name.endswith(".zip")}
    assert len(whole) + len(attached.notes) == len(reports)


def test_the_encoded_size_is_that_of_base64() -> None:
    from email.message import EmailMessage
    from email.policy import SMTP

    for size in (0, 1, 56, 57, 58, 100_000):
        mail = EmailMessage(policy=SMTP)
        mail.add_attachment(b"x" * size, maintype="text", subtype="html", filename=Attachment("a.html", "", b"").name)
        assert 0 < encoded(size) - len(mail.as_bytes()) < 450
