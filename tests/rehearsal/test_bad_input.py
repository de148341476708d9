"""What cannot be run is refused in one sentence, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.conftest import Ended, Served

pytestmark = pytest.mark.real

ELSEWHERE = {
    "SOUNDCHECK_TARGET": "local",
    "SOUNDCHECK_BASE_URL": "http://127.0.0.1:9",
    "SUPABASE_URL": "http://127.0.0.1:9",
    "SUPABASE_ANON_KEY": "anon",
    "SUPABASE_SERVICE_ROLE_KEY": "service",
    "DATABASE_URL": "postgresql://127.0.0.1:9/postgres",
}

PRODUCTION = ("--target", "example", "--i-understand-this-is-production")


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        pytest.param(["--users", "0"], {}, "--users (SOUNDCHECK_USERS) must be at least 1, got 0"),
        pytest.param(["--run-id", "../x"], {}, "must be letters, digits, - and _"),
        pytest.param(["--users", "abc"], {}, "must be a whole number, got 'abc'"),
        pytest.param(["--users", "100000"], {}, "users fit (set --users)"),
        pytest.param([], {"SOUNDCHECK_USRES": "4"}, "unknown setting SOUNDCHECK_USRES"),
        pytest.param([], {"SOUNDCHECK_BROWSER": "/nowhere/chromium"}, "/nowhere/chromium"),
        pytest.param([], {"SOUNDCHECK_BASE_URL": "http://127.0.0.1:9"}, "Say --target NAME"),
        pytest.param(["--target", "local"], {}, "also needs SUPABASE_ANON_KEY"),
        pytest.param(["--target", "nowhere"], {}, "there is no target 'nowhere'; targets are"),
        pytest.param(["--fault", "rain"], {}, "must be one of realtime-down, polls-refused, got"),
        pytest.param(["--defect", "rain"], {}, "no defect 'rain'; there are ack-without-store"),
        pytest.param(["--defect", "reorder"], ELSEWHERE, "--defect (SOUNDCHECK_DEFECT) is for the"),
        pytest.param(["--fault", "realtime-down"], ELSEWHERE, "'realtime-down' is refused"),
        pytest.param([], ELSEWHERE, "http://127.0.0.1:9 did not answer GET /rest/v1/webinars"),
        pytest.param(
            [],
            {"DATABASE_URL": "postgresql://127.0.0.1:9/postgres"},
            "the embedded EventLive did not start: eventlive: the database does not answer",
        ),
        pytest.param(
            [*PRODUCTION, "--tracing", "on"], ELSEWHERE, "would keep what other people say on examp"
        ),
        pytest.param(["--transport", "pigeon"], {}, "the embedded EventLive did not start"),
        pytest.param(["--gates", "x"], {}, "no profile [x]; profiles are smoke, frames, webinar"),
        pytest.param(["--webinar", "1"], {}, "there is no webinar 1 on this target"),
        pytest.param(["e2e/nowhere.py"], {}, "file or directory not found: e2e/nowhere.py"),
    ],
)
def test_a_run_that_cannot_start_says_why_and_exits_with_4(
    rehearse: Callable[..., Ended], arguments: list[str], env: dict[str, str], said: str
) -> None:
    ended = rehearse("-n", "2", *arguments, env=env)

    assert ended.code == 4, ended.output
    assert said in ended.output
    assert "Traceback" not in ended.output


def test_a_database_that_is_not_this_projects_is_refused_before_load(
    rehearse: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()
    elsewhere = {**served.settings, "DATABASE_URL": "postgresql://127.0.0.1:9/postgres"}

    ended = rehearse("--users", "2", env=elsewhere)

    assert ended.code == 4, ended.output
    assert "the database could not be read" in ended.output
