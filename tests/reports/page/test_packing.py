"""Packed tables come back as they were, and JSON stays inside its element."""

from __future__ import annotations

import json
from array import array
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.page.packing import json_for_html, packed

HOSTILE = "</script><img src=x onerror=alert(1)><!-- \u2028\u2029 & ]]>"


def test_numbers_are_packed_in_little_endian() -> None:
    assert b64decode(packed(array("H", [1, 0x8002]))) == b"\x01\x00\x02\x80"


def test_bytes_are_packed_as_they_are() -> None:
    assert b64decode(packed(bytes(range(256)))) == bytes(range(256))


@pytest.mark.parametrize("char", ["<", ">", "&", "\u2028", "\u2029"])
def test_no_character_that_could_end_the_element_is_written(char: str) -> None:
    assert char not in json_for_html({HOSTILE: [HOSTILE]})


@settings(deadline=None)
@given(st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_whatever_is_escaped_means_the_same(value: object) -> None:
    assert json.loads(json_for_html(value)) == value
