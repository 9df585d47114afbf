import pytest

from erejestracja.domain.actor import Channel, Role
from tests.support.builders import an_actor


@pytest.mark.parametrize(
    ("roles", "channel"),
    [
        ((Role.PATIENT,), Channel.WEB),
        ((Role.COORDINATOR,), Channel.WEB),
        ((Role.AGENT,), Channel.AGENT),
        ((Role.REGISTRAR,), Channel.POINT),
        ((Role.MEDIC,), Channel.POINT),
        ((Role.ADMIN,), Channel.POINT),
        ((Role.PARTNER,), Channel.POINT),
        ((Role.TELEPHONE,), Channel.SMS),
        ((Role.PATIENT, Role.MEDIC), Channel.POINT),
        ((Role.AGENT, Role.REGISTRAR), Channel.AGENT),
    ],
)
def test_a_caller_books_through_the_channel_of_their_role(
    roles: tuple[Role, ...], channel: Channel
) -> None:
    assert an_actor(*roles).channel() is channel
