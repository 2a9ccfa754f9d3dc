"""The rooms of the package: which may import which, and where sockets, SQL, clock, environment and click may stand."""

from __future__ import annotations

import pytest

from tests import borders


def test_every_room_has_a_place_in_the_order() -> None:
    assert {borders.room(module) for module in borders.modules()} == set(borders.MAY_IMPORT)


def test_the_order_of_the_rooms_has_no_circle() -> None:
    assert borders.circles(borders.MAY_IMPORT) == []


def test_a_room_imports_only_rooms_below_it() -> None:
    assert borders.arrows_up() == []


def test_the_architecture_page_shows_what_each_room_may_import() -> None:
    page = (borders.PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [
        line.strip("| ").split(" | ")
        for line in page.partition("| --- | --- | --- |")[2].partition("\n\n")[0].splitlines()
    ]
    shown = {row[0].strip("`").removesuffix("/").removesuffix(".py"): row[-1].strip(" |") for row in rows if row[0]}
    allowed = {room: ", ".join(rooms) or "–" for room, rooms in borders.MAY_IMPORT.items()}
    assert shown == {room: text for room, text in allowed.items() if room not in ("scanner", "__main__")}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert [" ↔ ".join(circle) for circle in borders.circles(borders.graph())] == []


def test_sockets_sql_clock_environment_and_click_stand_in_their_rooms_alone() -> None:
    assert borders.reaches() == []


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["a", "e"], "e": ["d"]}, [["b", "c"], ["d", "e"]]),
    ],
)
def test_the_finder_of_circles_finds_each_one_once(graph: dict[str, list[str]], expected: list[list[str]]) -> None:
    assert borders.circles(graph) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import scanner.core.text",
        "from scanner.core import text",
        "from scanner.core.text import shown",
        "def later():\n    from scanner.core.text import shown",
        "if TYPE_CHECKING:\n    from scanner.core.text import shown",
        "import_module('scanner.core.text')",
    ],
)
def test_an_import_is_found_wherever_it_stands(text: str) -> None:
    assert set(borders.imported(text)) == {"scanner.core.text"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import socket", "socket"),
        ("from http.client import HTTPConnection", "http.client"),
        ("from datetime import datetime\nx = datetime.now()", "datetime.now"),
        ("import datetime as d\nx = d.datetime.now()", "datetime.now"),
        ("from time import time", "time.time"),
        ("from os import environ", "os.environ"),
    ],
)
def test_a_use_is_found_however_it_is_spelled(text: str, name: str) -> None:
    assert name in borders.used(text)


def test_the_first_line_of_every_module_states_its_purpose() -> None:
    assert borders.unclear_first_lines() == []


def test_no_two_classes_of_the_package_have_the_same_name() -> None:
    assert borders.twice_named_classes() == []
