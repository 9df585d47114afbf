"""The audit trail: who saw or did what with whose record, in the commit that did it."""

from erejestracja.domain.actor import Actor
from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.storage.spanner.database import Batch, commit_time


def note(batch: Batch, patient: PatientId, actor: Actor, action: str, request_id: str) -> None:
    """Put a line about a person's record into a commit; the same request's line is one."""
    batch.put(
        "Audit",
        PatientId=patient,
        AuditId=derived_id("audit", request_id, action, patient),
        Actor=actor.subject,
        ActorPatientId=actor.patient,
        Role=str(min(actor.roles, default="none")),
        Action=action,
        RequestId=request_id,
        SeenAt=commit_time(),
    )
