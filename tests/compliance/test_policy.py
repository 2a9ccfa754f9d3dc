"""The compliance of each status: the defaults, and the changes of a settings file."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.compliance.policy import DEFAULTS, Policy, from_settings
from scanner.core.errors import SettingsError
from scanner.core.model import STATUSES


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
    ("table", "says"),
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
def test_the_error_for_a_wrong_setting_names_the_nearest_one(table: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as error:
        from_settings(table, "phonescan.toml [policy]")
    assert "phonescan.toml [policy]" in str(error.value)
