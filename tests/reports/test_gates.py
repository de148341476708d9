"""Gates are refused before a run when they make no sense, and never pass without evidence."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from reports.archive import assemble
from reports.checks import judge_checks
from reports.findings import Findings
from reports.gates import AGGREGATIONS, OPERATORS, Gate, GateError, judge_gate, load_gates
from reports.history import ROWS, Exchange
from reports.ledger import build_ledger
from reports.metrics import METRICS, Count, Rate, Samples, wilson
from reports.summary import Word, summarise
from reports.users import user_rows
from reports.verdicts import Validity
from tests.reports.histories import (
    SERVING,
    at_ease,
    entries,
    header,
    healthy,
    heard,
    history_of,
    ns,
    rolled_back,
    served,
    unread,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.history import Op
    from reports.metrics import Reading

GATES_TOML = Path(__file__).parents[2] / "gates.toml"
fewer = settings(max_examples=50)


def findings_of(ops: Sequence[Op]) -> Findings:
    history = history_of(ops)
    ledger = build_ledger(history)
    return Findings(history=history, ledger=ledger, rows=user_rows(history, ledger))


def declared(folder: Path, text: str, profile: str = "smoke") -> list[Gate]:
    path = folder / "gates.toml"
    path.write_text(text, encoding="utf-8")
    return load_gates(path, profile)


def gate(key: str, operator: str, bound: float) -> Gate:
    name, _, aggregation = key.rpartition(".")
    return Gate(
        text=f"{key} {operator} {bound}",
        metric=METRICS[name],
        aggregation=aggregation,
        operator=operator,
        bound=bound,
    )


def reading_gate(key: str, operator: str, bound: float, reading: Reading) -> Gate:
    """A gate whose metric reads `reading` in whatever it is shown."""
    made = gate(key, operator, bound)
    return replace(made, metric=replace(made.metric, read=lambda _: reading))


HEALTHY = findings_of(healthy())
SILENT = findings_of([])
LOST = heard("cho", "ada", 0, "100")
TOKEN = Exchange(
    user="ada",
    method="POST",
    route="/auth/v1/token?grant_type=password",
    status=200,
    started_at_ns=ns(1),
    duration_ms=nan,
)


@pytest.mark.parametrize(
    ("line", "operator", "bound", "text"),
    [
        (
            '"delivery.latency_ms.p95" = "<= 2000"',
            "<=",
            2000,
            "delivery.latency_ms.p95 <= 2000",
        ),
        ('"users.received.rate" = ">=0.995"', ">=", 0.995, "users.received.rate >= 0.995"),
        ('"journey.seconds.mean" = " <  2e1 "', "<", 20, "journey.seconds.mean < 2e1"),
        ('"journey.seconds.count" = ">\\t-1"', ">", -1, "journey.seconds.count > -1"),
        (
            '"registrations.status_400.count" = "== 0"  # DoD-1',
            "==",
            0,
            "registrations.status_400.count == 0",
        ),
    ],
)
def test_a_gate_is_one_line(
    tmp_path: Path, line: str, operator: str, bound: float, text: str
) -> None:
    (one,) = declared(tmp_path, f"[smoke]\n{line}\n")

    assert (one.operator, one.bound, one.text) == (operator, bound, text)
    assert f"{one.metric.name}.{one.aggregation}" in line


METRIC_NAMES = ", ".join(METRICS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('"delivery.p95" = "<= 1"', f'unknown metric "delivery"; metrics are {METRIC_NAMES}'),
        ('"p95" = "<= 1"', f'unknown metric "p95"; metrics are {METRIC_NAMES}'),
        ('"" = "<= 1"', f'unknown metric ""; metrics are {METRIC_NAMES}'),
        (
            '"delivery.latency_ms.p90" = "<= 1"',
            'unknown aggregation "p90"; aggregations of delivery.latency_ms are'
            " p50, p95, p99, mean, max, min, count",
        ),
        (
            '"delivery.latency_ms.frame" = "<= 1"',
            'unknown aggregation ""; aggregations of delivery.latency_ms.frame are p50,',
        ),
        (
            '"users.sent.p95" = ">= 1"',
            'unknown aggregation "p95"; aggregations of users.sent are rate',
        ),
        (
            '"deliveries.lost.rate" = "== 0"',
            'unknown aggregation "rate"; aggregations of deliveries.lost are count',
        ),
        (
            '"journey.seconds.p95" = "=< 1"',
            '"journey.seconds.p95" = "=< 1": unknown operator "=<"; operators are <=, <, >=, >, ==',
        ),
        ('"journey.seconds.p95" = "!= 1"', 'unknown operator "!="'),
        ('"journey.seconds.p95" = "1"', 'unknown operator ""'),
        ('"journey.seconds.p95" = "≤ 1"', 'unknown operator ""'),
        ('"journey.seconds.p95" = ""', 'unknown operator ""'),
        ('"journey.seconds.p95" = "<="', 'a finite decimal number, got ""'),
        ('"journey.seconds.p95" = "<= nan"', 'a finite decimal number, got "nan"'),
        ('"journey.seconds.p95" = "<= inf"', 'a finite decimal number, got "inf"'),
        ('"journey.seconds.p95" = "<= 1e999"', 'a finite decimal number, got "1e999"'),
        ('"journey.seconds.p95" = "<= 1_000"', 'a finite decimal number, got "1_000"'),
        ('"journey.seconds.p95" = "<= ٣"', 'a finite decimal number, got "٣"'),
        ('"journey.seconds.p95" = "<= 20 s"', 'a finite decimal number, got "20 s"'),
        ('"journey.seconds.p95" = "<= 1\\n2"', 'a finite decimal number, got "1\\n2"'),
        ('"users.sent.rate" = ">= 99"', "a number from 0 to 1 for a rate, got 99"),
        ('"users.sent.rate" = ">= -0.1"', "a number from 0 to 1 for a rate, got -0.1"),
        ('"users.sent.rate" = 1.0', "[smoke] users.sent.rate: expected a quoted key and a quoted"),
        ('users.sent.rate = ">= 1"', "[smoke] users: expected a quoted key and a quoted bound"),
        ('"users.sent.rate" = [">= 1"]', "expected a quoted key and a quoted bound"),
        (
            '"users.sent.rate" = ">= 1"\n"users.sent.rate" = ">= 0"',
            "expected TOML in UTF-8, each key once (",
        ),
        ('"users.sent.rate" = ">= 1"\n[smoke]', "expected TOML in UTF-8, each key once ("),
        ('"users.sent.rate" = ', "each key once (Invalid value (at line 2, column"),
        ("", "the profile [smoke] declares no gate, and would bound nothing"),
        ('"users.sent.rate" = ">= 1"\n[other]', "the profile [other] declares no gate"),
        (
            '"users.sent.rate" = ">= 1"\n[other]\n"users.snt.rate" = ">= 1"',
            '[other] "users.snt.rate" = ">= 1": unknown metric "users.snt"',
        ),
        (
            '"users.sent.rate" = ' + "[" * 5000,
            "expected TOML in UTF-8, each key once (",
        ),
    ],
)
def test_a_gate_that_makes_no_sense_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(GateError) as refusal:
        declared(tmp_path, f"[smoke]\n{text}\n")

    assert complaint in str(refusal.value)
    assert str(refusal.value).startswith(str(tmp_path / "gates.toml"))
    assert "\n" not in str(refusal.value)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(GateError, match=r"no profile \[smok\]; profiles are smoke, frames, web"):
        load_gates(GATES_TOML, "smok")


def test_a_gate_outside_a_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"'users\.sent\.rate' stands outside a profile"):
        declared(tmp_path, '"users.sent.rate" = ">= 1"\n[smoke]\n"users.sent.rate" = ">= 1"\n')


@pytest.mark.parametrize("content", [None, b"\xff\xfe[smoke]"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "gates.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(GateError, match="expected"):
        load_gates(path, "smoke")


@pytest.mark.parametrize("profile", ["smoke", "frames", "webinar", "release", "reference"])
def test_a_healthy_run_passes_the_gates_of_the_project(profile: str) -> None:
    gateway = [served("ada", "/rest/v1/entrances", 200, "1", by) for by in SERVING]
    token = msgspec.structs.replace(TOKEN, duration_ms=80)
    findings = findings_of([*healthy(), token, *entries(), *rolled_back(6), *gateway])

    results = [judge_gate(one, findings) for one in load_gates(GATES_TOML, profile)]

    assert [one.text for one in results if one.validity is not Validity.VALID] == []


@pytest.mark.parametrize(("profile", "verdict"), [("smoke", Word.INVALID), ("frames", Word.GO)])
def test_no_gate_is_green_for_want_of_a_witness(profile: str, verdict: Word) -> None:
    head = structs.replace(header(), absent=[ROWS], unasked=["witnesses agree"])
    told = [*unread(healthy()), at_ease("shard00")]
    history = assemble("run-1", [head], [told], frozenset(), [])
    ledger = build_ledger(history)
    findings = Findings(history=history, ledger=ledger, rows=user_rows(history, ledger))
    gates = [judge_gate(one, findings) for one in load_gates(GATES_TOML, profile)]

    summary = summarise(findings, judge_checks(findings), gates)

    cannot_tell = {one.metric for one in gates if one.validity is Validity.UNKNOWN}
    assert (summary.verdict, len(summary.evidence.absent)) == (verdict, 1), summary.reasons
    assert cannot_tell == ({"messages.stored"} if profile == "smoke" else set())


@pytest.mark.parametrize("profile", ["smoke", "frames", "webinar", "release"])
def test_a_silent_run_passes_no_gate_but_those_it_breaks(profile: str) -> None:
    results = [judge_gate(one, SILENT) for one in load_gates(GATES_TOML, profile)]

    assert [one.gate for one in results if one.validity is Validity.VALID] == []


@pytest.mark.parametrize(
    ("key", "operator", "bound", "findings", "validity", "observed", "samples", "margin"),
    [
        ("users.received.rate", ">=", 1, HEALTHY, Validity.VALID, 1, 3, 0),
        ("users.received.rate", ">", 1, HEALTHY, Validity.INVALID, 1, 3, 0),
        ("users.received.rate", "==", 0.5, HEALTHY, Validity.INVALID, 1, 3, -0.5),
        ("deliveries.lost.count", "==", 0, HEALTHY, Validity.VALID, 0, 18, 0),
        ("deliveries.lost.count", "<", 0, HEALTHY, Validity.INVALID, 0, 18, 0),
        ("delivery.latency_ms.p95", "==", 100, HEALTHY, Validity.INVALID, 90, 18, -10),
        ("delivery.latency_ms.p95", "<=", 90, HEALTHY, Validity.VALID, 90, 18, 0),
        ("delivery.latency_ms.p95", "<", 100, HEALTHY, Validity.VALID, 90, 18, 10),
        ("delivery.latency_ms.p95", "<=", 80, HEALTHY, Validity.INVALID, 90, 18, -10),
        ("delivery.latency_ms.count", ">=", 20, HEALTHY, Validity.INVALID, 18, 18, -2),
        ("delivery.latency_ms.p95", "<=", 80, SILENT, Validity.UNKNOWN, None, 0, None),
        ("deliveries.lost.count", "==", 0, SILENT, Validity.UNKNOWN, None, 0, None),
        ("deliveries.received.rate", ">=", 0, SILENT, Validity.UNKNOWN, None, 0, None),
        ("registrations.status_400.count", "==", 0, SILENT, Validity.UNKNOWN, None, 0, None),
    ],
)
def test_a_gate_judges(
    key: str,
    operator: str,
    bound: float,
    findings: Findings,
    validity: Validity,
    observed: float | None,
    samples: int,
    margin: float | None,
) -> None:
    result = judge_gate(gate(key, operator, bound), findings)

    assert (result.validity, result.observed, result.samples, result.margin) == (
        validity,
        observed,
        samples,
        margin,
    )
    assert result.gate == f"{key} {operator} {bound}"
    assert f"{result.metric}.{result.aggregation}" == key


@pytest.mark.parametrize(
    ("aggregation", "observed"),
    [
        ("p50", 200),
        ("p95", 380),
        ("p99", 396),
        ("mean", 200.5),
        ("max", 400),
        ("min", 1),
        ("count", 400),
    ],
)
def test_an_aggregation_of_samples(aggregation: str, observed: float) -> None:
    samples = Samples([float(value) for value in range(400, 0, -1)])

    result = judge_gate(reading_gate(f"journey.seconds.{aggregation}", ">", 0, samples), SILENT)

    assert result.observed == observed


def test_the_result_names_its_unit() -> None:
    assert judge_gate(gate("journey.seconds.max", "<", 60), HEALTHY).unit == "s"
    assert judge_gate(gate("journey.seconds.count", ">", 1), HEALTHY).unit == "count"


def test_only_a_rate_has_an_interval() -> None:
    rate = judge_gate(gate("users.received.rate", ">=", 1), HEALTHY)
    samples = judge_gate(gate("journey.seconds.max", "<", 60), HEALTHY)

    assert (rate.interval, samples.interval) == (wilson(3, 3), None)


def test_the_margin_of_a_met_bound_is_a_plain_zero() -> None:
    result = judge_gate(gate("deliveries.lost.count", "==", 0), HEALTHY)

    assert b'"margin":0.0' in msgspec.json.encode(result)


@pytest.mark.parametrize(
    ("key", "findings", "reason"),
    [
        ("auth.token.latency_ms.min", findings_of([TOKEN]), "1 of 1 samples are infinite"),
        ("messages.stored.rate", findings_of(unread(healthy())), "nobody knows which accepted"),
        ("journey.seconds.max", SILENT, "journey.seconds has no samples"),
    ],
)
def test_an_unknown_gate_says_why(key: str, findings: Findings, reason: str) -> None:
    result = judge_gate(gate(key, ">=", 0), findings)

    assert result.validity is Validity.UNKNOWN
    assert reason in result.text


def test_a_judged_gate_says_what_it_saw() -> None:
    findings = findings_of(without(healthy(), LOST))

    result = judge_gate(gate("deliveries.lost.count", "==", 0), findings)

    assert result.text == "deliveries.lost.count == 0: observed 1 over 18 samples"


values = st.floats(-1e6, 1e6)
readings = {
    "users.sent.rate": st.integers(0, 50).flatmap(
        lambda of: st.builds(Rate, st.integers(0, of), st.just(of))
    ),
    "deliveries.lost.count": st.builds(Count, st.integers(0, 50), st.integers(0, 50)),
    **{
        f"journey.seconds.{aggregation}": st.builds(Samples, st.lists(values, max_size=20))
        for aggregation in AGGREGATIONS[METRICS["journey.seconds"].kind]
    },
}
some_readings = st.sampled_from(sorted(readings)).flatmap(
    lambda key: st.tuples(st.just(key), readings[key])
)


@fewer
@given(one=some_readings, operator=st.sampled_from(sorted(OPERATORS)), bound=values)
def test_a_gate_is_unknown_exactly_where_it_has_no_samples(
    one: tuple[str, Reading], operator: str, bound: float
) -> None:
    key, reading = one

    result = judge_gate(reading_gate(key, operator, bound, reading), SILENT)

    assert (result.validity is Validity.UNKNOWN) == (reading.cases == 0)
    assert (result.observed is None) == (result.margin is None) == (reading.cases == 0)


@fewer
@given(
    one=some_readings,
    operator=st.sampled_from(["<=", "<", ">=", ">"]),
    bound=values,
    by=st.floats(0, 1e6),
)
def test_a_tighter_bound_never_passes_what_a_looser_one_stopped(
    one: tuple[str, Reading], operator: str, bound: float, by: float
) -> None:
    key, reading = one
    tighter = bound - by if operator in {"<=", "<"} else bound + by

    loose = judge_gate(reading_gate(key, operator, bound, reading), SILENT)
    tight = judge_gate(reading_gate(key, operator, tighter, reading), SILENT)

    order = [Validity.UNKNOWN, Validity.INVALID, Validity.VALID]
    assert order.index(tight.validity) <= order.index(loose.validity)
