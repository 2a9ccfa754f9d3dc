"""A verdict in conflict is at most `review`, and its reason names what claims what."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.compliance.catalog import builtin
from scanner.compliance.conflict import in_conflict
from scanner.compliance.judge import Judge
from scanner.compliance.policy import Policy
from scanner.core.model import COMPLIANCES, KINDS, STATUSES, Assessment, Conflict, Evidence, Identity, Observation
from scanner.identity.fuse import identify
from scanner.identity.load import load

TODAY = date(2026, 11, 23)
JUDGE = Judge(builtin(), Policy(), TODAY, load())
CERTIFIED = Identity(kind="phone", manufacturer="Polycom", model="VVX 411", firmware="5.9.0.9373")


def claim(part: str, other: str, field: str = "http.title", **gives: str) -> Identity:
    """The certified phone, and one value that another field claims."""
    evidence = Evidence(field=field, value="x", rule=f"test/{field}/1", gives={part: other, **gives})
    chosen = str(getattr(CERTIFIED, part))
    conflict = Conflict(part=part, chosen=chosen, chosen_rule="", other=other, other_rule=evidence.rule)
    return Identity(
        kind="phone", manufacturer="Polycom", model="VVX 411", firmware="5.9.0.9373",
        evidence=(evidence,), conflicts=(conflict,),
    )  # fmt: skip


def assessed(*fields: tuple[str, str]) -> Assessment:
    observations = [
        Observation(field=field, value=value, source=f"{field} {nth}") for nth, (field, value) in enumerate(fields)
    ]
    return JUDGE.assess(identify(observations, load()))


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (claim("kind", "pbx"), "In conflict: http.title claims the kind pbx, not phone. "),
        (
            claim("firmware", "5.0.0.1", "lldp-med.software-revision"),
            "In conflict: lldp-med.software-revision claims the firmware 5.0.0.1, "
            "with which the status would be outdated. ",
        ),
        (
            claim("model", "SoundPoint IP 331"),
            "In conflict: http.title claims the model SoundPoint IP 331, with which the status would be newer. ",
        ),
        (
            claim("manufacturer", "Yealink", model="T58A", firmware="58.15.0.1"),
            "In conflict: http.title claims the manufacturer Yealink, with which the status would be outdated. ",
        ),
    ],
)
def test_a_certified_phone_in_conflict_is_reviewed_with_a_reason(identity: Identity, words: str) -> None:
    alone, found = JUDGE.assess(CERTIFIED), JUDGE.assess(identity)
    assert (alone.compliance, in_conflict(alone.reason)) == ("compliant", False)
    assert (found.status, found.compliance) == ("certified", "review")
    assert in_conflict(found.reason)
    assert found.reason == words + alone.reason


@pytest.mark.parametrize(
    "identity",
    [
        claim("model", "VVX 410"),  # certified with the same version
        claim("serial", "0004f2aabbcc"),
        claim("mac", "00:04:f2:aa:bb:cc"),
    ],
)
def test_a_conflict_that_leads_to_the_same_status_changes_nothing(identity: Identity) -> None:
    assert JUDGE.assess(identity) == JUDGE.assess(CERTIFIED)


def test_a_noncompliant_verdict_in_conflict_starts_no_change_request() -> None:
    old = "PolycomVVX-VVX_411-UA/5.8.0.12848"
    assert assessed(("sip.user-agent", old)).compliance == "noncompliant"
    found = assessed(("sip.user-agent", old), ("sip.user-agent", "PolycomVVX-VVX_411-UA/5.9.0.9373"))
    assert (found.compliance, in_conflict(found.reason)) == ("review", True)


def test_a_phone_with_the_claim_of_a_host_is_never_compliant() -> None:
    found = assessed(
        ("lldp.system-description", "Polycom;VVX-VVX_411;3111-48400-001,1;SIP/5.9.0.9373;UP/5.9.0.9373;"),
        ("sip.user-agent", "PolycomVVX-VVX_411-UA/5.9.0.9373"),
        ("http.title", "pfSense - Login"),
    )
    assert (found.status, found.compliance) == ("certified", "review")
    assert found.reason.startswith("In conflict: http.title claims the kind other, not phone. ")


def test_the_same_conflicts_in_another_order_lead_to_the_same_verdict() -> None:
    one, two = claim("model", "SoundPoint IP 331"), claim("firmware", "5.0.0.1", "lldp-med.software-revision")
    found = {
        JUDGE.assess(
            Identity(
                kind="phone",
                manufacturer="Polycom",
                model="VVX 411",
                firmware="5.9.0.9373",
                evidence=(*first.evidence, *second.evidence),
                conflicts=(*first.conflicts, *second.conflicts),
            )
        ).reason
        for first, second in ((one, two), (two, one))
    }
    assert len(found) == 1


POLICIES = st.builds(
    lambda compliance, per: Policy(compliance=compliance, per_catalog={"lync": per}),
    st.dictionaries(st.sampled_from(STATUSES), st.sampled_from(COMPLIANCES)),
    st.dictionaries(st.sampled_from(STATUSES), st.sampled_from(COMPLIANCES)),
)
PRODUCTS = st.sampled_from([
    ("Polycom", "VVX 411", "5.9.0.9373"), ("Polycom", "VVX 411", "5.8.0.12848"), ("Polycom", "VVX 411", None),
    ("Yealink", "T58A", "58.15.0.20"), ("Snom", "710", "8.7.5.35"), ("Nobody", "X1", "1.0"), (None, None, None),
])  # fmt: skip
CONFLICTS = st.lists(
    st.builds(
        lambda part, other: Conflict(part=part, chosen="x", chosen_rule="a/b/1", other=other, other_rule="c/d/1"),
        st.sampled_from(["kind", "manufacturer", "model", "firmware", "serial", "mac"]),
        st.sampled_from(["pbx", "phone", "Yealink", "VVX 601", "5.0.0.1", "58.15.0.20", ""]),
    ),
    max_size=12,
)


@given(st.sampled_from(KINDS), PRODUCTS, CONFLICTS, POLICIES)
def test_a_conflict_of_the_kind_is_compliant_by_no_policy(
    kind: str, product: tuple[str | None, ...], conflicts: list[Conflict], policy: Policy
) -> None:
    judge = Judge(builtin(), policy, TODAY, load())
    maker, model, firmware = product
    identity = Identity(
        kind=kind, manufacturer=maker, model=model, firmware=firmware, conflicts=tuple(conflicts)  # type: ignore[arg-type]
    )  # fmt: skip
    for found in (judge.assess(identity), *judge.by_catalog(identity)):
        if any(one.part == "kind" for one in conflicts):
            assert in_conflict(found.reason)
        if in_conflict(found.reason):
            assert found.compliance in ("review", "none")
