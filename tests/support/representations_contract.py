"""What any store of representations does, the real one and the fake."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.ids import PatientId
from erejestracja.domain.representation import Step
from erejestracja.ports import Clash, Representations
from tests.support.builders import NOW, a_representation

HOUR = timedelta(hours=1)


def somebody() -> PatientId:
    return PatientId(uuid.uuid4().hex[:26])


class RepresentationsContract:
    def test_what_one_person_is_to_another_is_found_from_both_sides(
        self, representations: Representations
    ) -> None:
        parent, child, other = somebody(), somebody(), somebody()
        first = a_representation(parent, child)
        second = a_representation(parent, other)
        for one in (first, second):
            representations.store(one, Step.NAMED)
        assert representations.get(parent, child) == first
        assert representations.get(child, parent) is None
        assert sorted(representations.of(parent), key=lambda one: one.patient) == sorted(
            [first, second], key=lambda one: one.patient
        )
        assert representations.over(child) == [first]
        assert representations.over(parent) == []

    def test_the_next_version_replaces_the_one_before(
        self, representations: Representations
    ) -> None:
        named = a_representation(somebody(), somebody(), valid_from=None)
        representations.store(named, Step.NAMED)
        accepted = named.accepted(NOW)
        representations.store(accepted, Step.ACCEPTED)
        ended = accepted.ended(NOW + HOUR)
        representations.store(ended, Step.ENDED)
        assert representations.get(named.representative, named.patient) == ended

    def test_of_two_next_versions_one_clashes(self, representations: Representations) -> None:
        named = a_representation(somebody(), somebody(), valid_from=None)
        representations.store(named, Step.NAMED)
        representations.store(named.ended(NOW), Step.ENDED)
        with pytest.raises(Clash):
            representations.store(named.accepted(NOW), Step.ACCEPTED)
        found = representations.get(named.representative, named.patient)
        assert found == replace(named, valid_to=NOW, version=2)
