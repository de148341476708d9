"""Gates: declared bounds on aggregates of metrics, read from `gates.toml` and validated as a whole.

A gate decides only where there is evidence: without samples it is `unknown`. `metrics` reads the
findings; what the run's verdict makes of the results is decided elsewhere.
"""

from __future__ import annotations

import operator
import re
import tomllib
from dataclasses import dataclass
from functools import partial
from math import fsum, isfinite
from typing import TYPE_CHECKING

import msgspec

from reports.metrics import METRICS, Interval, Kind, Metric, Rate, Unit, Unread, measure, wilson
from reports.spread import percentile
from reports.verdicts import Validity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from reports.findings import Findings
    from reports.metrics import Reading


class GateError(ValueError):
    """The gates cannot be used as declared; one sentence names the line and the valid choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One declared bound. `text` is the gate as declared: `delivery.latency_ms.p95 <= 2000`."""

    text: str
    metric: Metric
    aggregation: str
    operator: str
    bound: float


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one gate says of one run.

    `samples` counts the cases behind `observed`, which is None where there is nothing to judge.
    `interval` is the Wilson 95 % interval of a rate. `margin` is the distance to the bound in the
    metric's unit, negative on the wrong side. `text` is the reason in one sentence.
    """

    gate: str
    metric: str
    aggregation: str
    operator: str
    bound: float
    unit: Unit
    validity: Validity
    observed: float | None
    samples: int
    interval: Interval | None
    margin: float | None
    text: str


def load_gates(path: Path, profile: str) -> list[Gate]:
    """The gates of one profile, after every profile in the file was found sound. Raises GateError.

        file     = { "[" profile "]" { gate } }
        gate     = '"' metric "." aggregation '"' "=" '"' operator number '"'
        operator = "<=" | "<" | ">=" | ">" | "=="
        number   = a finite decimal number, such as 2000, 0.995 or 1e3; a rate's is from 0 to 1

    It is TOML, so lines starting with `#` are comments, and a key declared twice is an error.
    `METRICS`, `AGGREGATIONS` and `OPERATORS` hold the valid names. A profile declares one gate at
    least: a profile of none would bound nothing and let every run pass.
    """
    profiles = {name: _profile(path, name, table) for name, table in _tables(path).items()}
    if profile not in profiles:
        raise GateError(f"{path}: no profile [{profile}]; profiles are {_listed(profiles)}")
    return profiles[profile]


def gates_of(declared: Mapping[str, str]) -> list[Gate]:
    """The gates that a history carries. Raises GateError."""
    return [_gate("history", key, bound) for key, bound in declared.items()]


def declared_by(gates: Iterable[Gate]) -> dict[str, str]:
    """`gates` as a history carries them: `gates_of` makes the same of it."""
    parts = (gate.text.partition(" ") for gate in gates)
    return {key: bound for key, _, bound in parts}


def judge_gate(gate: Gate, findings: Findings) -> GateResult:
    """The gate's word on these findings; UNKNOWN without samples or where the metric breaks."""
    reading = measure(gate.metric, findings)
    if isinstance(reading, Unread):
        return _result(gate, Validity.UNKNOWN, reading.reason)
    if not reading.cases:
        return _result(gate, Validity.UNKNOWN, f"{gate.metric.name} has no samples")
    return _judged(gate, reading)


def _percentile(percent: int, values: Sequence[float]) -> float:
    """As in a spread, but not rounded: a bound may be near."""
    return percentile(sorted(values), percent)


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def _only(values: Sequence[float]) -> float:
    (value,) = values
    return value


AGGREGATIONS: Mapping[Kind, Mapping[str, Callable[[Sequence[float]], float]]] = {
    Kind.RATE: {"rate": _only},
    Kind.COUNT: {"count": _only},
    Kind.VALUE: {"value": _only},
    Kind.SAMPLES: {
        "p50": partial(_percentile, 50),
        "p95": partial(_percentile, 95),
        "p99": partial(_percentile, 99),
        "mean": _mean,
        "max": max,
        "min": min,
        "count": len,
    },
}

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
}

# `float` alone would also take "nan", "infinity", "1_000" and digits of other scripts.
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOUND = re.compile(r"\s*(?P<operator>[<>=!~]*)\s*(?P<number>.*?)\s*", re.DOTALL)


