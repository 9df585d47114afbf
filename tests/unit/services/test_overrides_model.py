import pytest
from hypothesis import settings

from tests.support.override_case import Case, a_case
from tests.support.override_machine import OverrideMachine
from tests.support.overrides_contract import OverridesContract


class TestFakeOverrides(OverridesContract):
    @pytest.fixture
    def case(self) -> Case:
        return a_case()


OverrideMachine.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestWhateverPeopleDo = OverrideMachine.TestCase
