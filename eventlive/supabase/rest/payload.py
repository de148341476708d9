"""The JSON body of a write, looked at only as far as SQL needs it: shape and key names."""

from dataclasses import dataclass

import msgspec

from eventlive.supabase.rest.errors import RestError

_Object = dict[str, msgspec.Raw]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Rows to write: the text of a JSON array of objects, and the keys that all of them have."""

    rows: str
    keys: tuple[str, ...]
    is_empty: bool


def parse_rows(body: bytes, columns: tuple[str, ...] | None) -> Payload:
    """One object or an array of them. Raises RestError PGRST102 (400).

    With `columns` (`?columns=…`) the objects may differ and only these keys count.
    """
    text, rows = _decoded(body)
    if columns is None and len({frozenset(row) for row in rows}) > 1:
        raise RestError(400, "PGRST102", "All object keys must match")
    return Payload(
        rows=text if text.startswith("[") else f"[{text}]",
        keys=columns if columns is not None else tuple(rows[0] if rows else ()),
        is_empty=not rows,
    )


def parse_arguments(body: bytes) -> Payload:
    """The named arguments of a function call: one object; no body means no arguments."""
    text = body.strip() or b"{}"
    if not text.startswith(b"{"):
        raise RestError(400, "PGRST102", "Empty or invalid json", details="expected an object")
    return parse_rows(text, None)


def parse_pairs(pairs: list[tuple[str, str]]) -> Payload:
    """The named arguments of a call by GET; PostgreSQL casts each text to the argument's type."""
    return parse_arguments(msgspec.json.encode(dict(pairs)))


def _decoded(body: bytes) -> tuple[str, list[_Object]]:
    try:
        # msgspec leaves the bytes of a Raw value unread, so their encoding is checked here.
        text = body.decode().strip()
        decoded = msgspec.json.decode(text, type=_Object | list[_Object])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RestError(400, "PGRST102", "Empty or invalid json", details=str(error)) from error
    return text, decoded if isinstance(decoded, list) else [decoded]
