"""A rate that the network cannot carry is noticed by fewer answers, lowered, and said."""

from __future__ import annotations

import random

import pytest

from scanner.engine.rate.congestion import FIRST_STEP, CongestionControl


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
        congestion.sending(now, (0, 0), position, sent)
        now += tick
        while waiting and waiting[0][0] <= now:
            congestion.answer((0, 0), waiting.pop(0)[1])
    return congestion, now, rates


@pytest.mark.parametrize("share", [0.02, 0.1, 1.0])
def test_a_network_that_carries_it_gets_the_whole_rate(share: float) -> None:
    congestion, _, rates = simulate(20_000, capacity=1e9, share=share)
    assert rates[-1] == 20_000
    assert congestion.lowered is None


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_loss_that_is_always_there_lowers_nothing(loss: float) -> None:
    for seed in range(5):
        congestion, _, rates = simulate(20_000, capacity=1e9, share=0.05, loss=loss, seed=seed)
        assert rates[-1] == 20_000, congestion.lowered


@pytest.mark.parametrize("capacity", [3_000, 6_000, 12_000])
def test_a_rate_too_high_for_the_network_is_lowered_to_about_what_it_carries(capacity: float) -> None:
    congestion, _, rates = simulate(20_000, capacity=capacity, share=0.1)
    assert rates[-1] <= capacity * 1.25
    assert rates[-1] >= capacity * 0.3
    assert congestion.lowered is not None
    assert congestion.lowered[2] == "fewer answers at a higher rate"


def test_it_begins_below_what_is_allowed_and_never_goes_above() -> None:
    _, _, rates = simulate(20_000, capacity=1e9, share=0.1)
    assert rates[0] == 5_000
    assert max(rates) == 20_000
    assert CongestionControl(500).rate == 500
    assert CongestionControl(3_000).rate == FIRST_STEP


def test_nobody_answering_says_nothing_of_the_network() -> None:
    congestion, _, rates = simulate(20_000, capacity=100, share=0.0)
    assert rates[-1] == 20_000
    assert congestion.lowered is None


def test_complaints_of_the_kernel_lower_the_rate_at_once_and_only_now_and_then() -> None:
    congestion = CongestionControl(1_000)
    for _ in range(50):
        congestion.complaint(1.0, "ENOBUFS")
    assert congestion.rate == pytest.approx(700)
    congestion.complaint(2.0, "ENOBUFS")
    assert congestion.rate == pytest.approx(490)
    assert congestion.complaints["ENOBUFS"] == 51
    assert congestion.lowered == (1_000, pytest.approx(490), "ENOBUFS")


@pytest.mark.parametrize("kind", ["EACCES", "EINVAL"])
def test_an_address_that_may_not_be_sent_to_says_nothing_of_the_rate(kind: str) -> None:
    congestion = CongestionControl(1_000)
    congestion.complaint(1.0, kind)
    assert (congestion.rate, congestion.lowered, congestion.complaints[kind]) == (1_000, None, 1)


def test_the_rate_never_falls_to_nothing() -> None:
    congestion = CongestionControl(1_000)
    for second in range(100):
        congestion.complaint(float(second), "EPERM")
    assert congestion.rate >= 20
