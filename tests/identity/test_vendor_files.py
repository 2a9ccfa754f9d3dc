"""The vendor files match their own examples, and a mistake in one is reported with its line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scanner.core.errors import DataError
from scanner.identity.check import check
from scanner.identity.index import outlined
from scanner.identity.load import load, vendor_files
from scanner.identity.match import match
from scanner.identity.patterns import compiled, keywords
from scanner.identity.slow import slow
from scanner.identity.vendorfile import LoadedFile, RuleEntry, parse
from tests.nonempty import some

ORIGINS = load().origins
RULE = """
[[rule]]
field = "sip.user-agent"
pattern = 'Acme (?P<model>[A-Z]\\d{1,4}) (?P<firmware>[\\d.]{1,20})'
gives = { kind = "phone" }
examples = [ { value = "Acme X1 1.0", model = "X1", firmware = "1.0" } ]
"""


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_every_shipped_rule_matches_its_examples() -> None:
    assert check() == []


def test_a_rule_without_an_example_is_a_mistake(tmp_path: Path) -> None:
    text = 'manufacturer = "Acme"\n' + RULE.replace("examples", "#")
    assert "has no example" in check(folder(tmp_path, acme=text))[0].problem


def test_an_example_that_asserts_something_else_is_a_mistake(tmp_path: Path) -> None:
    text = 'manufacturer = "Acme"\n' + RULE.replace('model = "X1"', 'model = "X2"')
    assert "model is 'X1', not 'X2'" in check(folder(tmp_path, acme=text))[0].problem


def test_an_unlisted_model_of_a_rule_without_a_kind_is_a_mistake_that_names_the_ways_out(tmp_path: Path) -> None:
    text = 'manufacturer = "Acme"\n' + RULE.replace('gives = { kind = "phone" }', "")
    problem = check(folder(tmp_path, acme=text))[0].problem
    for text in ("'X1'", "dedicated = true", "gives = { kind"):
        assert text in problem


def test_a_group_that_no_example_asserts_is_a_mistake(tmp_path: Path) -> None:
    text = 'manufacturer = "Acme"\n' + RULE.replace(', firmware = "1.0"', "")
    assert "no example asserts firmware" in check(folder(tmp_path, acme=text))[0].problem


def test_two_rules_that_are_equally_specific_for_one_example_are_a_mistake(tmp_path: Path) -> None:
    other = RULE.replace("(?P<model>[A-Z]", "(?P<model>[A-Y]")
    files = {"acme": 'manufacturer = "Acme"\n' + RULE, "other": 'manufacturer = "Other"\n' + other}
    assert any("ties with" in problem.problem for problem in check(folder(tmp_path, **files)))


def test_the_order_of_files_and_rules_does_not_matter(tmp_path: Path) -> None:
    general = RULE.replace("Acme (?P<model>[A-Z]\\d{1,4}) ", "Acme .{1,20} ").replace('model = "X1", ', "")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = load(folder(tmp_path / "a", acme='manufacturer = "Acme"\n' + RULE + general))
    second = load(folder(tmp_path / "b", acme='manufacturer = "Acme"\n' + general + RULE))
    value = "Acme X1 1.0"
    given = [match(f, "sip.user-agent", value)[0].gives for f in (first, second)]
    assert given[0] == given[1] == {"kind": "phone", "manufacturer": "Acme", "model": "X1", "firmware": "1.0"}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(?:\d+\.)+x",
        r"(?:[^,]+,)*y",
        r"(?:(?:a*)b)*",
        r".*a.*b.*c.*d",
        r"(?:B2|B20|B|0|00|2)+",
        r"(?:B?\w?){1,40}",
        r"\d*\d*\w*\w*",
        r"(?:a?){1,100}",
    ],
)
def test_a_pattern_that_an_adversary_could_make_slow_is_refused(pattern: str) -> None:
    assert slow(pattern)


@pytest.mark.parametrize("pattern", [r"\d+(?:\.\d{1,5}){1,6}", r".*Acme.*", r"(?:a|b){1,8}", r"[a-z]+-[a-z]+"])
def test_a_pattern_with_bounds_is_accepted(pattern: str) -> None:
    assert slow(pattern) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('manufacturer = "Acme"\nkind = "fone"\n', 2, "fone"),
        ('manufacturer = "Acme"\n\n[[model]]\nname = "X"\nalias = ["Y"]\n', 5, "alias"),
        ('manufacturer = "Acme"\n[[rule]]\nfield = "sip.user-agent"\npattern = 5\n', 4, "pattern"),
        ('manufacturer = "Acme"\nname = = 3\n', 2, "TOML"),
    ],
)
def test_a_malformed_vendor_file_is_reported_with_file_and_line(text: str, line: int, words: str) -> None:
    with pytest.raises(DataError) as error:
        parse(text.encode(), "acme.toml")
    assert "acme.toml" in str(error.value)
    assert f"line {line}" in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_vendor_file_that_is_not_utf_8_is_reported_with_its_line() -> None:
    with pytest.raises(DataError, match="line 2: not UTF-8"):
        parse(b'manufacturer = "Acme"\naliases = ["\xff"]\n', "acme.toml")


MISTAKES = [
    ("sip.user-agent", "sip.user-agnet", 4, "did you mean 'sip.user-agent'?"),
    ("sip.user-agent", "zz", 4, "`phonescan identify --fields` lists them"),
    ("(?P<firmware>", "(?P<firmwear>", 5, "did you mean 'firmware'?"),
    ("(?P<firmware>", "(?P<colour>", 5, "is not one of firmware, hardware"),
    ("Acme (", "Acme ((", 5, "cannot be compiled"),
    ("[\\d.]{1,20}", "(?:\\d+\\.)+", 5, "exponential time"),
    ('model = "X1"', 'modle = "X1"', 7, "did you mean 'model'?"),
    ('kind = "phone"', 'kind = "phnoe"', 6, "did you mean 'phone'?"),
    ('kind = "phone"', 'kin = "phone"', 6, "did you mean 'kind'?"),
    ("gives", "gievs", 6, "did you mean 'gives'?"),
    ("[[rule]]", '[[rule]]\nalso = ["sip.sever"]', 4, "did you mean 'sip.server'?"),
    ("[[rule]]", 'kind = "phnoe"\n[[rule]]', 3, "did you mean 'phone'?"),
    ("\n[[rule]]", '\noui = ["00:15"]\n[[rule]]', 3, "not a MAC prefix"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "message"), MISTAKES, ids=[message for *_, message in MISTAKES])
def test_a_mistake_is_reported_with_file_line_and_the_nearest_word(
    tmp_path: Path, right: str, wrong: str, line: int, message: str
) -> None:
    own = folder(tmp_path, acme='manufacturer = "Acme"\n' + RULE.replace(right, wrong, 1))
    with pytest.raises(DataError, match=rf"acme\.toml, line {line}: ") as error:
        load(extra=[own])
    assert message in str(error.value)
    (found,) = check(own)
    assert (found.file, found.line) == ("acme.toml", line)
    assert message in found.problem
    assert str(found).startswith(f"acme.toml, line {line}: ")


MAKERS = [
    ("Yaelink", "did you mean 'Yealink'?"),
    ("YEALINK", "the agreed name is 'Yealink'"),
    ("Yealink Network Technology", "is known as 'Yealink'"),
]


@pytest.mark.parametrize(("maker", "message"), MAKERS)
def test_a_misspelled_maker_of_a_users_folder_is_corrected(tmp_path: Path, maker: str, message: str) -> None:
    (found,) = check(folder(tmp_path, acme=f'manufacturer = "{maker}"\n' + RULE))
    assert (found.line, message in found.problem) == (1, True)


def test_a_maker_of_a_users_folder_may_be_similar_to_another_where_the_vocabulary_has_it(tmp_path: Path) -> None:
    own = folder(tmp_path, acme='manufacturer = "Yaelink"\n' + RULE)
    (own / "vocabulary.toml").write_text('makers = ["Yaelink"]\n', encoding="utf-8")
    assert check(own) == []
    assert "Yaelink" in {origin.file.manufacturer for origin in load(extra=[own]).origins}


def test_one_vendor_file_is_checked_alone(tmp_path: Path) -> None:
    own = folder(tmp_path, acme='manufacturer = "Acme"\n' + RULE, other="manufacturer = 5\n")
    assert check(own / "acme.toml") == []
    assert [mistake.file for mistake in check(own)] == ["other.toml"]


def test_models_without_a_maker_are_a_mistake(tmp_path: Path) -> None:
    (found,) = check(folder(tmp_path, acme='manufacturer = ""\n[[model]]\nname = "X1"\n'))
    assert (found.line, "write manufacturer" in found.problem) == (1, True)


def test_a_rule_of_a_users_folder_outranks_the_shipped_rules(tmp_path: Path) -> None:
    text = """manufacturer = "Our Own Brand"
