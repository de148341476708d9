"""The page of a run as HTML: two editions, each in every language asked for, one file each.

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

from reports.history import StepName
from reports.incident import INCIDENT
from reports.page import numbers
from reports.page.bundle import policy
from reports.page.packing import json_for_html
from reports.page.texts import texts_of
from reports.users import Stage
from reports.verdicts import Validity
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.page.bundle import Bundle
    from reports.page.model import Page

TEMPLATES = Path(__file__).parent / "templates"


class Edition(StrEnum):
    """For whom a file is; its value is the file's name."""

    ENGINEERING = "index"
    CLIENT = "client"


class Sibling(NamedTuple):
    """Another file of the same run."""

    edition: Edition
    language: str
    name: str


def file_names(languages: Sequence[str]) -> list[Sibling]:
    """All files of a run; those of the first language have the short names."""
    return [
        Sibling(edition, language, f"{edition}.html" if not place else f"{edition}.{language}.html")
        for edition in Edition
        for place, language in enumerate(languages)
    ]


def rendered(page: Page, languages: Sequence[str], bundle: Bundle) -> dict[str, str]:
    """The text of each file by its name."""
    siblings = file_names(languages)
    data = Markup(json_for_html(page.charts))
    return {one.name: _file(one, page, siblings, bundle, data) for one in siblings}


def _file(
    own: Sibling, page: Page, siblings: Sequence[Sibling], bundle: Bundle, data: Markup
) -> str:
    texts = texts_of(own.language)
    is_client = own.edition is Edition.CLIENT
    script = bundle.client if is_client else bundle.engineering
    return _template(own.edition).render(
        t=texts,
        page=page,
        run=page.summary,
        own=own,
        siblings=siblings,
        data=data,
        words=Markup(json_for_html(texts.tables["script"])),
        names=Markup(json_for_html({name: texts.tables[name] for name in _NAMED})),
        script=Markup(script),
        style=Markup(bundle.style),
        policy=policy(script, bundle.style),
        incident=INCIDENT,
        steps=list(StepName),
        stages=[stage for stage in Stage if stage is not Stage.EVIDENCE_LOST],
        Validity=Validity,
    )


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
        "figure": numbers.figure,
        "moment": numbers.moment,
        "moment_utc": numbers.moment_utc,
        "line": one_line,
        "address": quote,
    }
    return environment.get_template(f"{edition.name.lower()}.html")
