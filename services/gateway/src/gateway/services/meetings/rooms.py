"""Open, list and delete rooms, and let people into them."""

from dataclasses import dataclass
from typing import Final

from contracts.errors import RejectedError
from contracts.http import JoinBody, JoinTicket, RoomBody, Rooms, RoomState
from contracts.ids import KeyId, SessionId, TenantId
from contracts.tenants import TenantState
from gateway.domain.callers import Caller
from gateway.domain.rooms import INVITE_LIFETIME_S, Invitation, Person, RoomRow
from gateway.domain.session_history import SessionRow
from gateway.ports.rooms import LiveRooms, RoomStore
from gateway.services.recordings import has_recording
from gateway.services.sessions import SessionService, require_open
from runtime.auth import sign
from runtime.clock import Clock
from runtime.ids import new_id

NO_ROOM: Final = "There is no such room, or no longer."


def no_room() -> RejectedError:
    """The same whether it never was, is over or is another tenant's."""
    return RejectedError(NO_ROOM, code="not_found")


def _all_open(tenant: TenantState) -> RejectedError:
    return RejectedError(
        f"As many rooms are open as the tier {tenant.tier} has ({tenant.limits.rooms}); "
        "delete one, or close its session.",
        code="busy",
    )


@dataclass(frozen=True)
class RoomService:
    """What can be done with rooms.

    Attributes:
        livekit_url: as the people's browsers use it.
        secret: signs invitations.
    """

    store: RoomStore
    live: LiveRooms
    sessions: SessionService
    clock: Clock
    livekit_url: str
    secret: str

    async def open(
        self, caller: Caller, tenant: TenantState, body: RoomBody, page_url: str
    ) -> RoomState:
        """A room, in LiveKit first: without LiveKit nothing is kept.

        A session has one room at a time, so a second request for it gets the same one.

        Raises:
            RejectedError: code "busy"; as many are open as the tenant's plan has.
        """
        caller.require("write")
        session = None
        if body.session_id is not None:
            session = await self._meetable(caller, body.session_id)
            known = await self.store.of_session(caller.tenant_id, body.session_id)
            if known is not None:
                await self.live.ensure(known)
                return await self._state(caller, known, page_url)
        if await self.store.count(caller.tenant_id) >= tenant.limits.rooms:
            raise _all_open(tenant)
        room = await self._make(caller, session, body)
        match await self.store.add(room, at_most=tenant.limits.rooms):
            case "added":
                return self._shown(caller, room, page_url, people=0)
            case "known":  # somebody was quicker; LiveKit ends the empty room
                return await self.open(caller, tenant, body, page_url)
            case "full":
                raise _all_open(tenant)

    async def _make(self, caller: Caller, session: SessionRow | None, body: RoomBody) -> RoomRow:
        """In LiveKit, for this session or a new one."""
        now = self.clock.now()
        new = SessionRow(SessionId(new_id()), body.title, now)
        room = RoomRow(caller.tenant_id, new_id().hex, session or new, body.max_participants, now)
        await self.live.ensure(room)
        if session is None:
            await self.sessions.begin(caller, new)
        return room

    async def list(self, caller: Caller, page_url: str, *, limit: int, before: str | None) -> Rooms:
        caller.require("read")
        found = await self.store.newest(caller.tenant_id, limit=limit + 1, before=before)
        shown = found[:limit]
        people = await self.live.people([room.name for room in shown])
        return Rooms(
            rooms=tuple(
                self._shown(caller, room, page_url, people=people.get(room.name, 0))
                for room in shown
            ),
            next=shown[-1].slug if len(found) > limit else None,
        )

    async def get(self, caller: Caller, slug: str, page_url: str) -> RoomState:
        caller.require("read")
        return await self._state(caller, await self.find(caller.tenant_id, slug), page_url)

    async def delete(self, caller: Caller, slug: str) -> None:
        """Send everybody out. Deleting what is deleted changes nothing; the session goes on."""
        caller.require("write")
        room = await self.store.find(caller.tenant_id, slug)
        if room is None:
            raise no_room()
        await self.store.delete(caller.tenant_id, slug, self.clock.now())
        await self.live.end(room.name)

    async def let_in(
        self, caller: Caller, slug: str, body: JoinBody, tenant: TenantState
    ) -> JoinTicket:
        caller.require("write")
        room = await self.find(caller.tenant_id, slug)
        return await self.ticket(room, body, tenant, new_identity())

    async def find(self, tenant_id: TenantId, slug: str) -> RoomRow:
        """An open room; RejectedError("not_found") for any other."""
        room = await self.store.find(tenant_id, slug)
        if room is None or not room.is_open:
            raise no_room()
        return room

    async def ticket(
        self, room: RoomRow, body: JoinBody, tenant: TenantState, identity: str
    ) -> JoinTicket:
        """For one person.

        Raises:
            RejectedError: code "consent_required".
            UnavailableError: LiveKit does not answer, so nobody could come in.
        """
        if tenant.config.consent and not body.consent:
            raise RejectedError(
                "Who joins must agree to be heard and seen by Parley.", code="consent_required"
            )
        await self.live.ensure(room)
        camera = tenant.config.camera
        return JoinTicket(
            livekit_url=self.livekit_url,
            token=self.live.token(room, Person(identity, body.name), camera=camera),
            identity=identity,
            room=room.slug,
            session_id=room.session.session_id,
            title=room.session.title,
            opened_at=room.session.opened_at,
            camera=camera,
        )

    async def _meetable(self, caller: Caller, session_id: SessionId) -> SessionRow:
        session = await self.sessions.find(caller, session_id)
        require_open(session)
        if await self.sessions.store.has_recording(caller.tenant_id, session_id):
            # Its times count from the recording's start, a meeting's from the session's opening.
            raise has_recording()
        return session

    async def _state(self, caller: Caller, room: RoomRow, page_url: str) -> RoomState:
        people = await self.live.people([room.name])
        return self._shown(caller, room, page_url, people=people.get(room.name, 0))

    def _shown(self, caller: Caller, room: RoomRow, page_url: str, *, people: int) -> RoomState:
        invite = f"{page_url}#invite={self._invite(caller, room)}" if caller.may("write") else None
        return RoomState(
            room=room.slug,
            session_id=room.session.session_id,
            title=room.session.title,
            max_participants=room.max_participants,
            created_at=room.created_at,
            people=people,
            join_url=invite,
        )

    def _invite(self, caller: Caller, room: RoomRow) -> str:
        invitation = Invitation(
            tenant_id=room.tenant_id,
            slug=room.slug,
            session_id=room.session.session_id,
            expires_s=int(self.clock.now().timestamp()) + INVITE_LIFETIME_S,
            key_id=KeyId(caller.key_id),
        )
        return sign(invitation.model_dump_json(), purpose="invite", secret=self.secret)


def new_identity() -> str:
    """Of a person in a room; Parley's own begin with `agent-`."""
    return f"person-{new_id().hex}"
