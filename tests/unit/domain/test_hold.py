from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.claim import Claim
from erejestracja.domain.hold import HOLD_FOR, LONGEST_HOLD
from tests.support.builders import NOW, a_hold


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_hold_keeps_its_place_to_the_instant_it_expires() -> None:
    assert a_hold().is_live(NOW + HOLD_FOR - timedelta(microseconds=1))
    assert not a_hold().is_live(NOW + HOLD_FOR)


def test_an_extension_gives_the_full_time_again() -> None:
    extended = a_hold().extended(after(4))
    assert extended.expires_at == after(14)
    assert extended.extension == 1


@given(st.lists(st.floats(0, 40), max_size=10).map(sorted))
def test_no_extension_goes_past_the_longest_hold_or_takes_time_away(minutes: list[float]) -> None:
    hold = a_hold()
    for moment in minutes:
        before, hold = hold, hold.extended(after(moment))
        assert before.expires_at <= hold.expires_at <= NOW + LONGEST_HOLD
        assert hold.extension == before.extension + 1


def test_only_a_hold_runs_out() -> None:
    assert Claim(0, "hold", "h", NOW).has_run_out(NOW)
    assert not Claim(0, "hold", "h", NOW).has_run_out(NOW - timedelta(seconds=1))
    assert not Claim(0, "visit", "v", None).has_run_out(NOW)
