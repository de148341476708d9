"""The search for the knee: it finds what is there, names who gave way, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from reports.knee import Found, Limit, Trial, knee_of, next_users, trial_of
from reports.knee_terminal import sentence
from reports.summary import Summary, Word
from tests.reports.histories import healthy, heard, without
from tests.reports.test_summary import summary_of

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = {Limit.NONE: Word.GO, Limit.TARGET: Word.NO_GO}
broken = st.sampled_from([Limit.TARGET, Limit.GENERATOR])


def trial(users: int, limit: Limit = Limit.NONE) -> Trial:
    return Trial(
        users=users,
        run_id=f"run-{users}",
        verdict=WORDS.get(limit, Word.INVALID),
        limit=limit,
        reasons=[] if limit is Limit.NONE else [f"{limit} at {users}"],
        owed=users * users,
        lost=0,
        delivery_p95_ms=10.0,
        lag_p95_ms=1.0,
        cpu=0.5,
        seconds=9.0,
    )


def searched(most: int, of: Callable[[int], Limit]) -> list[Trial]:
    """All trials of a search where this many users come to that."""
    trials: list[Trial] = []
    while users := next_users(trials, most):
        trials.append(trial(users, of(users)))
    return trials


def found(trials: list[Trial], most: int) -> Found:
    return Found(
        search_id="s", command="", most=most, gates="smoke", knee=knee_of(trials), trials=trials
    )


@given(most=st.integers(2, 2000), holds=st.integers(0, 2000), limit=broken)
def test_a_knee_is_found_closely_and_seen_twice(most: int, holds: int, limit: Limit) -> None:
    trials = searched(most, lambda users: Limit.NONE if users <= holds else limit)

    knee = knee_of(trials)
    assert knee.holds <= max(holds, 0)
    assert len(trials) <= 20
    assert max(one.users for one in trials) <= most
    if holds >= most:
        assert (knee.holds, knee.breaks, knee.limit) == (most, None, Limit.NONE)
        return
    assert knee.breaks is not None
    assert knee.holds <= holds < knee.breaks
    assert knee.breaks - knee.holds <= max(1, knee.holds // 8)
    assert (knee.limit, knee.tried, knee.broken) == (limit, 2, 2)


def test_who_gave_way_at_the_knee_is_named_and_not_who_would_have_later() -> None:
    limits = {25: Limit.NONE, 50: Limit.TARGET, 100: Limit.GENERATOR}

    trials = searched(200, lambda users: limits[min(n for n in limits if n >= users)])

    assert [one.users for one in trials] == [25, 50, 37, 31, 28, 28]
    assert knee_of(trials).limit is Limit.TARGET
    told = "25 users hold and the target gives way at 28 (2 of 2 trials)"
    assert sentence(found(trials, 200)) == told


def test_bad_luck_shows_as_one_of_two() -> None:
    trials = [trial(2), trial(3, Limit.TARGET), trial(3)]

    assert next_users(trials, 4) is None
    knee = knee_of(trials)
    assert (knee.holds, knee.breaks, knee.tried, knee.broken) == (2, 3, 2, 1)


def test_a_search_ends_where_a_run_proves_nothing_or_the_time_is_over() -> None:
    for limit, told in (
        (Limit.EVIDENCE, "a run proved nothing"),
        (Limit.TIME, "the time was over"),
    ):
        trials = [trial(50), trial(100, limit)]

        assert next_users(trials, 400) is None
        assert knee_of(trials).limit is limit
        assert knee_of(trials).holds == 50
        assert sentence(found(trials, 400)) == f"50 users hold - then {told}"


def test_what_is_known_stands_where_no_other_run_could_follow() -> None:
    for ended in (Limit.TIME, Limit.EVIDENCE, Limit.STOPPED):
        knee = knee_of([trial(50), trial(100, Limit.TARGET)], ended)

        assert (knee.holds, knee.breaks, knee.limit) == (50, 100, ended)


def test_where_the_smallest_house_does_not_hold_nothing_does() -> None:
    trials = searched(8, lambda _: Limit.TARGET)

    assert [one.users for one in trials] == [2, 1, 1]
    told = "no size of house holds and the target gives way at 1 (2 of 2 trials)"
    assert sentence(found(trials, 8)) == told


def test_a_run_says_who_gave_way() -> None:
    whole = summary_of(healthy())
    busy = msgspec.structs.replace(
        whole,
        verdict=Word.INVALID,
        generator=msgspec.structs.replace(whole.generator, saturated=["event loops woke up late"]),
    )
    gap = msgspec.structs.replace(whole, verdict=Word.INVALID)

    assert limit_of(whole) is Limit.NONE
    assert limit_of(summary_of(without(healthy(), heard("cho", "ada", 0, "100")))) is Limit.TARGET
    assert limit_of(busy) is Limit.GENERATOR
    assert limit_of(gap) is Limit.EVIDENCE


def limit_of(summary: Summary) -> Limit:
    return trial_of(summary, 3, 9.0).limit