[[rule]]
field = "sip.user-agent"
pattern = 'Yealink .{1,200}'
gives = { model = "Rebadged" }
examples = [ { value = "Yealink SIP-T58A 58.15.0.20", model = "Rebadged" } ]
"""
    found = match(load(extra=[folder(tmp_path, own=text)]), "sip.user-agent", "Yealink SIP-T58A 58.15.0.20")
    assert found[0].gives == {"manufacturer": "Our Own Brand", "model": "Rebadged"}


def test_a_missing_users_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        load(extra=[tmp_path / "nowhere"])


def test_each_file_with_a_mistake_in_a_users_folder_is_named(tmp_path: Path) -> None:
    own = folder(tmp_path, a="x = [", b="nonsense = 1", c="[[rule]]\n")
    with pytest.raises(DataError) as raised:
        load(extra=[own])
    assert [f"{own / name}.toml, line " in str(raised.value) for name in "abc"] == [True] * 3


def test_a_folder_without_vendor_files_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="contains no vendor file"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["a.toml", "a.TOML", "vendors/a.toml", "b.toml"])
def test_every_vendor_file_of_a_users_folder_is_read(tmp_path: Path, name: str) -> None:
    """In capitals, and beside a folder `vendors` as well."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('manufacturer = "Our Own Brand"\n', encoding="utf-8")
    (tmp_path / "vendors").mkdir(exist_ok=True)
    assert any(one.file.manufacturer == "Our Own Brand" for one in load(extra=[tmp_path]).origins)
    path.write_text("x = [", encoding="utf-8")
    assert check(tmp_path)


