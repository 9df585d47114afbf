"""Rules published by command: checked, numbered, and refused where they are none."""

from dataclasses import replace

import orjson
import pytest

from erejestracja.domain.actor import Channel
from erejestracja.domain.programme import Programme
from erejestracja.domain.programme_document import to_document
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.programmes import ProgrammeDocuments
from functions.publish import Refused, publish
from tests.support.builders import COVID, a_programme

pytestmark = pytest.mark.emulator


@pytest.fixture
def documents(database: Database) -> ProgrammeDocuments:
    return ProgrammeDocuments(database)


def rules(programme: Programme) -> bytes:
    return orjson.dumps(to_document(programme))


def test_rules_are_numbered_and_the_same_are_published_once(documents: ProgrammeDocuments) -> None:
    first = publish(documents, rules(a_programme()), dry_run=False)
    again = publish(documents, rules(a_programme()), dry_run=False)
    assert first.startswith("covid-19: version 1, changes ")
    assert again == "covid-19: these are the rules of version 1 already"
    paused = replace(a_programme(), paused=frozenset({Channel.WEB}))
    assert publish(documents, rules(paused), dry_run=False) == "covid-19: version 2, changes paused"
    assert documents.newest()[COVID] == (2, to_document(paused))


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    documents: ProgrammeDocuments,
) -> None:
    said = publish(documents, rules(a_programme()), dry_run=True)
    assert said.endswith("; nothing published")
    assert documents.newest() == {}


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"id": "x", "surprise": 1}'])
def test_what_are_no_rules_is_refused(documents: ProgrammeDocuments, text: bytes) -> None:
    with pytest.raises(Refused):
        publish(documents, text, dry_run=False)
    assert documents.newest() == {}


def test_of_two_who_publish_at_once_one_is_told_so(
    documents: ProgrammeDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(documents, rules(a_programme()), dry_run=False)
    monkeypatch.setattr(documents, "newest", dict)
    with pytest.raises(Refused, match="just now"):
        publish(documents, rules(a_programme()), dry_run=False)
