"""Accounts for tests, made in the database the way the Auth service makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    import psycopg

REGISTER = (
    "insert into public.registrations (webinar_id, user_id, last_entered_at)"
    " values (%s, %s, now()) on conflict (webinar_id, user_id)"
    " do update set last_entered_at = excluded.last_entered_at"
)


def new_user(connection: psycopg.Connection, role: str = "member") -> str:
    """A new account's id; its e-mail and display name begin with that id.

    What users may write about themselves says "admin" for everyone: it must mean nothing.
    """
    user_id = str(uuid4())
    connection.execute(
        "insert into auth.users (id, email, raw_user_meta_data, raw_app_meta_data) values"
        " (%s, %s, '{\"role\": \"admin\"}', jsonb_build_object('role', %s::text))",
        (user_id, f"{user_id}@example.test", role),
    )
    return user_id


def new_webinar(connection: psycopg.Connection, webinar_id: int, *, is_open: bool) -> None:
    """A webinar of the test's own."""
    connection.execute(
        "insert into public.webinars (id, title, open_registration) values (%s, %s, %s)",
        (webinar_id, f"웨비나 {webinar_id}", is_open),
    )
