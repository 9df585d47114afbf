"""The parts of the suite for dialogues by text message, and for telling the gateway from others."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erejestracja.services.callbacks import Owed
    from erejestracja.services.clerk import Clerk
    from erejestracja.services.desk import Desk
    from erejestracja.storage.spanner.messages import Messages


class DialogueParts:
    """Built when first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def desk(self) -> Desk: ...

        @cached_property
        def firestore(self) -> Any: ...

        @cached_property
        def messages(self) -> Messages: ...

        @cached_property
        def owed(self) -> Owed: ...

    @cached_property
    def clerk(self) -> "Clerk":
        """Return who takes in what people write."""
        from erejestracja.auth.patients import identifier_digest
        from erejestracja.services.clerk import Clerk
        from erejestracja.storage.firestore.dialogues import FirestoreDialogues

        dialogues = FirestoreDialogues(lambda: self.firestore)
        return Clerk(self.desk, dialogues, self.messages, self.owed, identifier_digest)

    @cached_property
    def receipts_token(self) -> str:
        """Return what the gateway shows with each receipt and message."""
        from erejestracja.sms.settings import SmsSettings

        return SmsSettings().receipts_token.get_secret_value()
