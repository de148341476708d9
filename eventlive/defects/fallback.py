"""What can go wrong with the polls that stand in for Realtime while it is away (section 10.1)."""

from __future__ import annotations

from eventlive.defects.defect import Defect

DOWN = ("--fault", "realtime-down")
REFUSED = ("--fault", "polls-refused")

DEFECTS = (
    Defect(
        name="poll-never-starts",
        story="a page whose room is away waits for it, and asks for nothing meanwhile",
        expected=("fallback",),
        run=DOWN,
        page="poll-never-starts",
    ),
    Defect(
        name="poll-never-stops",
        story="a page goes on polling when its room is back",
        expected=("fallback",),
        # It polls 2, 6, 14, 30 and 60 s after the cut.
        run=("--fault", "realtime-down", "--hold-s", "50"),
        page="poll-never-stops",
    ),
    Defect(
        name="poll-without-backoff",
        story="a page polls every two seconds for as long as its room is away",
        expected=("fallback",),
        run=DOWN,
        page="poll-without-backoff",
    ),
    Defect(
        name="poll-ignores-4xx",
        story="a page that may not read messages goes on asking for them",
        expected=("fallback",),
        run=REFUSED,
        page="poll-ignores-4xx",
    ),
)
