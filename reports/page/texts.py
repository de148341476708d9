"""The words of a page: one catalogue per language, in tables of keys."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("ko", "en")


def languages_of(listed: str) -> tuple[str, ...]:
    """The languages of a list such as `ko,en`, each once. Raises ValueError, naming the choices."""
    names = tuple(name.strip() for name in listed.split(","))
    if not all(name in LANGUAGES for name in names) or len(set(names)) < len(names):
        raise ValueError(f"expected {','.join(LANGUAGES)} or one of them, got {listed!r}")
    return names


class Texts:
    """One language's words."""

    def __init__(self, language: str, tables: dict[str, dict[str, str]]) -> None:
        self.language = language
        self.tables = tables

    def __call__(self, key: str, **values: str | int | float) -> str:
        """The text of `table.key`, with the values in their places. Raises KeyError."""
        table, _, name = key.partition(".")
        return self.of(table, name, **values)

    def of(self, table: str, key: object, **values: str | int | float) -> str:
        """The text of one of many alike: `of("stage", "greeted")`. Raises KeyError."""
        text = self.tables[table][str(key)]
        return text.format(**values) if values else text


@cache
def texts_of(language: str) -> Texts:
    """The catalogue of one of LANGUAGES."""
    content = (FOLDER / f"{language}.toml").read_bytes()
    tables = msgspec.convert(tomllib.loads(content.decode()), dict[str, dict[str, str]])
    return Texts(language, tables)
