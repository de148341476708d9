"""The catalogue: both languages say the same things, each of them is said, and nothing else is."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from reports.checks import CHECKERS
from reports.circumstances import ELSEWHERE, EMBEDDED, Circumstance
from reports.comparing import Trend
from reports.database import Phase
from reports.effects import Effect
from reports.history import Moment, StepName, Via
from reports.knee import Limit
from reports.ledger import Fate
from reports.losses import NOT_DELIVERED_BY_LIMIT, UNDELIVERED
from reports.metrics import METRICS
from reports.page.capacity import OF_THE_GENERATOR
from reports.page.causes import LOOKS, Kind, look_of
from reports.page.comparison import Why
from reports.page.lanes import PHASES
from reports.page.pairs import Cell
from reports.page.present import SOURCES
from reports.page.render import TEMPLATES, Edition
from reports.page.texts import FOLDER, LANGUAGES, languages_of, texts_of
from reports.quota import LIMITS
from reports.summary import Word
from reports.users import Stage
from reports.verdicts import Validity

if TYPE_CHECKING:
    from collections.abc import Iterable

_STAGES_OF_LOSS = {*Fate, *UNDELIVERED.values(), NOT_DELIVERED_BY_LIMIT}
_STATUSES = (None, *LOOKS, 418, 500)
TRENDS = ("received", "accepted", "delivery", "sign_in", "mean")
# Tables of which the templates choose by a value, and all values that there are.
BY_VALUE: dict[str, Iterable[object]] = {
    "language": LANGUAGES,
    "edition": Edition,
    "month": range(1, 13),
    "lead": Word,
    "validity": Validity,
    "check": CHECKERS,
    "metric": METRICS,
    "fate": _STAGES_OF_LOSS,
    "look": {
        *(_STAGES_OF_LOSS - {"stored", "accepted"}),
        *StepName,
        *map(look_of, _STATUSES),
        "gap",
        "promise",
    },
    "step": StepName,
    "stage": Stage,
    "phase": PHASES,
    "via": Via,
    "cell": [cell.name.lower() for cell in Cell],
    "source": SOURCES,
    "moment": Moment,
    "dbphase": [*(phase for phase in Phase if phase is not Phase.START), "run"],
    "dod": [f"DoD-{number}" for number in range(1, 5)],
    "limit": {what for limits in LIMITS.values() for what in limits} - {OF_THE_GENERATOR},
    "client_verdict": Word,
    "client_lead": Word,
    "client_cause": Kind,
    "compared": Word,
    "compared_lead": Word,
    "moved": Trend,
    "why": Why,
    "effect": Effect,
    "circumstance": Circumstance,
    "doubt": Circumstance,
    "target": (EMBEDDED, ELSEWHERE),
    "method": ("rates", "counts", "samples", "values", "claims", "tail"),
    "trend": TRENDS,
    "knee_of": ("delivery", "loss", "cpu", "lag"),
    "limit_of": Limit,
    "limit_word": Limit,
    "client_next": [f"{word} {number}" for word in Word for number in range(1, 4)],
}
TEMPLATE = "\n".join(path.read_text("utf-8") for path in sorted(TEMPLATES.rglob("*.html")))
SCRIPT = "\n".join(path.read_text("utf-8") for path in sorted((FOLDER.parent / "src").glob("*.js")))
PYTHON = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.parent.glob("*.py")))


def keys(language: str) -> set[str]:
    tables = texts_of(language).tables
    return {f"{table}.{key}" for table, texts in tables.items() for key in texts}


def said() -> set[str]:
    """Every key that templates, scripts or code name."""
    literal = re.findall(r"""(?:\bt|texts)\(\s*"([a-z_]+\.[a-z_0-9]+)\"""", TEMPLATE + PYTHON)
    chosen = re.findall(r'"([a-z_]+\.[a-z_]+)" if [^)]+? else "([a-z_]+\.[a-z_]+)"', TEMPLATE)
    chosen_short = re.findall(r't\("(fact|causes)\.(\w+)" if .+? else "\w+\.(\w+)"', TEMPLATE)
    of_lists = {
        f"{table}.{key}"
        for table, listed in (
            ("figure", ["signed_in", "greeted", "sent", "received", "mean", "p95"]),
            ("figure", ["late", "duplicates", "phantoms", "unproven", "left_early"]),
            ("realtime", ["sockets", "disconnects", "rejoins", "joins_without_token"]),
            ("realtime", ["refused", "endings", "throttled"]),
            ("generator", ["lag_ms", "driver_ms", "worker_cpu", "host_cpu", "runnable"]),
            ("fill", ["joined", "held", "deliveries", "disconnects", "duplicates"]),
            ("fill", ["latency_ms", "lag_ms"]),
            ("client_figure", ["signed_in", "sent", "received"]),
            ("trend", ["at", "run"]),
        )
        for key in listed
        if f'"{key}"' in TEMPLATE
    }
    sections = re.findall(r"set sections = \[(.*?)\]", TEMPLATE)
    nav = re.findall(r'"(\w+)"', " ".join(sections))
    values = {f"{table}.{value}" for table, listed in BY_VALUE.items() for value in listed}
    return {
        *literal,
        *(key for pair in chosen for key in pair),
        *(f"{table}.{key}" for table, *both in chosen_short for key in both),
        *of_lists,
        *(f"{table}.{one}" for table in ("nav", "short") for one in nav),
        *(f"script.{key}" for key in re.findall(r"words\.(\w+)", SCRIPT)),
        *values,
    }


def test_both_languages_have_the_same_keys() -> None:
    assert keys("ko") == keys("en")


def test_every_key_is_said_somewhere_and_everything_said_has_a_key() -> None:
    assert keys("en") - said() == set()
    assert said() - keys("en") == set()


@pytest.mark.parametrize("table", texts_of("en").tables)
def test_a_text_takes_the_same_values_in_both_languages(table: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    korean, english = (texts_of(language).tables[table] for language in ("ko", "en"))
    assert {key: places(text) for key, text in korean.items()} == {
        key: places(text) for key, text in english.items()
    }


def test_no_text_is_empty_and_korean_is_korean() -> None:
    tables = texts_of("ko").tables
    assert [key for texts in tables.values() for key, text in texts.items() if not text] == []
    foreign = {"language", "limit"}
    spoken = " ".join(
        t for name, texts in tables.items() if name not in foreign for t in texts.values()
    )
    assert len(re.findall(r"[가-힣]", spoken)) > len(re.findall(r"[A-Za-z]", spoken))


@pytest.mark.parametrize("listed", ["", "fr", "ko,fr", "ko,ko", "ko,"])
def test_a_language_that_nobody_wrote_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match="expected ko,en"):
        languages_of(listed)


def test_languages_keep_their_order() -> None:
    assert languages_of(" en, ko") == ("en", "ko")
