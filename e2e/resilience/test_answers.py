"""What somebody can count on whose server answers late, with a refusal, or not at all."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.routes import POLLING, SENDING, SIGN_IN

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.faults import Faults
    from fixtures.scenes.person import Person

pytestmark = pytest.mark.resilience

AUTH_DELAY_S = 3.0  # 2 s it took on the day (incident report, section 4.3)
HISTORY_DELAY_S = 3.0  # the room is joined after that: a person has long found the button


@pytest.mark.parametrize("status", [429, 500, 503])
def test_whoever_cannot_send_is_told_and_can_send_it_again(
    alice: Person, bob: Person, faults: Faults, backstage: Backstage, status: int
) -> None:
    alice.enters()
    bob.enters()
    with faults.refusing(alice, SENDING, status):
        assert alice.tries_to_say("들리세요?").status == status
        alice.is_told("전송하지 못했습니다")

    said = alice.tries_again()

    bob.receives(said)
    assert backstage.stored == ["들리세요?"]
    alice.was_told_nothing()


def test_a_message_whose_answer_was_lost_stands_there_once_when_sent_again(
    alice: Person, bob: Person, faults: Faults, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()
    with faults.losing_answers(alice, SENDING):
        assert alice.tries_to_say("한 번만").status is None
        alice.is_told("전송하지 못했습니다")

    said = alice.tries_again()

    bob.receives(said)
    assert backstage.stored == ["한 번만"]


def test_slow_auth_is_asked_once_and_lets_her_in(alice: Person, faults: Faults) -> None:
    began_s = monotonic()

    with faults.delaying(alice, SIGN_IN, AUTH_DELAY_S):
        alice.enters()

    assert monotonic() - began_s >= AUTH_DELAY_S
    assert len(alice.user.traffic.sign_ins) == 1


def test_whoever_greets_as_soon_as_the_button_lets_her_has_greeted(
    alice: Person, bob: Person, faults: Faults
) -> None:
    bob.enters()

    with faults.delaying(alice, POLLING, HISTORY_DELAY_S):
        alice.signs_in()
        hello = alice.greets_at_once()
        alice.takes_seat()

    bob.receives(hello)
