from __future__ import annotations

from datetime import UTC, datetime

import jwt
import pytest

from eventlive.supabase.keys import Project, TokenError


def now_s() -> int:
    """Asked when needed: collecting a long run takes minutes, and tokens expire meanwhile."""
    return int(datetime.now(UTC).timestamp())


def test_equal_seeds_give_equal_keys_and_others_do_not() -> None:
    first, same, other = (Project.from_seed(seed) for seed in ("a", "a", "b"))

    assert first.anon_key == same.anon_key
    assert first.jwks() == same.jwks()
    assert first.anon_key != other.anon_key
    assert first.jwks() != other.jwks()


def test_secrets_stay_out_of_the_repr(project: Project) -> None:
    assert project.secret_key not in repr(project)
    assert project.hs256_secret not in repr(project)


def test_an_issued_token_verifies_with_its_claims(project: Project) -> None:
    claims = {"sub": "someone", "role": "authenticated", "exp": now_s() + 60}

    assert project.verify(project.issue(claims)) == claims


def test_anybody_can_verify_a_user_token_through_the_jwks(project: Project) -> None:
    token = project.issue({"sub": "someone", "aud": "authenticated"})

    key = jwt.PyJWKSet.from_dict(project.jwks())[project.kid]

    assert jwt.decode(token, key, audience="authenticated")["sub"] == "someone"


def test_the_jwks_holds_no_private_part(project: Project) -> None:
    keys = project.jwks()["keys"]

    assert isinstance(keys, list)
    assert [set(key) & {"d", "k"} for key in keys] == [set()]


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("anon_key", "anon"),
        ("publishable_key", "anon"),
        ("service_role_key", "service_role"),
        ("secret_key", "service_role"),
    ],
)
def test_every_key_is_exchanged_for_a_token_of_its_role(
    project: Project, kind: str, role: str
) -> None:
    token = project.exchange(getattr(project, kind))

    assert token is not None
    assert project.verify(token)["role"] == role


def test_an_unknown_key_is_exchanged_for_nothing(project: Project) -> None:
    assert project.exchange(Project.new().anon_key) is None


def test_an_expired_token_says_for_how_long(project: Project) -> None:
    with pytest.raises(TokenError) as caught:
        project.verify(project.issue({"exp": now_s() - 100}))

    assert caught.value.reason == "expired"
    assert 100 <= caught.value.expired_for_s < 130


def test_the_leeway_accepts_a_token_that_just_expired(project: Project) -> None:
    assert project.verify(project.issue({"exp": now_s() - 5}), leeway_s=30)


@pytest.mark.parametrize("token", ["", "not-a-token", "a.b.c", "sb_publishable_x"])
def test_a_malformed_token_is_refused(project: Project, token: str) -> None:
    with pytest.raises(TokenError) as caught:
        project.verify(token)

    assert caught.value.reason == "malformed"


def test_a_token_of_another_project_is_refused(project: Project) -> None:
    other = Project.new()

    for token in (other.issue({"sub": "someone"}), other.anon_key):
        with pytest.raises(TokenError) as caught:
            project.verify(token)
        assert caught.value.reason == "signature"


def test_an_unsigned_token_is_refused(project: Project) -> None:
    with pytest.raises(TokenError) as caught:
        project.verify(jwt.encode({"role": "service_role"}, "", algorithm="none"))

    assert caught.value.reason == "signature"


def test_the_public_key_is_no_hs256_secret(project: Project) -> None:
    # The classic confusion: a token "signed" with the published key as if it were a shared secret.
    forged = jwt.encode({"role": "service_role"}, str(project.jwks()), algorithm="HS256")

    with pytest.raises(TokenError):
        project.verify(forged)


def test_a_token_that_is_not_valid_yet_is_refused_for_its_claims(project: Project) -> None:
    with pytest.raises(TokenError) as caught:
        project.verify(project.issue({"nbf": now_s() + 600}))

    assert caught.value.reason == "claims"
