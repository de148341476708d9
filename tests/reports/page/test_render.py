"""The files of a page: their names, languages and policy, and judging where no script is built."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from reports import judging
from reports.history import Outcome, Step, StepName
from reports.hosts import Host
from reports.judging import judge
from reports.page.bundle import Bundle, policy, read_bundle
from reports.page.render import file_names, rendered
from reports.summary import FILES, PartLine, Word
from tests.reports.histories import header, healthy, step, write_run, write_shard
from tests.reports.page.pages import page_from

if TYPE_CHECKING:
    from pathlib import Path

    from reports.history import Op

BUNDLE = Bundle(
    engineering="draw();",
    client="offer();",
    comparison="compare();",
    capacity="search();",
    style="p { margin: 0 }",
)
BOTH = ["client.en.html", "client.html", "index.en.html", "index.html"]


def run_in(folder: Path, languages: list[str] | None = None) -> Path:
    write_run(folder, {"shard00": ["ada"]}, healthy(["ada"]))
    if languages is not None:
        asked = structs.replace(header([], "shard01"), languages=languages)
        write_shard(folder, asked, [])
    return folder


def pages_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.html"))


@pytest.mark.parametrize(
    ("languages", "names"),
    [
        (["ko", "en"], ["index.html", "index.en.html", "client.html", "client.en.html"]),
        (["en", "ko"], ["index.html", "index.ko.html", "client.html", "client.ko.html"]),
        (["en"], ["index.html", "client.html"]),
    ],
)
def test_the_first_language_has_the_short_names(languages: list[str], names: list[str]) -> None:
    assert [one.name for one in file_names(languages)] == names


def test_each_file_is_in_its_language() -> None:
    files = rendered(page_from(healthy()), ("ko", "en"), BUNDLE)

    assert {name: re.findall(r'<html lang="(\w+)">', text) for name, text in files.items()} == {
        "index.html": ["ko"],
        "index.en.html": ["en"],
        "client.html": ["ko"],
        "client.en.html": ["en"],
    }


def test_who_was_held_back_shut_out_or_known_already_stands_with_the_facts() -> None:
    ops = [one for one in healthy() if not is_sign_in(one)]
    held = step("ada", StepName.SIGN_IN, 0, 9, throttled=3, held_s=5)
    shut = step("ben", StepName.SIGN_IN, 0, 9, outcome=Outcome.THROTTLED, throttled=4, held_s=9)
    found = structs.replace(step("cho", StepName.SIGN_IN, 0, 1), is_found=True)

    text = rendered(page_from([*ops, held, shut, found]), ("en",), BUNDLE)["index.html"]

    assert "a limit of Auth (429) held 2 users back, 7 times, for up to 9 s" in text
    assert "1 users never got in for it" in text
    assert "1 users had a session from an earlier run" in text
    assert "limit of Auth" not in rendered(page_from(healthy()), ("en",), BUNDLE)["index.html"]


def is_sign_in(op: Op) -> bool:
    return isinstance(op, Step) and op.step is StepName.SIGN_IN


def test_the_policy_lets_exactly_the_files_own_script_and_style_run() -> None:
    text = rendered(page_from(healthy()), ("en",), BUNDLE)["index.html"]

    digest = b64encode(sha256(b"draw();").digest()).decode()
    (declared,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    assert declared.replace("&#39;", "'") == policy("draw();", "p { margin: 0 }")
    assert declared.startswith("default-src &#39;none&#39;")
    assert f"script-src &#39;sha256-{digest}&#39;" in declared.replace("&#43;", "+")
    assert "unsafe" not in declared
    assert "<script>draw();</script>" in text


def test_what_set_up_builds_cannot_end_its_element() -> None:
    bundle = read_bundle()

    assert bundle is not None
    assert "</script" not in bundle.engineering + bundle.client + bundle.comparison
    assert "<!--" not in bundle.engineering + bundle.client + bundle.comparison
    assert "</style" not in bundle.style


def test_where_no_script_is_built_the_verdict_is_the_same_and_no_old_page_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_in(tmp_path)
    judge(tmp_path)
    assert pages_in(tmp_path) == BOTH
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    monkeypatch.setattr(judging, "read_bundle", lambda: None)

    summary = judge(tmp_path)

    assert summary.verdict is Word.GO
    assert pages_in(tmp_path) == []
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before


def test_a_bundle_that_is_not_whole_is_none(tmp_path: Path) -> None:
    (tmp_path / "engineering.js").write_text("draw();")

    assert read_bundle(tmp_path) is None


def test_a_run_gets_the_languages_that_it_asked_for(tmp_path: Path) -> None:
    run_in(tmp_path, ["en"])

    judge(tmp_path)

    assert pages_in(tmp_path) == ["client.html", "index.html"]
    assert '<html lang="en">' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_whoever_judges_again_may_ask_for_others(tmp_path: Path) -> None:
    run_in(tmp_path, ["en"])

    judge(tmp_path, ["ko", "en"])

    assert pages_in(tmp_path) == BOTH


@pytest.mark.parametrize("asked", [[], ["fr"]])
def test_runs_that_asked_for_none_that_there_is_get_all(tmp_path: Path, asked: list[str]) -> None:
    run_in(tmp_path, asked)

    judge(tmp_path)

    assert pages_in(tmp_path) == BOTH


def test_the_page_of_one_house_over_several_hosts_says_how_far_their_clocks_were_apart() -> None:
    page = page_from(healthy())
    apart = Host(part="part-02", offset_ms=-7000.25, error_ms=0.125, drift_ms=0)
    run = structs.replace(
        page.summary, hosts=[apart], parts=[PartLine(part="2/2", run_id="run-2", users=2)]
    )

    files = rendered(structs.replace(page, summary=run), ("ko", "en"), BUNDLE)

    assert "part-02: put forward by -7,000.250 ms, ± 0.125 ms" in files["index.en.html"]
    assert "part-02: -7,000.250 ms 앞으로 조정, 오차 ± 0.125 ms" in files["index.html"]
    assert "everybody chatted with everybody" in files["client.en.html"]
    assert "모두가 서로 채팅을 주고받았습니다" in files["client.html"]
