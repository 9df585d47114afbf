import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from erejestracja.auth.codes import MessageCodes
from erejestracja.domain.challenge import LIVES, MOST_TRIES, OF_IDENTIFIER
from erejestracja.domain.errors import RateLimited
from erejestracja.domain.ids import MessageId, PatientId, ReferralId
from erejestracja.services.code_way import Entrance, Tried, ask_for_code, try_code
from tests.support.builders import a_point, a_referral, a_session
from tests.support.challenges_contract import ChallengesContract
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.fake_challenges import FakeChallenges, FakeRequests
from tests.support.fake_store import FakeStore, a_store

ANNA, NOBODY = PatientId("a" * 26), PatientId("n" * 26)
HERS = a_referral(ANNA).id
HOME = "192.0.2.1"
CODES = MessageCodes("a key for tests")
SECOND = timedelta(seconds=1)


class TestFakeChallenges(ChallengesContract):
    @pytest.fixture
    def challenges(self) -> FakeChallenges:
        return FakeChallenges()


@dataclass
class World:
    """The way in, with its parts in reach."""

    store: FakeStore = field(default_factory=lambda: a_store(ANNA))
    challenges: FakeChallenges = field(default_factory=FakeChallenges)
    messages: FakeRequests = field(default_factory=FakeRequests)

    def __post_init__(self) -> None:
        clock = self.challenges.clock
        self.desk: WatchedDesk = a_desk(self.store, [a_session()], [a_point()], clock=clock)
        self.entrance = Entrance(self.desk, self.challenges, CODES, self.messages)

    @property
    def clock(self) -> SetClock:
        return self.challenges.clock

    def ask(self, who: str = ANNA, referral: ReferralId = HERS, address: str = HOME) -> str:
        return ask_for_code(self.entrance, who, referral, address)

    def code(self, at: int = -1) -> str:
        """Return what the last message says, as the handset shows it."""
        return CODES.code_of(self.messages.asked[at].id)


@pytest.fixture
def world() -> World:
    return World()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


class TestACode:
    def test_opens_one_referral_of_one_person_once(self, world: World) -> None:
        known = world.ask()
        found = try_code(world.entrance, known, world.code())
        assert (found.person, found.referral) == (world.store.people[ANNA], HERS)
        assert try_code(world.entrance, known, world.code()) == Tried(0)

    def test_is_for_who_is_known_by_a_document(self, world: World) -> None:
        world.store.identifiers["digest-of-a-passport"] = ANNA
        known = world.ask("digest-of-a-passport")
        found = try_code(world.entrance, known, world.code()).person
        assert found is not None
        assert found.id == ANNA

    def test_may_be_missed_four_times(self, world: World) -> None:
        known = world.ask()
        for left in (4, 3, 2, 1):
            assert try_code(world.entrance, known, wrong(world.code())) == Tried(left)
        assert try_code(world.entrance, known, world.code()).referral == HERS

    def test_is_dead_after_the_fifth_miss(self, world: World) -> None:
        known = world.ask()
        for _ in range(MOST_TRIES):
            try_code(world.entrance, known, wrong(world.code()))
        assert try_code(world.entrance, known, world.code()) == Tried(0)

    def test_lives_ten_minutes(self, world: World) -> None:
        known = world.ask()
        world.clock.at += LIVES - SECOND
        assert try_code(world.entrance, known, wrong(world.code())) == Tried(4)
        world.clock.at += SECOND
        assert try_code(world.entrance, known, world.code()) == Tried(0)

    def test_that_the_store_keeps_too_long_is_dead_all_the_same(self, world: World) -> None:
        known = world.ask()
        challenge, tries, until = world.challenges.known[known]
        world.challenges.known[known] = (challenge, tries, until + LIVES)
        world.clock.at += LIVES
        assert try_code(world.entrance, known, world.code()) == Tried(0)

    def test_of_another_asking_opens_nothing(self, world: World) -> None:
        first = world.ask()
        world.clock.at += timedelta(minutes=1)
        world.ask()
        assert try_code(world.entrance, first, world.code(-1)) == Tried(4)

    def test_met_by_two_at_once_lets_one_in(self) -> None:
        class Late(FakeChallenges):
            def close(self, *_: Any) -> bool:
                return False

        late = World(challenges=Late())
        known = late.ask()
        assert try_code(late.entrance, known, late.code()) == Tried(0)

    @pytest.mark.parametrize(
        ("who", "referral"), [(NOBODY, HERS), (ANNA, ReferralId("another")), (NOBODY, "x")]
    )
    def test_that_nobody_was_sent_opens_nothing_even_if_it_is_guessed(
        self, world: World, who: str, referral: ReferralId
    ) -> None:
        known = world.ask(who, referral)
        assert try_code(world.entrance, known, world.code()) == Tried(0)

    def test_is_six_digits_and_another_for_each_message(self) -> None:
        codes = {CODES.code_of(MessageId(f"message-{n}")) for n in range(1000)}
        assert len(codes) > 990
        assert all(re.fullmatch(r"\d{6}", code) for code in codes)
        other = MessageCodes("another key")
        assert other.code_of(MessageId("m")) != CODES.code_of(MessageId("m"))

    def test_stands_in_nothing_that_is_kept_or_told(self, world: World) -> None:
        known = world.ask()
        kept = repr((world.messages, world.challenges.known[known], world.desk.publisher.told))
        assert world.code() not in kept
        assert world.desk.publisher.told == world.messages.told


