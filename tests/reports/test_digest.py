"""Digests join witnesses of different runs and machines, so their values are fixed here."""

from __future__ import annotations

from reports.digest import digest_of


def test_a_digest_is_the_same_on_every_machine() -> None:
    assert digest_of("안녕하세요! 👋") == digest_of("안녕하세요! 👋")
    assert digest_of("hello") == "a7b6eda801e5347d"


def test_different_bodies_have_different_digests() -> None:
    assert len({digest_of(f"run-1 #{number}") for number in range(1000)}) == 1000


def test_a_lone_surrogate_has_a_digest() -> None:
    assert len(digest_of("\ud800")) == 16
