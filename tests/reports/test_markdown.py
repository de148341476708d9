"""Markdown for a comment: verdict first, files last, and what a target said only in code spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from markdown_it import MarkdownIt

from reports.checks import judge_checks
from reports.figures import Share
from reports.findings import findings_of
from reports.gates import GateResult
from reports.losses import Loss
from reports.markdown import code, markdown
from reports.metrics import Unit
from reports.summary import FailedUser, Failures, Word, summarise
from reports.users import Stage
from reports.verdicts import Validity, Verdict, invalid, unknown, valid
from tests.reports.histories import healthy, heard, history_of, refused, told_of_limit, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token

    from reports.history import Op
    from reports.summary import Summary

HOSTILE = (
    "`x` ``y`` </code><script>alert(1)</script> | a | @everyone [l](https://e.vil) ![i](u) "
    "https://e.vil #12 **b**\n\n# heading\n\n| t |\n|---|\n- item\x00\x1b[2J\u202e`"
)
GITHUB_COMMENT_CHARS_MAX = 65_536


def summary_of(ops: Iterable[Op]) -> Summary:
    findings = findings_of(history_of(ops))
    return summarise(findings, judge_checks(findings), [])


def gate(validity: Validity, text: str = "observed 31 s", name: str = "journey") -> GateResult:
    return GateResult(
        gate=name,
        metric="journey.seconds",
        aggregation="p95",
        operator="<=",
        bound=20,
        unit=Unit.S,
        validity=validity,
        observed=31,
        samples=3,
        interval=None,
        margin=-11,
        text=text,
    )


def hostile(times: int = 1, text: str = HOSTILE) -> str:
    """A page on which everything that can come from outside is `text`."""
    summary = msgspec.structs.replace(
        summary_of(healthy()),
        verdict=Word.NO_GO,
        run_id=text,
        webinar=text,
        started_at=text,
        reasons=[text] * times,
        quota=[text] * times,
        losses=[
            Loss(
                stage=text,
                messages=1,
                pairs=1,
                users_total=times,
                users=[text] * times,
                causes={f"{number} {text}": 1 for number in range(times)},
            )
        ],
        failures=Failures(users=times, first=[FailedUser(text, Stage.SENT, text)] * times),
    )
    evidence = msgspec.structs.replace(summary.evidence, damage=[text] * times)
    return markdown(
        msgspec.structs.replace(summary, evidence=evidence),
        [invalid(text, text, [text] * times)] * times,
        [gate(Validity.INVALID, text, text)] * times,
    )


def tokens(page: str) -> list[Token]:
    """Everything a CommonMark parser with tables finds in a page, inline parts too."""
    blocks = MarkdownIt("commonmark").enable("table").parse(page)
    return [token for block in blocks for token in (block, *(block.children or []))]


def lines_of(
    ops: Iterable[Op], checks: Sequence[Verdict] = (), gates: Sequence[GateResult] = ()
) -> list[str]:
    return markdown(summary_of(ops), checks, gates).splitlines()


def test_a_healthy_run_is_its_verdict_its_figures_and_its_files() -> None:
    lines = lines_of(healthy())

    assert lines[:4] == [
        "## Soundcheck: GO",
        "",
        "run `run-1`, webinar `149402`, started `2026-02-07T00:00:00Z`",
        "",
    ]
    assert lines[4] == "|  | this run | incident test |"
    assert "| signed in | 3/3 (100 %) | 400/400 |" in lines
    assert "| p95 per user | 25.10 s | 18.83 s |" in lines
    assert lines[-3:] == ["- `summary.json`", "- `users.csv`", "- `history-*.jsonl`"]
    assert [line for line in lines if line.startswith("#")] == [
        "## Soundcheck: GO",
        "### Evidence",
    ]


def test_reasons_come_right_after_the_verdict_and_losses_before_the_files() -> None:
    lines = lines_of(without(healthy(), heard("cho", "ada", 0, "100")))

    assert lines[0] == "## Soundcheck: NO-GO"
    loss = "`stored but not delivered: messages 1, deliveries 1, users 1`"
    assert lines[4:6] == [f"- {loss}", "- `users for whom something went wrong: 1`"]
    assert lines[lines.index("### Losses") :] == [
        "### Losses",
        "",
        f"- {loss}: `cho`",
        "- `cho` reached: sent, `messages owed and not received: 1`",
        "",
        "### Evidence",
        "",
        "- `summary.json`",
        "- `users.csv`",
        "- `history-*.jsonl`",
    ]


@pytest.mark.parametrize("quota", [[], ["first to break: joins per s 3 of 1", "it fits at 0.25"]])
def test_what_the_plan_takes_stands_right_below_what_was_foreseen_of_it(quota: list[str]) -> None:
    lost = without(healthy(), heard("cho", "ada", 0, "100"))
    summary = summary_of([*lost, told_of_limit("cho")])

    page = markdown(msgspec.structs.replace(summary, quota=quota), [], [])

    loss = "- `not delivered: throttled by the platform: messages 1, deliveries 1, users 1`: `cho`"
    foreseen = "### Quota\n\n- `first to break: joins per s 3 of 1`\n- `it fits at 0.25`\n\n"
    assert f"### Losses\n\n{loss}\n" in page
    assert (f"{foreseen}### Losses" in page, "Quota" in page) == (bool(quota), bool(quota))


def test_what_the_server_said_stands_beside_the_loss() -> None:
    loss = next(line for line in lines_of([refused("ada", 0, 429, "slow")]) if "x `429" in line)

    assert "(1 x `429 slow`): `ada`" in loss


def test_only_checks_and_gates_that_do_not_hold_are_named() -> None:
    checks = [
        valid("order", "kept"),
        invalid("no loss", "3 lost", [f"pair {number}" for number in range(5)]),
        unknown("presence", "no roster"),
    ]
    lines = lines_of(healthy(), checks, [gate(Validity.VALID, name="ok"), gate(Validity.INVALID)])

    assert lines[lines.index("### Checks") : lines.index("### Evidence")] == [
        "### Checks",
        "",
        "- passed: 1 of 3",
        "- failed: `no loss` `3 lost`",
        "  - `pair 0`",
        "  - `pair 1`",
        "  - `pair 2`",
        "  - and 2 more, in `summary.json`",
        "- unknown: `presence` `no roster`",
        "",
        "### Gates",
        "",
        "- passed: 1 of 2",
        "- failed: `journey` `observed 31 s`",
        "",
    ]


def test_what_was_not_read_is_not_a_figure() -> None:
    summary = msgspec.structs.replace(
        summary_of(healthy()),
        messages=msgspec.structs.replace(
            summary_of(healthy()).messages, stored=None, accepted=Share(0, 0)
        ),
    )

    assert "| stored (messages) | not read |  |" in markdown(summary, [], [])


def test_nothing_a_target_says_becomes_markup() -> None:
    found = tokens(hostile())

    assert {token.type for token in found} <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close"),
        *("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
        *("code_inline", "softbreak"),
    }
    assert sum(token.type == "table_open" for token in found) == 1
    texts = " ".join(token.content for token in found if token.type == "text")
    assert not set(texts) & set("@<>`[]#*")
    assert "e.vil" not in texts


def test_what_a_target_says_can_still_be_read() -> None:
    said = [token.content for token in tokens(hostile()) if token.type == "code_inline"]

    assert sum("<script>alert(1)</script> | a | @everyone" in text for text in said) >= 10
    assert all(text.isprintable() for text in said)


@pytest.mark.parametrize(
    "text", ["a", "`", "``", "a`", "`a", "a``b`c", "```js", "\\`", "<b>", "| x", "a\nb", "~~~"]
)
def test_a_code_span_holds_any_text(text: str) -> None:
    (span,) = [t for t in tokens(f"- {code(text)}\n") if t.type == "code_inline"]

    assert span.content == " ".join(text.split())


@pytest.mark.parametrize("text", ["", "\x00", " \n "])
def test_a_code_span_of_nothing_is_no_stray_backtick(text: str) -> None:
    (span,) = [t for t in tokens(f"- {code(text)} x\n") if t.type == "code_inline"]

    assert span.content.strip() == ""


def test_a_page_fits_into_a_comment() -> None:
    page = hostile(times=1000, text="`@" * 1000)

    assert len(page) < GITHUB_COMMENT_CHARS_MAX
    assert "- and 980 more, in `summary.json`" in page
