"""Turns of phrase that are not those of network engineering do not return to code, messages and documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import material

#: People where there are packets, and dialect where there is a term. Each was found in code or docs.
TURNS = re.compile(
    r"""
      \btold\b | \btells?\b | \bnobody\b | \bsomebody\b | \bhangs?\ on\b | \bheard\ of\b | \bspeaks?\ of\b
    | \bwho\ (?:answer|answers|answered|is\ there|are\ there|was|were|has|have|it|they)\b
    | (?<!there\ )\bis\ no\ [a-z]+ | (?<!there\ )\bare\ no\ [a-z]+
    | \bgoes\ on\ without\b | \bsettles?d?\b.{0,20}\bmatter\b | \bthose\ (?:who|that)\ are\b
    | \bthere\ (?:to\ be|is\ nothing)\ (?:asked|told)\b | \bon\ its\ own\b.{0,12}\bword\b | \bbelongs?\ to\ nobody\b
    | \bwith\ nothing\ left\b | \bwhere\ it\ hangs\b | \bsaid\ so\b | \bthe\ silent\b | \bwhoever\b | \bout\ of\ hand\b
    | \bto\ itself\ alone\b | \bgave\ 0\b | \bworks?\ in\ vain\b | \bcannot\ be\ meant\b | \bis\ meant\ from\b
    """,
    re.X | re.I,
)
#: Verbs of people. A host responds, a message contains, a rule matches, a source reports.
PEOPLE = re.compile(
    r"\b(?:says?(?! what to do)|said|speaks?|spoken?|hears?|heard|asks?|asked|asking|talks?|talked|answers?(?!\")"
    r"|answering|silent|silence|anew|meant|whoever|is gone|are gone|believed?|remembers?|remembered|forgotten"
    r"|knows|knew)\b",
    re.I,
)
#: Words that messages and help texts do not contain → the term of docs/vocabulary.md.
REPLACED = {
    r"asks?|asked|questions?": "query, request",
    r"answers?|answering": "response, respond",
    r"tells?|told|says?|said": "report, contain",
    r"hears?|heard": "receive, observe",
    r"silent|silence": "unresponsive",
    r"nobody|somebody": "no host, no device",
    r"helpers?|crew": "worker",
    r"knocks?": "TCP probe",
    r"hangs?": "is connected to",
    r"mistakes?": "error",
    r"anew": "again",
}
#: The largest accepted number of these words. It only goes down.
REPLACED_IN_MESSAGES = 7
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)

#: Tree → the largest accepted numbers of turns and of verbs of people. The numbers only go down.
LIMITS = {
    "docs": (0, 0),
    "README.md": (0, 0),
    "CONTRIBUTING.md": (0, 0),
    "CHANGELOG.md": (0, 0),
    "fingerprints/README.md": (0, 0),
    "tools": (0, 0),
    "scanner/core": (0, 0),
    "scanner/settings": (0, 0),
    "tests/core": (0, 0),
    "tests/settings": (0, 0),
    "tests/docs": (0, 0),
    "scanner": (12, 34),
    "tests": (129, 890),
}


def texts(tree: str) -> Iterator[tuple[Path, str]]:
    """Every text of a tree; of Markdown without code, which quotes messages and other programs."""
    root = material.ROOT / tree
    for path in [root] if root.is_file() else sorted(root.rglob("*")):
        if path.suffix in {".py", ".md", ".html"} and path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            yield path, _CODE.sub("", text) if path.suffix == ".md" else text


def found(pattern: re.Pattern[str], tree: str) -> list[str]:
    """`PATH: WORDS` of each match in a tree; a line end counts as a blank."""
    return [
        f"{path.relative_to(material.ROOT)}: {match[0]}"
        for path, text in texts(tree)
        for match in pattern.finditer(re.sub(r"\s+", " ", text))
    ]


@pytest.mark.parametrize("tree", LIMITS)
@pytest.mark.slow
def test_turns_do_not_return(tree: str) -> None:
    turns, people = found(TURNS, tree), found(PEOPLE, tree)
    assert len(turns) <= LIMITS[tree][0], "\n".join(turns)
    assert len(people) <= LIMITS[tree][1], "\n".join(people)


def messages() -> Iterator[tuple[str, str]]:
    """(place, text) of the text constants in errors, log calls, printed lines and help texts."""
    calls = {"print_message", "echo", "fault", "warning", "info", "error"}
    for path in sorted((material.ROOT / "scanner").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Raise(exc=ast.Call() as source):
                    pass
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in calls:
                    source = node
                case ast.keyword(arg="help" | "epilog", value=source):
                    pass
                case _:
                    continue
            for each in ast.walk(source):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield str(path.relative_to(material.ROOT)), each.value


def test_messages_and_help_texts_use_the_terms() -> None:
    texts_of_messages = set(messages())
    assert len(texts_of_messages) > 500
    wrong = [
        f"{place}: {text.strip()[:80]!r}: {term}"
        for place, text in texts_of_messages
        for word, term in REPLACED.items()
        for _ in re.finditer(rf"(?<![\w-])(?:{word})(?![\w-])", text, re.I)
    ]
    assert len(wrong) <= REPLACED_IN_MESSAGES, "\n".join(sorted(wrong))