def test_asking_again_is_slowed_down_more_and_more(world: World) -> None:
    waits = []
    for _ in range(4):
        world.ask()
        with pytest.raises(RateLimited) as slow:
            world.ask()
        waits.append(slow.value.retry_after)
        world.clock.at += timedelta(seconds=slow.value.retry_after)
    assert waits == [31, 61, 121, 241]
    assert OF_IDENTIFIER.most_s == 12 * 3600


def test_the_same_is_done_whoever_is_meant() -> None:
    """Equal work: the same reads, one commit, one event, one challenge, of equal size."""

    class Counted(FakeStore):
        def __init__(self) -> None:
            super().__init__()
            self.calls: list[str] = []

        def registered_as(self, digest: str) -> PatientId | None:
            self.calls.append("registered_as")
            return super().registered_as(digest)

        def person(self, *arguments: Any, **more: Any) -> Any:
            self.calls.append("person")
            return super().person(*arguments, **more)

        def referrals(self, *arguments: Any, **more: Any) -> Any:
            self.calls.append("referrals")
            return super().referrals(*arguments, **more)

    done = []
    for who in (ANNA, NOBODY):
        store = Counted()
        store.people |= a_store(ANNA).people
        store.all_referrals |= a_store(ANNA).all_referrals
        world = World(store=store)
        known = world.ask(who)
        tried = [try_code(world.entrance, known, wrong(world.code())) for _ in range(6)]
        sizes = [len(repr(one)) for one in (world.messages.asked, world.messages.told)]
        done.append((store.calls, tried, sizes, known))
    assert done[0] == done[1]
    assert done[0][0] == ["registered_as"]


class AnyGuessing(RuleBasedStateMachine):
    """Two worlds, in which the same is claimed: in one it is true, in the other of nobody.

    Whatever a guesser does who sees no message, nobody gets in, and both worlds answer the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.worlds = [World(), World(store=a_store())]
        self.open: list[str] = []

    @rule(who=st.sampled_from([ANNA, NOBODY]), referral=st.sampled_from([HERS, "another"]))
    def ask(self, who: str, referral: Any) -> None:
        answers = [self._asked(world, who, referral) for world in self.worlds]
        assert answers[0] == answers[1]
        if isinstance(answers[0], str):
            self.open.append(answers[0])

    @precondition(lambda self: self.open)
    @rule(data=st.data(), digits=st.integers(0, 10**6 - 1))
    def guess(self, data: st.DataObject, digits: int) -> None:
        known = data.draw(st.sampled_from([*self.open, "made up"]))
        code = f"{digits:06}"
        # A guess in a million is right; the machine looks at all others.
        if any(code == world.code(n) for world in self.worlds for n in range(len(self.open))):
            return
        answers = [try_code(world.entrance, known, code) for world in self.worlds]
        assert answers[0] == answers[1]
        assert answers[0].person is None

    @rule(minutes=st.integers(0, 12))
    def wait(self, minutes: int) -> None:
        for world in self.worlds:
            world.clock.at += timedelta(minutes=minutes)

    def _asked(self, world: World, who: str, referral: ReferralId) -> str | int:
        try:
            return world.ask(who, referral)
        except RateLimited as slow:
            return slow.retry_after


TestAnyGuessing = AnyGuessing.TestCase
TestAnyGuessing.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
