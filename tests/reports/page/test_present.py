"""Seats over time, and what rosters showed of them."""

from reports.history import CONSOLE, DATABASE, Moment, Roster
from reports.page.present import PAGES, Witnesses
from tests.reports.histories import healthy, ns
from tests.reports.page.pages import page_from


def roster(source: str, moment: Moment, *present: str, others: int = 0) -> Roster:
    return Roster(source=source, moment=moment, at_ns=ns(50), present=list(present), others=others)


def test_seats_rise_as_they_are_taken_and_fall_as_they_are_given_up() -> None:
    presence = page_from(healthy()).charts.presence

    assert presence.seated == [(10, 3), (61, 0)]


def test_each_pages_roster_is_a_point_with_the_people_it_showed() -> None:
    presence = page_from(healthy()).charts.presence

    assert presence.pages == [(50, 3)] * 3
    assert (presence.convergence.n, presence.convergence.max) == (3, 40)


def test_witnesses_are_grouped_by_source_and_moment_beside_the_truth() -> None:
    asked = [
        roster(DATABASE, Moment.SETTLED, "ada", "ben"),
        roster(CONSOLE, Moment.LEFT, "ada"),
        roster("ada", Moment.SETTLED, "ada", "ben", "cho", others=2),
    ]

    witnesses = page_from([*healthy(), *asked]).charts.presence.witnesses

    assert witnesses == [
        Witnesses(source=PAGES, moment=Moment.SETTLED, rosters=4, fewest=3, most=5, seated=3),
        Witnesses(source=DATABASE, moment=Moment.SETTLED, rosters=1, fewest=2, most=2, seated=3),
        Witnesses(source=CONSOLE, moment=Moment.LEFT, rosters=1, fewest=1, most=1, seated=0),
    ]


def test_an_empty_run_has_no_presence() -> None:
    presence = page_from([]).charts.presence

    assert (presence.seated, presence.pages, presence.witnesses) == ([], [], [])
