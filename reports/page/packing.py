"""Large tables as text: bytes in base64, and JSON that cannot end the element it stands in."""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from array import array

_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def packed(numbers: bytes | bytearray | array[int]) -> str:
    """Bytes, or 16-bit numbers in little endian, whatever this machine's order is."""
    if not isinstance(numbers, bytes | bytearray) and sys.byteorder == "big":
        numbers.byteswap()
    return b64encode(numbers).decode("ascii")


def json_for_html(value: object) -> str:
    """`value` as JSON for a `<script type="application/json">`.

    Outside of strings JSON has none of these characters, so escaping them changes no meaning; and
    without `<` neither `</script>` nor `<!--` can be written.
    """
    text = msgspec.json.encode(value).decode()
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return text
