"""The distribution of latencies, per way."""

from reports.history import Via
from tests.reports.histories import USERS, healthy, heard, message_id, without
from tests.reports.page.pages import page_from


def test_each_way_has_its_own_percentiles_and_they_are_those_of_the_summary() -> None:
    id_ = message_id(USERS, "ada", 1)
    ops = without(healthy(), heard("ben", "ada", 1, id_), heard("cho", "ada", 1, id_))
    polled = heard("ben", "ada", 1, id_, after_s=3, via=Via.POLL)
    slow = heard("cho", "ada", 1, id_, after_s=0.51)

    page = page_from([*ops, polled, slow])

    frame, poll = page.charts.paths
    assert (frame.via, frame.n, frame.p50, frame.p95, frame.p99, frame.max) == (
        *(Via.FRAME, 17, 90, 500, 500, 500),
    )
    assert (poll.via, poll.n, poll.p50, poll.max) == (Via.POLL, 1, 2990, 2990)
    for path in page.charts.paths:
        spread = page.summary.deliveries.latency_ms[path.via]
        assert (path.n, path.mean, path.p50, path.p95, path.max) == (
            *(spread.n, spread.mean, spread.p50, spread.p95, spread.max),
        )


def test_points_are_the_latencies_of_each_percent_in_ascending_order() -> None:
    (frame,) = page_from(healthy()).charts.paths

    assert len(frame.points) == 101
    assert frame.points == sorted(frame.points)
    assert (frame.points[50], frame.points[100]) == (frame.p50, frame.max)


def test_where_nothing_arrived_there_is_no_way() -> None:
    assert page_from([]).charts.paths == []


def test_the_slowest_in_a_hundred_are_beyond_p99_and_not_beyond_p95() -> None:
    users = [f"u{number:02}" for number in range(15)]
    id_ = message_id(users, "u00", 0)
    slow = [heard(user, "u00", 0, id_, after_s=2) for user in users[:8]]
    ops = without(healthy(users), *(heard(user, "u00", 0, id_) for user in users[:8]))

    (frame,) = page_from([*ops, *slow], users).charts.paths

    assert (frame.n, frame.p95, frame.p99) == (450, 90, 1990)
