"""What the rules of a policy and exceptions make of a verdict by the catalogs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.compliance import exceptions
from scanner.compliance.exceptions import DeviceException, DevicePlace
from scanner.compliance.judge import Judge
from scanner.compliance.policy import from_settings
from scanner.core.errors import SettingsError
from scanner.core.model import STATUSES, Assessment, Conflict, Identity, Kind
from tests.compliance.test_judge import CATALOGS, READINGS, TODAY

HERE = DevicePlace("hq", "10.1.2.3", "64:16:7f:12:34:56")
#: Firmware of T1, certified with 1.9.0.20, by its status.
OLDER, CERTIFIED, NEWER, TEAMS = "1.9.0.10", "1.9.0.20", "1.9.0.30", "1.15.0.48"


def verdict(
    firmware: str | None,
    policy: dict[str, Any] | None = None,
    given: list[DeviceException] | None = None,
    *,
    place: DevicePlace = HERE,
    model: str | None = "T1",
    kind: Kind = "phone",
    conflicts: tuple[Conflict, ...] = (),
    today: date = TODAY,
) -> Assessment:
    judge = Judge(CATALOGS, from_settings(policy or {}), today, READINGS, given or ())
    identity = Identity(kind=kind, manufacturer="Yealink", model=model, firmware=firmware, conflicts=conflicts)
    return judge.assess(identity, place)


def exception(match: Any = "10.1.2.3", accept: Any = OLDER, expires: Any = "2026-12-31") -> DeviceException:
    return exceptions.from_settings(match, accept, "voice team", "drops calls, case 4711.", expires)


@pytest.mark.parametrize(
    ("name", "older", "certified", "newer"),
    [
        ("default", "noncompliant", "compliant", "review"),
        ("strict", "noncompliant", "compliant", "noncompliant"),
        ("minimum", "noncompliant", "compliant", "compliant"),
    ],
)
def test_the_shipped_policies(name: str, older: str, certified: str, newer: str) -> None:
    found = [verdict(firmware, {"use": name}) for firmware in (OLDER, CERTIFIED, NEWER)]
    assert [one.compliance for one in found] == [older, certified, newer]
    assert [one.status for one in found] == ["outdated", "certified", "newer"]


def test_strict_matches_a_row_that_is_a_minimum_exactly() -> None:
    assert verdict(NEWER, model="M1").status == "certified"
    assert (found := verdict(NEWER, {"use": "strict"}, model="M1")).status == "newer"
    assert found.compliance == "noncompliant"


@pytest.mark.parametrize(
    ("firmware", "compliance", "words"),
    [
        (OLDER, "compliant", "The policy frozen accepts 1.9.0.10 for it."),
        ("1.9.0.010", "compliant", "The policy frozen accepts 1.9.0.010 for it."),
        (CERTIFIED, "noncompliant", "The policy frozen accepts 1.9.0.10, 1.9.0.11 alone for it."),
        (NEWER, "noncompliant", "The policy frozen accepts 1.9.0.10, 1.9.0.11 alone for it."),
        (TEAMS, "noncompliant", "The policy frozen accepts 1.9.0.10, 1.9.0.11 alone for it."),
        (None, "review", "The policy frozen accepts 1.9.0.10, 1.9.0.11 for it, and its firmware is unknown."),
    ],
)
def test_of_a_frozen_model_the_listed_versions_alone_are_compliant(
    firmware: str | None, compliance: str, words: str
) -> None:
    policy = {"use": "frozen", "frozen": {"versions": {"Yealink T1": [OLDER, "1.9.0.11"]}}}
    found = verdict(firmware, policy)
    assert (found.compliance, found.reason.endswith(words)) == (compliance, True), found.reason
    assert found.status == verdict(firmware).status
    assert verdict("1.9.0.20", policy, model="T2").compliance == "compliant"


@pytest.mark.parametrize(
    ("rule", "compliance"),
    [
        ({"newer": "compliant"}, "compliant"),
        ({"newer": "compliant", "site": "HQ"}, "compliant"),
        ({"newer": "compliant", "site": ["lab", "hq"], "model": "t1", "manufacturer": "yealink"}, "compliant"),
        ({"newer": "compliant", "model": "Yealink T1", "catalog": "skype-for-business"}, "compliant"),
        ({"newer": "compliant", "site": "lab"}, "review"),
        ({"newer": "compliant", "model": "T2"}, "review"),
        ({"newer": "compliant", "manufacturer": "Polycom"}, "review"),
        ({"newer": "compliant", "catalog": "lync"}, "review"),
        ({"newer": "compliant", "line": "teams"}, "review"),
        ({"outdated": "compliant"}, "review"),
        ({"newer_up_to": "1.9.0.30"}, "compliant"),
        ({"newer_up_to": "1.9.0.29"}, "review"),
        ({"newer_up_to": "1.9.0.29", "newer": "noncompliant"}, "noncompliant"),
        ({"newer_up_to": "no version"}, "review"),
        ({"newer_up_to": "1.15.0.99"}, "review"),
        ({"versions": "1.9.0.30"}, "compliant"),
        ({"versions": "1.9.0.31"}, "noncompliant"),
    ],
)
def test_a_rule_is_for_the_devices_that_all_its_selectors_name(rule: dict[str, Any], compliance: str) -> None:
    assert verdict(NEWER, {"rule": [rule]}).compliance == compliance


def test_the_first_rule_that_states_something_of_a_device_decides() -> None:
    rules = [{"outdated": "none"}, {"site": "hq", "newer": "noncompliant"}, {"newer": "compliant"}]
    found = verdict(NEWER, {"rule": rules})
    assert (found.compliance, found.reason.rpartition(". ")[2]) == (
        "noncompliant",
        "The policy default calls newer noncompliant for it.",
    )
    assert verdict(NEWER, {"rule": rules}, place=DevicePlace("lab")).compliance == "compliant"


def test_versions_state_nothing_of_what_is_no_phone_or_of_an_unknown_model() -> None:
    policy = {"rule": [{"versions": OLDER}]}
    assert verdict(NEWER, policy, kind="pbx").compliance == "none"
    assert verdict(NEWER, policy, model=None).status == "unidentified"
    assert verdict(NEWER, policy, model=None).compliance == "review"


def test_a_conflict_about_a_version_that_the_policy_does_not_accept_is_to_be_reviewed() -> None:
    conflict = Conflict(part="firmware", chosen=OLDER, chosen_rule="a", other="1.9.0.12", other_rule="b")
    policy = {"rule": [{"versions": OLDER}]}
    assert verdict(OLDER, policy).compliance == "compliant"
    assert verdict(OLDER, policy, conflicts=(conflict,)).compliance == "review"


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ("10.1.2.3", True), ("10.1.2.0/24", True), ("10.1.2.1-10.1.2.9", True), ("10.1.3.0/24", False),
        ("64-16-7F-12-34-56", True), ("6416.7f12.3457", False), ("T1", True), ("Yealink t1", True), ("T2", False),
        ("site=HQ", True), ("site=lab", False), ("model=T1", True), ("subnet=10.0.0.0/8", True),
        (["T2", "10.1.2.3"], True), (["T2", "site=lab"], False),
        ({"model": "T1", "site": "hq"}, True), ({"model": "T1", "site": "lab"}, False),
        ({"model": ["T2", "T1"], "subnet": ["10.2.0.0/16", "10.1.0.0/16"]}, True),
        ({"mac": "64:16:7f:12:34:56", "address": "10.1.2.4"}, False), ("fd00::/8", False),
    ],
)  # fmt: skip
def test_an_exception_is_for_the_devices_that_it_names(match: Any, holds: bool) -> None:
    found = verdict(OLDER, given=[exception(match)])
    assert found.compliance == ("compliant" if holds else "noncompliant")
    assert (found.exception is not None) is holds
    assert found.status == "outdated"


@pytest.mark.parametrize(
    "place", [DevicePlace(), DevicePlace("hq", None, None), DevicePlace("hq", "fe80::1%eth0", None)]
)
def test_a_device_without_an_address_is_in_no_subnet(place: DevicePlace) -> None:
    assert verdict(OLDER, given=[exception("0.0.0.0/0")], place=place).compliance == "noncompliant"


@pytest.mark.parametrize(
    ("accept", "firmware", "compliance"),
    [
        (OLDER, OLDER, "compliant"), ("1.9.0.11", OLDER, "noncompliant"),
        (["1.9.0.11", "01.9.0.10"], OLDER, "compliant"),
        ("outdated", OLDER, "compliant"), ("newer", OLDER, "noncompliant"), ("any", OLDER, "compliant"),
        ("unknown-firmware", None, "compliant"), (OLDER, None, "review"), ("newer", NEWER, "compliant"),
    ],
)  # fmt: skip
def test_an_exception_accepts_versions_statuses_or_anything(accept: Any, firmware: str | None, compliance: str) -> None:
    assert verdict(firmware, given=[exception(accept=accept)]).compliance == compliance


def test_the_reason_names_the_owner_the_reason_and_the_end() -> None:
    found = verdict(OLDER, given=[exception()])
    assert found.reason.endswith("Accepted until 2026-12-31 by an exception of voice team: drops calls, case 4711.")
    endless = verdict(OLDER, given=[exception(expires=None)])
    assert endless.reason.endswith("Accepted without an end by an exception of voice team: drops calls, case 4711.")


@pytest.mark.parametrize(
    ("today", "compliance"), [(date(2026, 12, 31), "compliant"), (date(2027, 1, 1), "noncompliant")]
)
def test_an_exception_holds_to_the_end_of_its_last_day(today: date, compliance: str) -> None:
    found = verdict(OLDER, given=[exception()], today=today)
    ended = found.reason.endswith("An exception of voice team ended on 2026-12-31: drops calls, case 4711.")
    assert (found.compliance, ended, found.exception is None) == (compliance, compliance != "compliant", ended)


def test_one_that_holds_counts_beside_one_that_has_ended() -> None:
    ended = exception(expires=date(2026, 1, 1))
    assert verdict(OLDER, given=[ended, exception()]).exception == exception().digest
    assert len({exception().digest, ended.digest, exception("10.1.2.4").digest}) == 3


def test_a_verdict_in_conflict_is_accepted_by_any_alone() -> None:
    conflict = Conflict(part="firmware", chosen=OLDER, chosen_rule="a", other=CERTIFIED, other_rule="b")
    assert verdict(OLDER, given=[exception()], conflicts=(conflict,)).compliance == "review"
    assert verdict(OLDER, given=[exception(accept="outdated")], conflicts=(conflict,)).compliance == "review"
    assert verdict(OLDER, given=[exception(accept="any")], conflicts=(conflict,)).compliance == "compliant"


@pytest.mark.parametrize(
    ("match", "accept", "expires", "words"),
    [
        ([], OLDER, None, "names no device"),
        ({}, OLDER, None, "names no device"),
        ("10.1.2", OLDER, None, "'10.1.2' is not an address, subnet, mac, model or site=NAME"),
        ("10.1.2.0/40", OLDER, None, "10.1.2.0/40"),
        (" ", OLDER, None, "is not an address"),
        ("site=", OLDER, None, "site is empty"),
        ("mac=65", OLDER, None, "'65' is not a mac"),
        ({"room": "4"}, OLDER, None, "unknown key 'room'; choose of address, mac, model, site, subnet"),
        ({"model": 5}, OLDER, None, "model is not a text or a list of texts"),
        ({"subnet": "lab"}, OLDER, None, "lab"),
        ("T1", "", None, "accepts nothing"),
        ("T1", [], None, "accepts nothing"),
        ("T1", OLDER, "tomorrow", "expires: 'tomorrow' is not a day such as 2027-01-31"),
        ("T1", OLDER, 5, "expires: '5' is not a day"),
    ],
)
def test_a_mistake_in_an_exception_is_named(match: Any, accept: Any, expires: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        exceptions.from_settings(match, accept, "me", "why", expires)


@given(
    st.sampled_from([OLDER, CERTIFIED, NEWER, TEAMS, None, "x"]),
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"site": st.sampled_from(["hq", "lab"]), "versions": st.just(OLDER),
                          "newer_up_to": st.just(NEWER), "outdated": st.just("none"), "newer": st.just("compliant")},
        ), max_size=3,
    ),
    st.lists(st.sampled_from([exception(), exception("site=lab"), exception(accept="any"), exception(accept="newer")])),
)  # fmt: skip
def test_rules_and_exceptions_change_the_compliance_and_never_the_status(
    firmware: str | None, rules: list[dict[str, Any]], given: list[DeviceException]
) -> None:
    plain, found = verdict(firmware), verdict(firmware, {"rule": rules}, given)
    assert found.status == plain.status
    assert found.status in STATUSES
    assert found.reason.startswith(plain.reason)
    assert (found.exception is None or found.compliance) in (True, "compliant")


SELECTED = st.sampled_from([
    "10.1.2.3", "10.1.2.0/24", "10.1.0.0/16", "10.1.1.250-10.1.2.3", "fd00::5", "fd00::/8", "64:16:7f:12:34:56",
    "T1", "Yealink T1", "T2", "site=HQ", "site=lab", {"model": "T1", "site": "hq"},
    {"mac": "64:16:7f:12:34:56", "subnet": "10.1.0.0/16"}, {"subnet": ["10.1.2.0/25", "0.0.0.0/0"]},
])  # fmt: skip


@given(
    st.lists(st.one_of(SELECTED, st.lists(SELECTED.filter(lambda one: isinstance(one, str)), min_size=1)), max_size=6),
    st.builds(
        DevicePlace,
        st.sampled_from(["hq", "lab", ""]),
        st.sampled_from(["10.1.2.3", "10.1.2.200", "10.1.1.255", "11.0.0.1", "fd00::5", "no address", None]),
        st.sampled_from(["64:16:7f:12:34:56", "64:16:7f:12:34:57", None]),
    ),
    st.sampled_from(["T1", "t2", None]),
)
def test_exceptions_are_found_by_their_index_as_one_by_one(
    matches: list[Any], place: DevicePlace, model: str | None
) -> None:
    every = [exception(match) for match in matches]
    found = exceptions.ExceptionIndex(every).of(place, "Yealink", model)
    assert found == [one for one in every if one.names(place, "Yealink", model)]
