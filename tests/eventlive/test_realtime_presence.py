"""Presence: state and diffs (A.13), and that diffs alone rebuild the state."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from eventlive.supabase.realtime.presence import Metas, Presence


def refs(metas: Metas) -> dict[str, set[object]]:
    return {key: {meta["phx_ref"] for meta in one["metas"]} for key, one in metas.items()}


def test_nobody_is_present_at_first() -> None:
    presence = Presence()

    assert presence.state() == {}
    assert presence.take_diff() is None


def test_a_track_joins_with_the_payload_and_a_ref() -> None:
    presence = Presence()

    presence.track("tab", "ann", {"name": "Ann"})

    (meta,) = presence.state()["ann"]["metas"]
    assert meta == {"name": "Ann", "phx_ref": meta["phx_ref"]}
    assert presence.take_diff() == {"joins": {"ann": {"metas": [meta]}}, "leaves": {}}


def test_an_update_leaves_and_joins_in_one_diff() -> None:
    presence = Presence()
    presence.track("tab", "ann", {"status": "online"})
    presence.take_diff()
    (before,) = presence.state()["ann"]["metas"]

    presence.track("tab", "ann", {"status": "away"})

    (after,) = presence.state()["ann"]["metas"]
    assert after["phx_ref_prev"] == before["phx_ref"] != after["phx_ref"]
    assert presence.take_diff() == {
        "joins": {"ann": {"metas": [after]}},
        "leaves": {"ann": {"metas": [before]}},
    }


def test_an_identical_track_changes_nothing() -> None:
    presence = Presence()
    presence.track("tab", "ann", {"status": "online"})
    presence.take_diff()

    assert presence.track("tab", "ann", {"status": "online"}) is False
    assert presence.take_diff() is None


def test_two_tabs_of_one_key_are_two_metas() -> None:
    presence = Presence()

    presence.track("tab 1", "ann", {})
    presence.track("tab 2", "ann", {})

    assert len(presence.state()["ann"]["metas"]) == 2


def test_somebody_is_gone_with_the_last_tab() -> None:
    presence = Presence()
    presence.track("tab 1", "ann", {})
    presence.track("tab 2", "ann", {})

    presence.untrack("tab 1")
    assert list(presence.state()) == ["ann"]

    presence.untrack("tab 2")
    assert presence.state() == {}


def test_who_came_and_went_within_a_window_leaves_no_trace() -> None:
    presence = Presence()

    presence.track("tab", "ann", {})
    presence.untrack("tab")

    assert presence.take_diff() is None


def test_who_was_told_of_somebody_is_told_when_she_goes_within_the_window() -> None:
    presence = Presence()
    presence.track("tab", "ann", {})
    (told,) = presence.state()["ann"]["metas"]

    presence.untrack("tab")

    assert presence.take_diff() == {"joins": {}, "leaves": {"ann": {"metas": [told]}}}


def test_a_window_merges_everybody_into_one_diff() -> None:
    presence = Presence()
    for number in range(400):
        presence.track(number, f"user {number}", {})

    diff = presence.take_diff()

    assert diff is not None
    assert len(diff["joins"]) == 400
    assert presence.take_diff() is None


def test_a_client_cannot_choose_its_own_ref() -> None:
    presence = Presence()

    presence.track("tab", "ann", {"phx_ref": "mine"})

    assert refs(presence.state()) != {"ann": {"mine"}}


def test_an_absent_tracker_changes_nothing() -> None:
    presence = Presence()

    assert presence.untrack("tab") is False
    assert presence.take_diff() is None


def applied(known: Mapping[str, set[object]], diff: Mapping[str, Metas]) -> dict[str, set[object]]:
    """What a client knows after a diff: joins are added, leaves taken away, by ref."""
    joins, leaves = refs(diff["joins"]), refs(diff["leaves"])
    after = {
        key: (known.get(key, set()) | joins.get(key, set())) - leaves.get(key, set())
        for key in {*known, *joins}
    }
    return {key: metas for key, metas in after.items() if metas}


steps = st.tuples(
    st.sampled_from(["track", "untrack", "diff"]), st.integers(0, 3), st.integers(0, 2)
)


@given(st.lists(steps, max_size=40))
def test_diffs_alone_rebuild_the_state(history: list[tuple[str, int, int]]) -> None:
    presence, known = Presence(), dict[str, set[object]]()
    for action, tracker, value in [*history, ("diff", 0, 0)]:
        if action == "track":
            presence.track(tracker, f"key {tracker % 2}", {"value": value})
        elif action == "untrack":
            presence.untrack(tracker)
        elif diff := presence.take_diff():
            known = applied(known, diff)

    assert known == refs(presence.state())
