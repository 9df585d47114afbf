"""Conversations by text message, as documents that only whoever read them last may change.

`dialogues/<telephone>` is a conversation, `askers/<person>` which telephones have named a person
within a day. Ids are keyed digests. What is over is deleted by Firestore itself, by `forgetAt`;
upkeep finds by `until`, which only open dialogues have, in which of them nothing is said.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from erejestracja.domain.conversation import Conversation, admitted
from erejestracja.domain.dialogue import Dialogue, Proposal, State
from erejestracja.domain.ids import PatientId, SessionKey
from erejestracja.ports import Clash

if TYPE_CHECKING:
    from collections.abc import Iterator

DIALOGUES, ASKERS = "dialogues", "askers"
DEADLINE_S = 5.0
# The limits of a day are counted by what is kept, so it is kept for longer than that.
KEPT_FOR = timedelta(days=2)


class FirestoreDialogues:
    """Port Dialogues."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def get(self, telephone: str) -> Conversation | None:
        """Return a telephone's conversation."""
        found = self._document(DIALOGUES, telephone).get(timeout=DEADLINE_S)
        return _conversation(found) if found.exists else None

    def put(self, conversation: Conversation, now: datetime) -> Conversation:
        """Keep it as it is now. Raises Clash where somebody else has, since it was read."""
        document = self._document(DIALOGUES, conversation.telephone)
        version = self._written(document, _fields(conversation, now), conversation.version)
        return replace(conversation, version=version)

    def silent(self, now: datetime, limit: int) -> Sequence[Conversation]:
        """Return those whose dialogue has waited for as long as it may."""
        from google.cloud.firestore import FieldFilter

        dialogues = self._client().collection(DIALOGUES)
        over = dialogues.where(filter=FieldFilter("until", "<=", now)).limit(limit)
        return [_conversation(one) for one in over.stream(timeout=DEADLINE_S)]

    def admit(self, patient: PatientId, telephone: str, now: datetime) -> bool:
        """Count a telephone that names a person; tell whether it is among the first of its day.

        Raises Clash where another was counted at the same instant.
        """
        document = self._document(ASKERS, patient)
        found = document.get(timeout=DEADLINE_S)
        named = (found.to_dict() or {}).get("telephones", {})
        telephones = admitted(named, telephone, now)
        if telephones is None:
            return False
        fields = {"telephones": telephones, "forgetAt": now + KEPT_FOR}
        self._written(document, fields, found.update_time if found.exists else None)
        return True

    def _document(self, collection: str, name: str) -> Any:
        return self._client().collection(collection).document(name)

    def _written(self, document: Any, fields: Mapping[str, Any], version: object) -> object:
        """Write a document that is new, or as it was read; return its version."""
        with _clashes():
            if version is None:
                return document.create(fields, timeout=DEADLINE_S, retry=None).update_time
            unchanged = self._client().write_option(last_update_time=version)
            written = document.update(fields, option=unchanged, timeout=DEADLINE_S, retry=None)
            return written.update_time


@contextmanager
def _clashes() -> "Iterator[None]":
    from google.api_core.exceptions import AlreadyExists, FailedPrecondition, NotFound

    try:
        yield
    except (AlreadyExists, FailedPrecondition, NotFound) as other:
        raise Clash(type(other).__name__) from None


def _fields(conversation: Conversation, now: datetime) -> dict[str, Any]:
    """Return a conversation as its document."""
    dialogue = conversation.dialogue
    forget_at = max(now, dialogue.until or now) + KEPT_FOR
    return {
        "number": conversation.number,
        "takenIn": list(conversation.taken_in),
        "claimedUntil": conversation.claimed_until,
        "until": dialogue.until,
        "forgetAt": forget_at,
        "state": dialogue.state.value,
        "misses": dialogue.misses,
        "patient": dialogue.patient,
        "onFile": dialogue.on_file,
        "language": dialogue.language,
        "postalCode": dialogue.postal_code,
        "proposal": _proposal_fields(dialogue.proposal) if dialogue.proposal else None,
        "proposals": dialogue.proposals,
        "declined": [str(one) for one in dialogue.declined],
        "begun": list(dialogue.begun),
        "helpedAt": dialogue.helped_at,
    }


def _proposal_fields(proposal: Proposal) -> dict[str, Any]:
    return {
        "hold": proposal.hold,
        "session": str(proposal.session),
        "until": proposal.until,
        "facts": dict(proposal.facts),
    }


def _conversation(document: Any) -> Conversation:
    fields = document.to_dict()
    proposal, patient = fields["proposal"], fields["patient"]
    return Conversation(
        telephone=document.id,
        number=fields["number"],
        dialogue=Dialogue(
            state=State(fields["state"]),
            until=fields["until"],
            misses=fields["misses"],
            patient=PatientId(patient) if patient else None,
            on_file=fields["onFile"],
            language=fields["language"],
            postal_code=fields["postalCode"],
            proposal=_proposal(proposal) if proposal else None,
            proposals=fields["proposals"],
            declined=tuple(map(SessionKey.parse, fields["declined"])),
            begun=tuple(fields["begun"]),
            helped_at=fields["helpedAt"],
        ),
        taken_in=tuple(fields["takenIn"]),
        claimed_until=fields["claimedUntil"],
        version=document.update_time,
    )


def _proposal(fields: Mapping[str, Any]) -> Proposal:
    session = SessionKey.parse(fields["session"])
    return Proposal(fields["hold"], session, fields["until"], fields["facts"])
