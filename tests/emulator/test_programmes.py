from dataclasses import replace
from typing import Any

import pytest

from erejestracja.domain.actor import Channel
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import ProgrammeId
from erejestracja.domain.programme import Programme
from erejestracja.domain.programme_document import to_document
from erejestracja.storage.firestore import programmes
from erejestracja.storage.firestore.programmes import LiveProgrammes, mirror
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.programmes import ProgrammeDocuments
from tests.support.builders import COVID, a_programme

pytestmark = pytest.mark.emulator
PAUSED = replace(a_programme(), paused=frozenset({Channel.WEB}))


@pytest.fixture
def client(firestore: str) -> Any:
    assert firestore
    from google.cloud import firestore as library

    client = library.Client()
    for document in client.collection(programmes.COLLECTION).stream():
        document.reference.delete()
    return client


def publish(database: Database, version: int, programme: Programme) -> None:
    ProgrammeDocuments(database).publish(COVID, version, to_document(programme))


def test_rules_come_from_spanner_while_firestore_is_empty(client: Any, database: Database) -> None:
    publish(database, 1, a_programme())
    live = LiveProgrammes(lambda: client, ProgrammeDocuments(database).newest)
    published = replace(a_programme(), version=1)
    assert live.get(COVID) == published
    assert live.all() == (published,)
    with pytest.raises(NotFound):
        live.get(ProgrammeId("none"))


def test_a_newer_version_reaches_firestore_once_and_then_everyone(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programmes, "FRESH_FOR_S", 0.0)
    documents = ProgrammeDocuments(database)
    publish(database, 1, a_programme())
    live = LiveProgrammes(lambda: client, dict)
    assert mirror(client, documents.newest()) == 1
    assert live.get(COVID).paused == frozenset()
    publish(database, 2, PAUSED)
    assert mirror(client, documents.newest()) == 1
    assert mirror(client, documents.newest()) == 0
    assert live.get(COVID).paused == {Channel.WEB}


def test_an_older_copy_never_replaces_a_newer_rule(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programmes, "FRESH_FOR_S", 0.0)
    publish(database, 1, a_programme())
    publish(database, 2, PAUSED)
    truth = ProgrammeDocuments(database).newest
    live = LiveProgrammes(lambda: client, truth)
    assert live.get(COVID).paused == {Channel.WEB}
    old = {COVID: (1, to_document(a_programme()))}
    mirror(client, old)
    assert live.get(COVID).paused == {Channel.WEB}
