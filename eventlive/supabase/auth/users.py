"""Users: rows of auth.users and the object that clients read (protocol B.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import AsyncConnection

EMAIL_PROVIDER = {"provider": "email", "providers": ["email"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One row of auth.users; the fields are its columns."""

    id: UUID
    aud: str
    role: str
    email: str
    encrypted_password: str | None
    email_confirmed_at: datetime | None
    last_sign_in_at: datetime | None
    raw_app_meta_data: dict[str, Any]
    raw_user_meta_data: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    banned_until: datetime | None
    is_anonymous: bool

    @property
    def is_banned(self) -> bool:
        """Whether a ban holds at present."""
        return self.banned_until is not None and self.banned_until > datetime.now(UTC)


COLUMNS = sql.SQL(", ").join(map(sql.Identifier, User.__dataclass_fields__))
SELECT = sql.SQL("select {} from auth.users").format(COLUMNS)


async def user_by_email(connection: AsyncConnection[Any], email: str) -> User | None:
    """The user with this address, compared without case."""
    return await _one(connection, SELECT + sql.SQL(" where lower(email) = lower(%s)"), (email,))


async def user_by_id(connection: AsyncConnection[Any], user_id: UUID) -> User | None:
    """The user with this id."""
    return await _one(connection, SELECT + sql.SQL(" where id = %s"), (user_id,))


async def newest_users(connection: AsyncConnection[Any], limit: int, offset: int) -> list[User]:
    """One page of all users, newest first."""
    query = SELECT + sql.SQL(" order by created_at desc, id limit %s offset %s")
    async with connection.cursor(row_factory=class_row(User)) as cursor:
        await cursor.execute(query, (limit, offset))
        return await cursor.fetchall()


async def insert_user(
    connection: AsyncConnection[Any], values: Mapping[str, object]
) -> User | None:
    """Store a new user; None when the address or the id is taken."""
    query = sql.SQL(
        "insert into auth.users ({names}) values ({values}) on conflict do nothing returning {all}"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(sql.Placeholder() * len(values)),
        all=COLUMNS,
    )
    return await _one(connection, query, adapted(values))


async def update_user(
    connection: AsyncConnection[Any], user_id: UUID, values: Mapping[str, object]
) -> User | None:
    """Change columns of a user; None when there is no such user. UniqueViolation: address taken."""
    values = {**values, "updated_at": datetime.now(UTC)}
    changes = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values]
    query = sql.SQL("update auth.users set {changes} where id = %s returning {all}").format(
        changes=sql.SQL(", ").join(changes), all=COLUMNS
    )
    return await _one(connection, query, [*adapted(values), user_id])


def adapted(values: Mapping[str, object]) -> list[object]:
    """Parameters for psycopg: objects go into jsonb columns."""
    return [Jsonb(value) if isinstance(value, dict) else value for value in values.values()]


def merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata after an update: members are replaced one by one, null removes one."""
    return {name: value for name, value in {**old, **changes}.items() if value is not None}


def user_object(user: User) -> dict[str, Any]:
    """The user as clients see it; times that are not set are left out."""
    return without_nulls(
        {
            "id": str(user.id),
            "aud": user.aud,
            "role": user.role,
            "email": user.email,
            "email_confirmed_at": timestamp(user.email_confirmed_at),
            "phone": "",
            "confirmed_at": timestamp(user.email_confirmed_at),
            "last_sign_in_at": timestamp(user.last_sign_in_at),
            "app_metadata": user.raw_app_meta_data,
            "user_metadata": user.raw_user_meta_data,
            "identities": [identity_object(user)],
            "created_at": timestamp(user.created_at),
            "updated_at": timestamp(user.updated_at),
            "banned_until": timestamp(user.banned_until),
            "is_anonymous": user.is_anonymous,
        }
    )


def identity_object(user: User) -> dict[str, Any]:
    """The one identity of a user with a password. Its own id follows from the user's."""
    return without_nulls(
        {
            "identity_id": str(uuid5(user.id, "email")),
            "id": str(user.id),
            "user_id": str(user.id),
            "identity_data": identity_data(user.id, user.email),
            "provider": "email",
            "last_sign_in_at": timestamp(user.last_sign_in_at),
            "created_at": timestamp(user.created_at),
            "updated_at": timestamp(user.updated_at),
            "email": user.email,
        }
    )


def identity_data(user_id: UUID, email: str) -> dict[str, Any]:
    """What the e-mail provider says about somebody; a sign-up copies it into the metadata."""
    return {"email": email, "email_verified": True, "phone_verified": False, "sub": str(user_id)}


def timestamp(value: datetime | None) -> str | None:
    """A time as GoTrue writes it: UTC, with a Z."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def without_nulls(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


async def _one(
    connection: AsyncConnection[Any], query: sql.Composed, values: Sequence[object]
) -> User | None:
    async with connection.cursor(row_factory=class_row(User)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchone()