def _tables(path: Path) -> dict[str, object]:
    try:
        tables: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GateError(f"{path}: expected a file of gates ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        # The decoder's own words name line and column.
        raise GateError(f"{path}: expected TOML in UTF-8, each key once ({error})") from error
    return tables


def _profile(path: Path, name: str, table: object) -> list[Gate]:
    if not isinstance(table, dict):
        raise GateError(f"{path}: {name!r} stands outside a profile; expected [profile] first")
    if not table:
        raise GateError(f"{path}: the profile [{name}] declares no gate, and would bound nothing")
    return [_gate(f"{path}: [{name}]", key, declared) for key, declared in table.items()]


def _gate(place: str, key: str, declared: object) -> Gate:
    if not isinstance(declared, str):
        raise GateError(
            f"{place} {key}: expected a quoted key and a quoted bound,"
            f' such as "users.received.rate" = ">= 1.0"'
        )
    place = f"{place} {_quoted(key)} = {_quoted(declared)}"
    metric, aggregation = _target(place, key)
    sign, number = _bound(place, declared, metric)
    return Gate(
        text=f"{key} {sign} {number}",
        metric=metric,
        aggregation=aggregation,
        operator=sign,
        bound=float(number),
    )


def _target(place: str, key: str) -> tuple[Metric, str]:
    """The metric and the aggregation that `key` names."""
    name, _, aggregation = key.rpartition(".")
    if key in METRICS:
        # A forgotten aggregation; the last part of the metric's name is none.
        name, aggregation = key, ""
    if name not in METRICS:
        raise GateError(
            f"{place}: unknown metric {_quoted(name or key)}; metrics are {_listed(METRICS)}"
        )
    valid = AGGREGATIONS[METRICS[name].kind]
    if aggregation not in valid:
        raise GateError(
            f"{place}: unknown aggregation {_quoted(aggregation)};"
            f" aggregations of {name} are {_listed(valid)}"
        )
    return METRICS[name], aggregation


def _bound(place: str, declared: str, metric: Metric) -> tuple[str, str]:
    """The operator and the number that `declared` holds, both sound."""
    match = _BOUND.fullmatch(declared)
    sign, number = (match["operator"], match["number"]) if match else ("", declared)
    if sign not in OPERATORS:
        raise GateError(
            f"{place}: unknown operator {_quoted(sign)}; operators are {_listed(OPERATORS)}"
        )
    if not _NUMBER.fullmatch(number) or not isfinite(float(number)):
        raise GateError(f"{place}: expected a finite decimal number, got {_quoted(number)}")
    if metric.kind is Kind.RATE and not 0 <= float(number) <= 1:
        raise GateError(f"{place}: expected a number from 0 to 1 for a rate, got {number}")
    return sign, number


def _quoted(text: str) -> str:
    """As TOML has it, on one line whatever is in it."""
    return msgspec.json.encode(text).decode()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _judged(gate: Gate, reading: Reading) -> GateResult:
    """The result where there is something to judge."""
    observed = float(AGGREGATIONS[gate.metric.kind][gate.aggregation](reading.values))
    holds = OPERATORS[gate.operator](observed, gate.bound)
    return _result(
        gate,
        Validity.VALID if holds else Validity.INVALID,
        f"{gate.text}: observed {observed:.6g} over {reading.cases:,} samples",
        observed=observed,
        samples=reading.cases,
        interval=wilson(reading.n, reading.of) if isinstance(reading, Rate) else None,
        margin=_margin(gate, observed),
    )


def _margin(gate: Gate, observed: float) -> float:
    match gate.operator:
        case "<=" | "<":
            return gate.bound - observed
        case ">=" | ">":
            return observed - gate.bound
        case _:
            # Only equality is good enough: every distance lies on the wrong side.
            return 0.0 - abs(observed - gate.bound)


def _result(
    gate: Gate,
    validity: Validity,
    text: str,
    *,
    observed: float | None = None,
    samples: int = 0,
    interval: Interval | None = None,
    margin: float | None = None,
) -> GateResult:
    return GateResult(
        gate=gate.text,
        metric=gate.metric.name,
        aggregation=gate.aggregation,
        operator=gate.operator,
        bound=gate.bound,
        unit=Unit.COUNT if gate.aggregation == "count" else gate.metric.unit,
        validity=validity,
        observed=observed,
        samples=samples,
        interval=interval,
        margin=margin,
        text=text,
    )
