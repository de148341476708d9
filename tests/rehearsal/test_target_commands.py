"""`python -m fixtures.target`, as somebody types it who has just copied an example."""

from __future__ import annotations

import pytest

from fixtures.target.__main__ import main


@pytest.fixture(autouse=True)
def nowhere(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no settings of the developer's own."""
    monkeypatch.chdir(str(tmp_path))
    for key in ("SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL"):
        monkeypatch.delenv(key, raising=False)


def test_the_target_that_is_always_there_is_as_its_file_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "embedded"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "targets/embedded.toml: no production, webinar 149402"
    assert said[-1] == "all is as the file says"
    asked = [line.split()[1] for line in said[1:-1]]
    assert asked == [
        *("app", "Supabase", "service", "rows", "user", "sign-in", "seat", "send"),
        *("row", "frame", "presence", "poll", "leave", "removed"),
    ]


@pytest.mark.parametrize("command", ["check", "sweep"])
@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "nowhere",
            "there is no target 'nowhere'; targets are embedded, example, local, slack-clone, ",
        ),
        ("local", "also needs SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY, DATABASE_URL"),
    ],
)
def test_what_is_missing_is_one_sentence(
    capsys: pytest.CaptureFixture[str], command: str, target: str, said: str
) -> None:
    assert main([command, target]) == 4

    assert said in capsys.readouterr().err


def test_there_is_nothing_to_sweep_where_nothing_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "embedded"]) == 0

    assert "thrown away after each run" in capsys.readouterr().out
