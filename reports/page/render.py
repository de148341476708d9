"""Pages as HTML: two editions of a run's, a comparison's and a capacity search's, in each language.

The same model gives the same bytes. Everything a target or browser said is escaped by the
templates; the one thing that is not, the charts' data, is JSON that cannot end its element.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.comparing import METHOD_FIGURES
from reports.history import StepName
from reports.incident import INCIDENT
from reports.knee import Limit
from reports.page import numbers
from reports.page.bundle import policy
from reports.page.packing import json_for_html
from reports.page.texts import texts_of
from reports.summary import Word
from reports.users import Stage
from reports.verdicts import Validity
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.knee import Found
    from reports.page.bundle import Bundle
    from reports.page.comparison import ComparisonPage
    from reports.page.model import Page

TEMPLATES = Path(__file__).parent / "templates"


class Edition(StrEnum):
    """What a file is, and for whom; its value is the file's name."""

    ENGINEERING = "index"
    CLIENT = "client"
    COMPARISON = "comparison"
    CAPACITY = "capacity"


OF_A_RUN = (Edition.ENGINEERING, Edition.CLIENT)


class Sibling(NamedTuple):
    """Another file of the same run, comparison or search."""

    edition: Edition
    language: str
    name: str


def file_names(languages: Sequence[str]) -> list[Sibling]:
    """All files of a run; those of the first language have the short names."""
    return [one for edition in OF_A_RUN for one in _named(edition, edition, languages)]


def comparison_names(stem: str, languages: Sequence[str]) -> list[Sibling]:
    """All files of a comparison whose first file is `stem`.html."""
    return _named(Edition.COMPARISON, stem, languages)


def _named(edition: Edition, stem: str, languages: Sequence[str]) -> list[Sibling]:
    return [
        Sibling(edition, language, f"{stem}.html" if not place else f"{stem}.{language}.html")
        for place, language in enumerate(languages)
    ]


def rendered(page: Page, languages: Sequence[str], bundle: Bundle) -> dict[str, str]:
    """The text of each file of a run by its name."""
    siblings = file_names(languages)
    scripts = {Edition.ENGINEERING: bundle.engineering, Edition.CLIENT: bundle.client}
    data = Markup(json_for_html(page.charts))
    return {
        one.name: _template(one.edition).render(
            page=page,
            run=page.summary,
            verdict=page.summary.verdict,
            incident=INCIDENT,
            steps=list(StepName),
            stages=[stage for stage in Stage if stage is not Stage.EVIDENCE_LOST],
            Validity=Validity,
            **_frame(one, siblings, scripts[one.edition], bundle.style, data),
        )
        for one in siblings
    }


def rendered_comparison(
    page: ComparisonPage, languages: Sequence[str], bundle: Bundle, stem: str
) -> dict[str, str]:
    """The text of each file of a comparison by its name."""
    siblings = comparison_names(stem, languages)
    data = Markup(json_for_html(page.charts))
    return {
        one.name: _template(one.edition).render(
            page=page,
            verdict=page.word,
            method=METHOD_FIGURES,
            **_frame(one, siblings, bundle.comparison, bundle.style, data),
        )
        for one in siblings
    }


def rendered_capacity(found: Found, languages: Sequence[str], bundle: Bundle) -> dict[str, str]:
    """The text of each file of a capacity search by its name."""
    siblings = _named(Edition.CAPACITY, Edition.CAPACITY, languages)
    data = Markup(json_for_html(found))
    word = _WORDS.get(found.knee.limit, Word.GO)
    return {
        one.name: _template(one.edition).render(
            found=found,
            verdict=word if found.knee.holds else Word.INVALID,
            **_frame(one, siblings, bundle.capacity, bundle.style, data),
        )
        for one in siblings
    }


def _frame(
    own: Sibling, siblings: Sequence[Sibling], script: str, style: str, data: Markup
) -> dict[str, object]:
    """What every file needs, whatever it shows."""
    texts = texts_of(own.language)
    return {
        "t": texts,
        "own": own,
        "siblings": siblings,
        "data": data,
        "words": Markup(json_for_html(texts.tables["script"])),
        "names": Markup(json_for_html({name: texts.tables[name] for name in _NAMED})),
        "script": Markup(script),
        "style": Markup(style),
        "policy": policy(script, style),
    }


# A search that ran into nothing but its own bounds has no flaw.
_WORDS = {Limit.TARGET: Word.NO_GO, Limit.GENERATOR: Word.INVALID, Limit.EVIDENCE: Word.INVALID}
# Tables of words that the script shows beside its own.
_NAMED = ("step", "phase", "fate", "via", "cell")


@cache
def _template(edition: Edition) -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": numbers.count,
        "decimal": numbers.decimal,
        "brief": numbers.brief,
        "share": numbers.share,
        "percent": numbers.percent,
        "points": numbers.points,
        "figure": numbers.figure,
        "change": numbers.change,
        "moment": numbers.moment,
        "moment_utc": numbers.moment_utc,
        "line": one_line,
        "address": quote,
    }
    return environment.get_template(f"{edition.name.lower()}.html")
