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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["app.test/webinars/7"], "app.test/webinars/7 is no address of a page"),
        (["https://app.test/7", "--name", "local"], "local.toml is there already: say another"),
        (["https://app.test/7"], "who signs in? SOUNDCHECK_LEARN_EMAIL and SOUNDCHECK_LEARN_PASSW"),
        (["https://app.test/7", "--headed"], "--headed needs a screen, and there is none"),
    ],
)
def test_what_cannot_be_learnt_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(screen, raising=False)

    assert main(["learn", *arguments]) == 4

    assert said in capsys.readouterr().err


def test_nobody_writes_to_people_of_an_unknown_place_by_accident(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOUNDCHECK_LEARN_EMAIL", "somebody@app.test")
    monkeypatch.setenv("SOUNDCHECK_LEARN_PASSWORD", "canary-of-a-password")

    assert main(["learn", "https://app.invalid/7?code=canary"]) == 4

    said = capsys.readouterr().err
    assert said.startswith("https://app.invalid/7 counts as production, and its people will see a")
    assert "--i-understand-this-is-production" in said
    assert "canary" not in said


def test_an_address_that_does_not_open_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOUNDCHECK_LEARN_EMAIL", "somebody@app.test")
    monkeypatch.setenv("SOUNDCHECK_LEARN_PASSWORD", "canary-of-a-password")

    assert main(["learn", "http://127.0.0.1:9/webinars/7", "--name", "t.toml"]) == 4

    said = capsys.readouterr().err
    assert said == "http://127.0.0.1:9/webinars/7 cannot be opened: ERR_UNSAFE_PORT\n"


def test_there_is_nothing_to_sweep_where_nothing_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "embedded"]) == 0

    assert "thrown away after each run" in capsys.readouterr().out
