"""A target whose Auth lets one address sign in so often at once, and no oftener."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Served

FILE = """
like = "embedded"
production = false
is_eventlive = false

[sign_in]
how = "{how}"
"""
# One less than there is: who arrives as planned may still ask a little sooner after the one before.
PACED = """
[limits]
sign_ins_at_once = 1
sign_ins_per_s = 0.45
"""


def limited(folder: Path, how: str, more: str = "") -> list[str]:
    """The options that lead to a target of which this is said."""
    form = """
path = "/?next=/webinars/{webinar}"
email = { label = "이메일" }
password = { label = "비밀번호" }
submit = { role = "button", name = "로그인" }
"""
    file = folder / "limited.toml"
    file.write_text(FILE.format(how=how) + (form if how == "form" else "") + more)
    return ["--target", str(file), "--users", "5", "--arrivals-per-s", "0"]


def pointing_at(served: Served) -> dict[str, str]:
    """The settings that lead there, but for the target's name."""
    return {key: one for key, one in served.settings.items() if key != "SOUNDCHECK_TARGET"}


@pytest.mark.parametrize("how", ["form", "storage"])
def test_who_is_too_fast_for_auth_is_let_in_later_and_that_is_told_apart(
    how: str, rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--token-burst", "2")

    ended = rehearse(*limited(tmp_path, how), env=pointing_at(served))

    assert ended.code == 0, ended.output
    sign_ins = ended.summary["sign_ins"]
    assert (sign_ins["users"], sign_ins["never"]) == (3, [])
    assert sign_ins["throttled"] >= 3
    # The third of them could not be let in before the bucket had gained three.
    assert sign_ins["held_s"]["max"] > 4
    assert ended.summary["seconds"]["steps"]["sign_in"]["max"] < 4
    assert ended.summary["realtime"]["throttled"] == []
    assert "Auth's limit on sign-ins (429) held 3 users back" in ended.output


def test_a_limit_that_never_lets_them_in_makes_a_run_invalid_and_not_no_go(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--token-burst", "2")
    hurried = {**pointing_at(served), "SOUNDCHECK_THROTTLED_S": "0"}

    ended = rehearse(*limited(tmp_path, "storage"), env=hurried)

    assert ended.code == 11, ended.output
    assert ended.summary["users"]["signed_in"] == {"n": 2, "of": 5}
    assert "not the product, kept 3 of 5 users out" in ended.output


def test_a_limit_that_lets_no_seats_without_a_browser_in_is_no_flaw_of_the_product(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--token-burst", "2")
    hurried = {**pointing_at(served), "SOUNDCHECK_THROTTLED_S": "0"}

    ended = rehearse(*limited(tmp_path, "storage"), "--users", "2", "--fill", "4", env=hurried)

    assert ended.code == 11, ended.output
    (check,) = (one for one in ended.summary["checks"] if one["check"] == "fill")
    assert check["validity"] == "unknown"
    assert "Auth's limit, not the product, kept 2 of 4 seats out" in check["text"]


def test_a_house_comes_at_the_pace_at_which_auth_lets_it_in(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--token-burst", "2")

    ended = rehearse(*limited(tmp_path, "storage", PACED), env=pointing_at(served))

    assert ended.code == 0, ended.output
    assert ended.summary["sign_ins"]["throttled"] == 0
    assert "sign-ins: 1 at once, then 0.45 a second" in ended.output
    assert "the last user comes after 9 s" in ended.output
