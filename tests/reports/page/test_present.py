"""Seats over time, and what rosters showed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.archive import read_history
from reports.history import CONSOLE, DATABASE, Moment, Part, Roster
from reports.page.present import PAGES, Witnesses, presence_of
from reports.parts import merge
from tests.reports.histories import healthy, ns, write_run
from tests.reports.page.pages import page_from

if TYPE_CHECKING:
    from pathlib import Path


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


def test_everybody_of_a_merged_run_is_held_against_her_own_house(tmp_path: Path) -> None:
    folders = []
    for number, users in enumerate((("ada", "cho"), ("ben",)), start=1):
        part = Part(number=number, of=2, users=3, seed=1)
        folders.append(tmp_path / str(number))
        write_run(folders[-1], {"shard00": users}, healthy(users), part=part)
    merge(folders, tmp_path / "whole")

    presence = presence_of(read_history(tmp_path / "whole"))

    assert presence.seated == [(10, 3), (61, 0)]
    assert presence.witnesses == [
        Witnesses(
            house=f"part-0{number}",
            source=PAGES,
            moment=Moment.SETTLED,
            rosters=seats,
            fewest=seats,
            most=seats,
            seated=seats,
        )
        for number, seats in ((1, 2), (2, 1))
    ]
