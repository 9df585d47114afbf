"""What any store of challenges does, the real one and the fake."""

import uuid
from typing import Any

import pytest

from erejestracja.domain.challenge import LIVES, OF_ADDRESS, Challenge
from erejestracja.domain.errors import RateLimited
from erejestracja.domain.ids import MessageId, PatientId, ReferralId
from erejestracja.services.code_way import Challenges
from tests.support.builders import NOW


def a_challenge(**changes: Any) -> Challenge:
    facts: dict[str, Any] = {
        "message": MessageId("message"),
        "patient": PatientId("a" * 26),
        "referral": ReferralId("referral"),
        "identifier": "a" * 26,
        "expires_at": NOW + LIVES,
    }
    return Challenge(**(facts | changes))


def anybody() -> str:
    return uuid.uuid4().hex


class ChallengesContract:
    def test_every_try_is_counted(self, challenges: Challenges) -> None:
        one, other = a_challenge(), a_challenge(message=MessageId("other"))
        first, second = challenges.open(one), challenges.open(other)
        assert first != second
        assert challenges.guess(first) == (one, 1)
        assert challenges.guess(first) == (one, 2)
        assert challenges.guess(second) == (other, 1)
        assert challenges.guess("made up") is None

    def test_one_that_was_met_is_over_for_everybody(self, challenges: Challenges) -> None:
        challenge = a_challenge()
        known = challenges.open(challenge)
        assert challenges.close(known, challenge)
        assert not challenges.close(known, challenge)
        assert challenges.guess(known) is None

    def test_who_asks_again_waits_and_each_other_does_not(self, challenges: Challenges) -> None:
        who, address = anybody(), anybody()
        challenges.admit(who, address)
        with pytest.raises(RateLimited) as first:
            challenges.admit(who, address)
        assert first.value.retry_after == pytest.approx(30, abs=1)
        # Being turned away counts for nobody.
        challenges.admit(anybody(), address)
        with pytest.raises(RateLimited):
            challenges.admit(who, anybody())

    def test_who_got_in_need_not_wait(self, challenges: Challenges) -> None:
        challenge = a_challenge(identifier=anybody())
        challenges.admit(challenge.identifier, anybody())
        challenges.close(challenges.open(challenge), challenge)
        challenges.admit(challenge.identifier, anybody())

    def test_an_address_that_asks_for_many_waits_too(self, challenges: Challenges) -> None:
        address = anybody()
        for _ in range(OF_ADDRESS.free):
            challenges.admit(anybody(), address)
        with pytest.raises(RateLimited):
            challenges.admit(anybody(), address)
        challenges.admit(anybody(), anybody())