def test_a_users_folder_without_vendor_files_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load(extra=[tmp_path])
    assert "contains no vendor file" in caplog.text
    with pytest.raises(DataError, match="contains no vendor file"):
        check(tmp_path)


def test_vendor_files_are_found_by_name(tmp_path: Path) -> None:
    assert [o.stem for o in vendor_files(folder(tmp_path, b="", a=""))] == ["a", "b"]


def adversarial(example: str) -> list[str]:
    """Strings that begin like the example and continue for long, repeat it, or fail at their last character."""
    half = example[: len(example) // 2]
    strings = [(example * 4096)[:4096], half + example * 3 + "\x00", example[:-1] + "\x00"]
    for filler in ("a", "1", " ", ".", "1.", "a-", "<>", '"'):
        strings += [
            filler * 4096,
            example + filler * 3800,
            half + filler * 3800 + "\x00",
            filler * 3800 + example + "\x00",
        ]
    return [string[:4096] for string in strings]


@pytest.mark.parametrize("origin", some([o for o in ORIGINS if o.file.rule]), ids=lambda origin: origin.stem)
def test_no_pattern_is_slow_on_an_adversarial_string(origin: LoadedFile) -> None:
    """CPU time of the thread, with a wide margin: a pattern that backtracks without end takes minutes here."""
    for entry in some(origin.file.rule):
        pattern = compiled(entry.pattern)
        for example in some(entry.examples[:2]):
            for text in some(adversarial(str(example["value"]))):
                start = time.thread_time()
                pattern.fullmatch(text)
                assert time.thread_time() - start < 0.5, f"{entry.pattern} over {text[:60]!r}…"


def examples() -> list[tuple[RuleEntry, str]]:
    return [(e, str(example["value"])) for o in ORIGINS for e in o.file.rule for example in e.examples]


def test_a_value_that_matches_contains_a_keyword_of_the_pattern() -> None:
    for entry, value in some(examples()):
        assert any(word in value.lower() for word in keywords(entry.pattern)), entry.pattern


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"Yealink (?P<model>\S+) x", {"yealink "}),
        (r"(?:SIP|UDP)-phone", {"-phone"}),
        (r"(?:abcdef|ghijkl)-\d", {"abcdef", "ghijkl"}),
        (r"ab?c*d{0,2}", {"a"}),
        (r"(?:abc)?\d", {""}),
        (r"abc|\d", {""}),
        (r"abc|defg", {"abc", "defg"}),
        (r"(?!com)poly", {"poly"}),
        (r"a\.b\\c", {"a.b\\c"}),
        (r"x+yz", {"yz"}),
        (r"[abc]def\d", {"def"}),
        (r"\x27ab\dcde", {"cde"}),
    ],
)
def test_a_pattern_has_the_keywords_that_every_match_contains(pattern: str, words: set[str]) -> None:
    assert keywords(pattern) == words


def test_the_index_finds_what_a_loop_over_all_patterns_finds() -> None:
    fingerprints = load()
    values = [value for _, value in examples()][::7]
    for field in ("sip.user-agent", "snmp.sysdescr", "lldp.system-description", "http.title"):
        index = fingerprints.index(field)
        assert index is not None
        for value in values:
            naive = [rule.name for rule in index.rules if rule.fullmatch(value)]
            assert [rule.name for rule, _ in index.matches(outlined(value))] == naive
