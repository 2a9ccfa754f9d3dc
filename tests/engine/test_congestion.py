"""Congestion control detects a rate that the network cannot carry by fewer responses, and reduces it."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engine.rate.congestion import FIRST_STEP, WINDOW, CongestionControl, Reduction


def simulate(
    allowed: float, capacity: float, share: float, count: int = 200_000, loss: float = 0.0, seed: int = 3
) -> tuple[CongestionControl, float, list[float]]:
    """A round of `count` probes over a network that carries `capacity` packets a second and drops the rest."""
    chance = random.Random(seed)
    congestion, now, position, rates, waiting = (
        CongestionControl(allowed),
        0.0,
        0,
        list[float](),
        list[tuple[float, int]](),
    )
    tick = 0.05
    while position < count:
        rate = congestion.review(now)
        rates.append(rate)
        sent = min(int(rate * tick), count - position)
        through = min(1.0, capacity / rate) * (1 - loss)
        waiting += [(now + 0.05, position + n) for n in range(sent) if chance.random() < share * through]
        position += sent
        congestion.round_sent((0, 0), position, sent, now)
        now += tick
        while waiting and waiting[0][0] <= now:
            congestion.response((0, 0), waiting.pop(0)[1])
    return congestion, now, rates


@pytest.mark.parametrize("share", [0.02, 0.1, 1.0])
def test_a_network_without_congestion_gets_the_whole_rate(share: float) -> None:
    congestion, _, rates = simulate(20_000, capacity=1e9, share=share)
    assert rates[-1] == 20_000
    assert congestion.reduced is None


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_loss_that_does_not_depend_on_the_rate_does_not_reduce_it(loss: float) -> None:
    for seed in range(5):
        congestion, _, rates = simulate(20_000, capacity=1e9, share=0.05, loss=loss, seed=seed)
        assert rates[-1] == 20_000, congestion.reduced


@pytest.mark.parametrize("capacity", [3_000, 6_000, 12_000])
def test_a_rate_above_the_capacity_is_reduced_to_about_the_capacity(capacity: float) -> None:
    congestion, _, rates = simulate(20_000, capacity=capacity, share=0.1)
    assert rates[-1] <= capacity * 1.25
    assert rates[-1] >= capacity * 0.3
    assert congestion.reduced is not None
    assert congestion.reduced.why == "fewer responses at a higher rate"


def test_the_rate_starts_below_the_allowed_one_and_never_exceeds_it() -> None:
    _, _, rates = simulate(20_000, capacity=1e9, share=0.1)
    assert rates[0] == 5_000
    assert max(rates) == 20_000
    assert CongestionControl(500).rate == 500
    assert CongestionControl(3_000).rate == FIRST_STEP


def test_a_network_without_responses_does_not_reduce_the_rate() -> None:
    congestion, _, rates = simulate(20_000, capacity=100, share=0.0)
    assert rates[-1] == 20_000
    assert congestion.reduced is None


def test_send_errors_reduce_the_rate_at_once_and_once_for_each_half_second() -> None:
    congestion = CongestionControl(1_000)
    for _ in range(50):
        congestion.send_error(1.0, "ENOBUFS")
    assert congestion.rate == pytest.approx(700)
    congestion.send_error(2.0, "ENOBUFS")
    assert congestion.rate == pytest.approx(490)
    assert congestion.errors["ENOBUFS"] == 51
    assert congestion.reduced == Reduction(1_000, congestion.rate, "ENOBUFS")


@pytest.mark.parametrize("kind", ["EACCES", "EINVAL"])
def test_an_error_about_an_address_does_not_reduce_the_rate(kind: str) -> None:
    congestion = CongestionControl(1_000)
    congestion.send_error(1.0, kind)
    assert (congestion.rate, congestion.reduced, congestion.errors[kind]) == (1_000, None, 1)


@given(
    st.floats(20, 50_000),
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 500), st.floats(0, 1), st.booleans()), max_size=60),
)
def test_a_reduction_is_never_to_a_higher_or_the_same_rate(
    allowed: float, steps: list[tuple[float, int, float, bool]]
) -> None:
    congestion, now, position, wrong = CongestionControl(allowed), 0.0, 0, list[str]()
    for pause, sent, share, error in steps:
        now += pause + WINDOW / 2
        congestion.round_sent((0, 0), position + sent, sent, now)
        for place in range(position, position + int(sent * share)):
            congestion.response((0, 0), place)
        position += sent
        if error:
            congestion.send_error(now, "ENOBUFS")
        congestion.review(now)
        reduced = congestion.reduced
        stated = [int(rate) for rate in re.findall(r"\d+", str(reduced or ""))] or [1, 0]
        if stated[1] >= stated[0] or (reduced is not None and not reduced.after < reduced.before <= allowed):
            wrong.append(str(reduced))
    assert wrong == []


def test_the_rate_may_rise_between_two_reductions() -> None:
    congestion, position = CongestionControl(4_000), 0
    congestion.send_error(0.0, "ENOBUFS")  # from 1,000 to 700
    for step in range(1, 40):
        position += 100
        congestion.round_sent((0, 0), position, 100, step * WINDOW * 1.1)
    risen = congestion.rate
    congestion.send_error(40.0, "ENOBUFS")
    assert congestion.rate > 1_000
    assert str(congestion.reduced) == (
        f"the rate was lowered from {risen:.0f} to {congestion.rate:.0f} packets a second: ENOBUFS"
    )


def test_the_rate_is_not_reduced_below_20_packets_a_second() -> None:
    congestion = CongestionControl(1_000)
    for second in range(100):
        congestion.send_error(float(second), "EPERM")
    assert congestion.rate >= 20


def test_a_reduction_that_no_whole_number_shows_is_not_stated() -> None:
    assert str(Reduction(100.4, 100.1, "loss")) == ""
    with pytest.raises(ValueError, match="is not a reduction"):
        Reduction(1_000.0, 1_400.0, "loss")
