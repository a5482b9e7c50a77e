"""An agent believes only what the gateway says about the very room it is asked into."""

from uuid import UUID

import pytest

from contracts.errors import RejectedError
from contracts.ids import SessionId, TenantId
from contracts.rooms import Dispatch
from media_agent.adapters.livekit.dispatch import read_dispatch
from runtime.auth import sign
from support.meeting.clock import OPENED

SECRET = "between services"
ROOM = "tenant_acme_standup"


def a_dispatch(*, tenant: str = "acme", room: str = ROOM) -> Dispatch:
    return Dispatch(
        tenant_id=TenantId(tenant),
        session_id=SessionId(UUID(int=1)),
        room=room,
        opened_at=OPENED,
        title="Standup",
    )


def signed(dispatch: Dispatch, *, purpose: str = "dispatch", secret: str = SECRET) -> str:
    return sign(dispatch.model_dump_json(), purpose=purpose, secret=secret)


def test_what_the_gateway_signed_for_this_room_is_believed() -> None:
    assert read_dispatch(signed(a_dispatch()), ROOM, secret=SECRET) == a_dispatch()


@pytest.mark.parametrize(
    ("metadata", "room"),
    [
        ("", ROOM),
        ("no.signature", ROOM),
        (a_dispatch().model_dump_json(), ROOM),
        (signed(a_dispatch(), secret="guessed"), ROOM),
        (signed(a_dispatch(), purpose="invite"), ROOM),
        (sign("{}", purpose="dispatch", secret=SECRET), ROOM),
        (signed(a_dispatch()), "tenant_acme_other"),
        (signed(a_dispatch(tenant="globex")), ROOM),
        (signed(a_dispatch(room="lobby")), "lobby"),
    ],
)
def test_anything_else_is_refused(metadata: str, room: str) -> None:
    with pytest.raises(RejectedError):
        read_dispatch(metadata, room, secret=SECRET)
