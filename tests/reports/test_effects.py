"""Every regression has a name that people in the webinar would understand."""

from __future__ import annotations

from reports.comparing import Difference, Trend
from reports.effects import EFFECTS, Effect, noticed
from reports.metrics import METRICS, Unit


def difference(figure: str, trend: Trend = Trend.WORSENED) -> Difference:
    return Difference(
        figure=figure,
        unit=Unit.MS,
        a=1,
        b=2,
        a_samples=1,
        b_samples=1,
        difference=1,
        noise_floor=0,
        trend=trend,
    )


def test_every_metric_has_an_effect_and_every_effect_a_metric() -> None:
    assert EFFECTS.keys() == {name for name, one in METRICS.items() if one.is_compared}
    assert set(EFFECTS.values()) == set(Effect)


def test_what_harms_more_stands_first_and_figures_of_one_effect_stand_together() -> None:
    later = [difference(f"delivery.latency_ms.{one}") for one in ("p50", "frame.p95")]
    missing = difference("deliveries.received.rate")

    assert noticed([*later, missing]) == [
        (Effect.RECEIVING, [missing]),
        (Effect.LATER, later),
    ]


def test_only_what_became_worse_is_noticed() -> None:
    others = [difference("journey.seconds.p50", one) for one in Trend if one != Trend.WORSENED]

    assert noticed(others) == []
