import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from erejestracja.services.gathering import Gathering, NotDone

SOON = 0.02
NEVER = 30.0


class Work:
    """Remembers what came together."""

    def __init__(self, failures: Mapping[int, str] | None = None) -> None:
        self.batches: list[list[str]] = []
        self.failures = failures or {}

    def __call__(self, items: Sequence[str]) -> Mapping[int, str]:
        self.batches.append(list(items))
        return self.failures


def test_one_alone_is_done_after_a_moment() -> None:
    work = Work()
    Gathering(work, most=10, longest_s=SOON).add("a")
    assert work.batches == [["a"]]


def test_a_full_house_does_not_wait() -> None:
    work = Work()
    gathering = Gathering(work, most=4, longest_s=NEVER)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(gathering.add, "abcd"))
    assert [sorted(batch) for batch in work.batches] == [list("abcd")]


def test_only_the_first_waits() -> None:
    work = Work()
    gathering = Gathering(work, most=3, longest_s=NEVER)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gathering.add, "a")
        while not gathering._items:
            threading.Event().wait(0.001)
        gathering.add("b")
        assert not first.done()
        gathering.add("c")
        first.result(5)
    assert work.batches == [["a", "b", "c"]]


def test_who_comes_while_others_are_at_it_starts_the_next_batch() -> None:
    entered, go_on = threading.Event(), threading.Event()
    batches: list[list[str]] = []

    def work(items: Sequence[str]) -> Mapping[int, str]:
        batches.append(list(items))
        entered.set()
        go_on.wait(5)
        return {}

    gathering = Gathering(work, most=1, longest_s=NEVER)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(gathering.add, "a")
        assert entered.wait(5)
        second = pool.submit(gathering.add, "b")
        go_on.set()
        first.result(5)
        second.result(5)
    assert batches == [["a"], ["b"]]


def test_who_leads_hears_of_its_own_failure_and_not_of_others() -> None:
    with pytest.raises(NotDone, match="too heavy"):
        Gathering(Work({0: "too heavy"}), most=1, longest_s=NEVER).add("a")
    Gathering(Work({1: "too heavy"}), most=1, longest_s=NEVER).add("a")


def test_who_leads_hears_what_the_work_raised() -> None:
    def work(_: Sequence[str]) -> Mapping[int, str]:
        raise ConnectionError("away")

    with pytest.raises(NotDone, match="ConnectionError: away"):
        Gathering(work, most=1, longest_s=NEVER).add("a")


def test_after_a_failure_the_next_batch_is_as_good_as_new() -> None:
    work = Work({0: "no"})
    gathering = Gathering(work, most=1, longest_s=NEVER)
    with pytest.raises(NotDone):
        gathering.add("a")
    work.failures = {}
    gathering.add("b")
    assert work.batches == [["a"], ["b"]]
