"""Healthy runs differ in everything that must not matter."""

from __future__ import annotations

from tools.soak import TRANSPORTS, variants


def test_twelve_runs_have_every_combination_and_no_seed_twice() -> None:
    twelve = list(variants(12))

    assert len({variant.seed for variant in twelve}) == 12
    seen = {(variant.transport, variant.is_text, variant.is_polling) for variant in twelve}
    assert len(seen) == len(TRANSPORTS) * 2 * 2


def test_a_variant_says_itself_in_options() -> None:
    plain, polling = next(variants(1)), list(variants(2))[1]

    assert plain.options[-2:] == ("--transport", "database")
    assert polling.options[-4:] == ("--defect", "text-frames-v1", "--fault", "realtime-down")
