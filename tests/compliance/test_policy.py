"""The compliance of each status: the defaults, and the changes of a settings file."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.compliance.policy import DEFAULTS, Policy, PolicyRule, from_settings, names
from scanner.core.errors import SettingsError
from scanner.core.model import STATUSES
from scanner.core.toml import Document
from scanner.settings.check import sections


def test_every_status_has_a_default_compliance() -> None:
    assert set(DEFAULTS) == set(STATUSES)
    policy = Policy()
    assert (policy.primary, policy.fallback) == ("skype-for-business", ("lync",))
    assert {status: policy.of(status) for status in STATUSES} == {
        "certified": "compliant", "compatible": "compliant", "outdated": "noncompliant", "newer": "review",
        "other-line": "noncompliant", "unknown-firmware": "review", "not-listed": "noncompliant",
        "unidentified": "review", "not-a-phone": "none",
    }  # fmt: skip


def test_settings_change_a_status_for_all_catalogs_or_for_one() -> None:
    policy = from_settings(
        {
            "newer": "compliant",
            "unknown-firmware": "noncompliant",
            "lync": {"newer": "noncompliant", "match": "minimum"},
        }
    )
    assert policy.of("newer", "skype-for-business") == policy.of("newer") == "compliant"
    assert policy.of("newer", "lync") == "noncompliant"
    assert policy.of("unknown-firmware", "lync") == "noncompliant"
    assert policy.of("certified") == "compliant"
    assert policy.match == {"lync": "minimum"}


def test_settings_set_catalogs_match_and_age() -> None:
    policy = from_settings({"primary": "teams", "fallback": [], "stale_after_days": 90, "match": "minimum"})
    assert (policy.primary, policy.fallback, policy.stale_after_days) == ("teams", (), 90)
    assert policy.match == {"teams": "minimum"}
    assert from_settings({"fallback": "lync"}).fallback == ("lync",)
    assert from_settings({}) == Policy()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"newr": "review"}, "newer"),
        ({"newer": "fine"}, "compliant, noncompliant, review, none"),
        ({"lync": {"outdatd": "review"}}, "outdated"),
        ({"primary": 5}, "primary: expected str, got int"),
        ({"fallback": [1]}, r"fallback\[0\]: expected str, got int"),
        ({"stale_after_days": 0}, "stale_after_days: expected int >= 1"),
        ({"stale_after_days": True}, "stale_after_days: expected int, got bool"),
        ({"match": "roughly"}, "choose one of exact, minimum"),
        ({"primry": "teams"}, "primary"),
    ],
)
def test_the_error_for_a_wrong_setting_names_the_nearest_one(table: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as error:
        from_settings(table, "phonescan.toml [policy]")
    assert "phonescan.toml [policy]" in str(error.value)


HOUSE: dict[str, Any] = {
    "use": "house",
    "stale_after_days": 90,
    "lync": {"newer": "noncompliant"},
    "house": {
        "extends": "strict",
        "primary": "teams",
        "versions": {"Yealink T46S": "66.86.0.15"},
        "rule": [{"site": "lab", "newer": "compliant"}, {"manufacturer": ["Polycom"], "newer_up_to": "5.9.6.2327"}],
        "lync": {"newer": "review"},
    },
    "pilot": {"extends": "house", "unidentified": "none"},
}


def test_a_policy_extends_another_one_and_its_rules_come_first() -> None:
    house = from_settings(HOUSE)
    assert (house.name, house.primary, house.fallback, house.stale_after_days) == ("house", "teams", ("lync",), 90)
    assert house.of("newer", "teams") == "noncompliant"
    assert house.of("newer", "lync") == "review"
    assert house.match == {"skype-for-business": "exact", "lync": "exact"}
    assert house.rules == (
        PolicyRule(site=("lab",), compliance={"newer": "compliant"}),
        PolicyRule(manufacturer=("Polycom",), newer_up_to="5.9.6.2327"),
        PolicyRule(model=("Yealink T46S",), versions=("66.86.0.15",)),
    )
    pilot = from_settings(HOUSE, name="pilot")
    assert (pilot.name, pilot.of("unidentified"), pilot.rules) == ("pilot", "none", house.rules)


@pytest.mark.parametrize(
    ("name", "newer"),
    [("default", "review"), ("strict", "noncompliant"), ("minimum", "compliant"), ("house", "noncompliant")],
)
def test_the_policies_of_a_file_and_the_shipped_ones_are_chosen_by_name(name: str, newer: str) -> None:
    assert from_settings(HOUSE, name=name).of("newer", "skype-for-business") == newer
    assert names(HOUSE) == ["default", "strict", "minimum", "frozen", "house", "pilot"]


def test_what_a_policy_states_for_all_catalogs_replaces_what_the_extended_one_states_for_one() -> None:
    assert from_settings({"lync": {"newer": "compliant"}, "use": "strict"}).of("newer", "lync") == "noncompliant"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            {"use": "hous", "house": {"extends": "strict"}},
            "use: there is no policy 'hous'; choose one of default, strict",
        ),
        ({"house": {"extends": "none"}}, "house.extends: there is no policy 'none'"),
        ({"a": {"extends": "b"}, "b": {"extends": "a"}}, "a.extends: a extends itself by way of others"),
        ({"house": {"extends": "frozen"}}, "house: a policy that is frozen needs versions"),
        ({"rule": {"newer": "compliant"}}, "policy.rule: expected list, got table"),
        ({"use": "frozen"}, "use: a policy that is frozen needs versions"),
        ({"house": {"extendz": "strict"}}, "extends"),
        (
            {"house": {"extends": "strict", "rule": [{"vendor": "Yealink"}]}},
            r"\[policy.house.rule\] has no key 'vendor'",
        ),
        ({"house": {"extends": "strict", "lync": {"outdatd": "review"}}}, "outdated"),
        ({"house": {"extends": "strict", "versions": {"T46S": 5}}}, "versions"),
    ],
)
def test_a_mistake_in_a_policy_is_named(table: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=f"line 1: .*{words}"):
        sections(Document("phonescan.toml", "", {"policy": table}, SettingsError))


def test_a_table_that_only_has_keys_of_catalogs_is_one_of_a_catalog() -> None:
    policy = from_settings({"our-list": {"newer": "compliant", "match": "minimum"}})
    assert (policy.per_catalog, policy.match) == ({"our-list": {"newer": "compliant"}}, {"our-list": "minimum"})
