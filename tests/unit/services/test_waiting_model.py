import pytest
from hypothesis import settings

from tests.support.waiting_case import PEOPLE, Case, a_case
from tests.support.waiting_contract import QueueContract
from tests.support.waiting_machine import SESSIONS, WaitingMachine


class TestFakeQueue(QueueContract):
    @pytest.fixture
    def case(self) -> Case:
        return a_case()


class FakeWaitingMachine(WaitingMachine):
    @staticmethod
    def make_case() -> Case:
        return a_case(*PEOPLE, sessions=SESSIONS)


FakeWaitingMachine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestWhateverPeopleDo = FakeWaitingMachine.TestCase
