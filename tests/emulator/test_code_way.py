"""The way in by a code on real stores: tries that are counted, and work that tells nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import SecretStr
from redis import Redis

from erejestracja.auth.codes import MessageCodes
from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.challenge import LIVES
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import MessageId, PatientId
from erejestracja.domain.message_state import MessageStatus
from erejestracja.services.code_way import Challenges, Entrance, ask_for_code, try_code
from erejestracja.services.dispatch import Dispatcher
from erejestracja.settings import RedisSettings
from erejestracja.storage.redis.challenges import RedisChallenges
from erejestracja.storage.redis.client import open_client
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.messages import Messages
from erejestracja.storage.spanner.records import Records
from tests.support.builders import NOW, a_person, a_point, a_referral, a_session
from tests.support.challenges_contract import ChallengesContract, a_challenge, anybody
from tests.support.desk import RememberingPublisher, a_desk
from tests.support.messages import RememberingOwed, ScriptedGateway
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator

ANNA, NOBODY = PatientId("a" * 26), PatientId("n" * 26)
CODES = MessageCodes("a key for tests")
AWAY = RedisSettings(url=SecretStr("redis://127.0.0.1:1/0"))


class TestRedisChallenges(ChallengesContract):
    @pytest.fixture
    def challenges(self, redis: Redis) -> RedisChallenges:
        return RedisChallenges(redis)


def test_no_two_tries_at_once_are_counted_as_one(redis: Redis) -> None:
    challenges = RedisChallenges(redis)
    known = challenges.open(a_challenge())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: challenges.guess(known), range(40)))
    assert sorted(one[1] for one in found if one) == list(range(1, 41))


def test_two_who_know_the_code_at_once_are_one(redis: Redis) -> None:
    challenges, challenge = RedisChallenges(redis), a_challenge()
    known = challenges.open(challenge)
    with ThreadPoolExecutor(8) as pool:
        closed = list(pool.map(lambda _: challenges.close(known, challenge), range(16)))
    assert closed.count(True) == 1


def test_a_challenge_is_forgotten_when_its_code_is_dead(redis: Redis) -> None:
    known = RedisChallenges(redis).open(a_challenge())
    [key] = redis.keys("code:*")
    assert 0 < redis.ttl(key) <= LIVES.total_seconds()
    # Who reads the store cannot go on with it.
    assert known.encode() not in key


def test_a_pause_ends(redis: Redis) -> None:
    challenges, who = RedisChallenges(redis), anybody()
    challenges.admit(who, anybody())
    [key] = redis.keys("code-pause:identifier:*")
    assert who.encode() not in key
    redis.hset(key, "until", str(int(time.time() * 1000)))
    challenges.admit(who, anybody())


def test_while_the_store_is_away_nobody_gets_in() -> None:
    challenges: Challenges = RedisChallenges(open_client(AWAY))
    for ask in (
        lambda: challenges.admit("who", "where"),
        lambda: challenges.open(a_challenge()),
        lambda: challenges.guess("any"),
        lambda: challenges.close("any", a_challenge()),
    ):
        with pytest.raises(Overloaded):
            ask()


@pytest.fixture
def entrance(database: Database, redis: Redis) -> Entrance:
    save(database, [a_point()], [a_session()], [a_person(ANNA)], [a_referral(ANNA)])
    desk = a_desk(SpannerStore(database), [a_session()], [a_point()])
    return Entrance(desk, RedisChallenges(redis), CODES, Messages(database))


def test_asking_and_guessing_costs_the_same_calls_whoever_is_meant(entrance: Entrance) -> None:
    made = []
    for who in (ANNA, NOBODY):
        with calls_to_spanner() as calls:
            known = ask_for_code(entrance, who, a_referral(ANNA).id, anybody())
            try_code(entrance, known, "wrong")
        made.append(calls)
    assert made == [["streaming_read", "commit"]] * 2


def test_a_code_is_sent_to_whom_it_is_for_and_opens(entrance: Entrance, database: Database) -> None:
    known = ask_for_code(entrance, ANNA, a_referral(ANNA).id, anybody())
    none = ask_for_code(entrance, NOBODY, a_referral(ANNA).id, anybody())
    gateway, messages = ScriptedGateway(), Messages(database)
    ways = (gateway, NoLimiter(), RememberingPublisher(), RememberingOwed(), CODES)
    dispatcher = Dispatcher(
        messages, Records(database), *ways, now=lambda: NOW + timedelta(minutes=1)
    )
    asked = entrance.desk.publisher.told  # type: ignore[attr-defined]
    for event in asked:
        dispatcher.dispatch(event.data)
    [(message, _, text)] = gateway.offered
    ends = [messages.get(MessageId(event.data["message"])) for event in asked]
    assert [one.status for one in ends if one] == [MessageStatus.SENT, MessageStatus.FAILED]
    code = CODES.code_of(MessageId(message))
    assert code in text
    assert try_code(entrance, none, code).person is None
    assert try_code(entrance, known, code).referral == a_referral(ANNA).id
