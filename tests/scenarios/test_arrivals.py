"""Arrivals: everybody comes, in the shape that the model says, and never faster than may be."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.arrivals import Arrivals, load_curve
from scenarios.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = 2000
# Half of them in the first second, nobody for three, the rest over the last five.
CURVE = ((0.0, 500), (1.0, 0), (4.0, 500), (9.0, 0))

counts = st.lists(st.integers(0, 50), min_size=1, max_size=20).filter(any)
curves = counts.map(lambda n: tuple((float(second), one) for second, one in enumerate(n)))
models = st.one_of(
    st.builds(Arrivals, per_s=st.floats(0, 500).filter(lambda rate: rate == 0 or rate > 0.01)),
    st.builds(Arrivals, per_s=st.floats(0.01, 500), is_random=st.just(True)),
    st.builds(Arrivals, curve=curves),
)


@given(model=models, people=st.integers(1, 80), seed=st.integers(0, 2**32))
def test_everybody_arrives_and_times_ascend(model: Arrivals, people: int, seed: int) -> None:
    times_s = model.times_s(people, seed)

    assert len(times_s) == people
    assert times_s[0] >= 0
    assert all(one <= other for one, other in pairwise(times_s))


@given(curve=curves, people=st.integers(1, 80), most_per_s=st.floats(0.1, 20))
def test_nobody_goes_beyond_what_may_come_in_a_second(
    curve: tuple[tuple[float, int], ...], people: int, most_per_s: float
) -> None:
    times_s = Arrivals(curve=curve, most_per_s=most_per_s).times_s(people, 1)

    gaps_s = [other - one for one, other in pairwise(times_s)]
    assert all(gap_s >= 1 / most_per_s - 1e-6 for gap_s in gaps_s)


def test_random_arrivals_come_at_their_mean_rate_and_bunch() -> None:
    times_s = Arrivals(per_s=20, is_random=True).times_s(PEOPLE, 7)

    gaps_s = [other - one for one, other in pairwise(times_s)]
    assert times_s[-1] == pytest.approx(PEOPLE / 20, rel=0.1)
    # Of exponential gaps 63 % are shorter than the mean, of a ramp's none.
    assert sum(gap_s < 1 / 20 for gap_s in gaps_s) / PEOPLE == pytest.approx(0.63, abs=0.05)
    assert Arrivals(per_s=20, is_random=True).times_s(PEOPLE, 8) != times_s


@pytest.mark.parametrize("people", [10, 1000, 3000])
def test_a_curve_keeps_its_shape_and_time_whatever_the_size_of_the_house(people: int) -> None:
    times_s = Arrivals(curve=CURVE).times_s(people, 7)

    assert sum(at_s <= 1 for at_s in times_s) == people / 2
    assert not any(1 < at_s < 4 for at_s in times_s)
    assert 8 < times_s[-1] <= 9


def test_the_busiest_second_is_known_before_the_run() -> None:
    assert Arrivals(per_s=20).busiest_per_s(400, 1) == 20
    assert Arrivals(curve=CURVE).busiest_per_s(1000, 1) == 500
    assert Arrivals(per_s=20, is_random=True).busiest_per_s(400, 1) > 20


def test_a_recorded_curve_begins_when_its_first_second_does(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("second,arrivals\n100,3\n101.5,0\n\n103,2\n", encoding="utf-8")

    assert load_curve(path) == ((0.0, 3), (1.5, 0), (3.0, 2))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: expected the columns second,arrivals"),
        ("time,users\n0,1\n", ":1: expected the columns second,arrivals"),
        ("second,arrivals\n0,1\none,2\n", ":3: expected a second and how many arrived"),
        ("second,arrivals\n0,-1\n", ":2: expected a second and how many arrived"),
        ("second,arrivals\nnan,1\n", ":2: expected a second and how many arrived"),
        ("second,arrivals\n0,1\n\n0,2\n", ":4: expected seconds that ascend, got 0"),
        ("second,arrivals\n0,0\n", ": expected somebody to arrive"),
    ],
)
def test_what_is_no_curve_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_curve(path)

    assert str(refused.value).startswith(f"{path}{said}")


def test_a_curve_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no curve of arrivals can be read there"):
        load_curve(tmp_path / "curve.csv")
