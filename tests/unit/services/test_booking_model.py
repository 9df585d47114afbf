from hypothesis import settings

from erejestracja.services.desk import Desk
from tests.support.booking_machine import PEOPLE, SESSIONS, BookingMachine
from tests.support.builders import a_point, a_referral
from tests.support.desk import a_desk
from tests.support.fake_store import FakeStore


class FakeBookingMachine(BookingMachine):
    @staticmethod
    def make_desk() -> Desk:
        store = FakeStore()
        for session in SESSIONS:
            store.tables.sessions[session.key] = session
        for person in PEOPLE:
            referral = a_referral(person)
            store.all_referrals[person, referral.id] = referral
        return a_desk(store, SESSIONS, [a_point()])


FakeBookingMachine.TestCase.settings = settings(
    max_examples=200, stateful_step_count=40, deadline=None
)
TestAnySequenceOfRequests = FakeBookingMachine.TestCase
