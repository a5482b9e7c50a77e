"""People who come by an invitation: what they may do, and for how long."""

from dataclasses import dataclass
from typing import Final, TypeVar

from contracts.errors import RejectedError
from contracts.http import JoinBody, JoinTicket, MeetDoor, Snapshot
from contracts.ids import FrameId
from contracts.tenants import TenantState
from gateway.domain.callers import Caller
from gateway.domain.rooms import GUEST_LIFETIME_S, Guest, Invitation
from gateway.ports.feeds import Picture
from gateway.ports.tenants import Callers
from gateway.services.meetings.rooms import RoomService, new_identity
from runtime.auth import read_signed, sign
from runtime.clock import Clock

NOT_INVITED: Final = "This invitation is not valid, or no longer; ask for a new one."
NO_GUEST: Final = "Join the meeting first."
SignedT = TypeVar("SignedT", Invitation, Guest)


@dataclass(frozen=True)
class GuestService:
    """Signed, not stored: whatever it opens closes when the room is deleted or its session closed.

    It closes too when the key is revoked that the invitation was made with, guests inside included:
    a key that was stolen leaves nobody in a meeting.

    A browser has one seat in a meeting: who joins again, or reloads, takes the seat over.
    """

    rooms: RoomService
    clock: Clock
    secret: str
    keys: Callers

    async def read_invite(self, invite: str) -> Invitation:
        """Raises RejectedError("unauthorized")."""
        invitation = self._read(Invitation, invite, NOT_INVITED)
        if not await self._is_key_in_force(invitation):
            raise RejectedError(NOT_INVITED, code="unauthorized")
        return invitation

    async def read_cookie(self, cookie: str | None) -> Guest:
        """Raises RejectedError("unauthorized")."""
        guest = self._read(Guest, cookie or "", NO_GUEST)
        if not await self._is_key_in_force(guest):
            raise RejectedError(NO_GUEST, code="unauthorized")
        return guest

    async def door(self, invitation: Invitation, tenant: TenantState) -> MeetDoor:
        room = await self.rooms.find(invitation.tenant_id, invitation.slug)
        config = tenant.config
        return MeetDoor(
            title=room.session.title,
            consent_needed=config.consent,
            camera=config.camera,
            vision=config.vision,
        )

    async def join(
        self, invitation: Invitation, body: JoinBody, tenant: TenantState, cookie: str | None
    ) -> tuple[JoinTicket, str]:
        """What to connect with, and the text of the browser's cookie.

        Args:
            invitation: was read.
            body: the person.
            tenant: the invitation's.
            cookie: the one that the browser has from before, if any.
        """
        room = await self.rooms.find(invitation.tenant_id, invitation.slug)
        ticket = await self.rooms.ticket(room, body, tenant, self._seat(invitation, cookie))
        guest = Guest(
            tenant_id=room.tenant_id,
            slug=room.slug,
            session_id=room.session.session_id,
            identity=ticket.identity,
            name=body.name,
            expires_s=int(self.clock.now().timestamp()) + GUEST_LIFETIME_S,
            key_id=invitation.key_id,
        )
        return ticket, sign(guest.model_dump_json(), purpose="guest", secret=self.secret)

    async def refresh(self, guest: Guest, tenant: TenantState) -> JoinTicket:
        """For the same person, who agreed to what was asked when joining."""
        room = await self.rooms.find(guest.tenant_id, guest.slug)
        body = JoinBody(name=guest.name, consent=True)
        return await self.rooms.ticket(room, body, tenant, guest.identity)

    async def require_meeting(self, guest: Guest) -> None:
        """Raises RejectedError("not_found") when it is over."""
        await self.rooms.find(guest.tenant_id, guest.slug)

    async def may_stay(self, guest: Guest) -> bool:
        room = await self.rooms.store.find(guest.tenant_id, guest.slug)
        if room is None or not room.is_open or not self._is_valid(guest):
            return False
        return await self._is_key_in_force(guest)

    async def snapshot(self, guest: Guest) -> Snapshot:
        """As the tenant sees it, but for what its people thought of the answers."""
        whole = await self.rooms.sessions.snapshot(self.reader(guest), guest.session_id)
        questions = [one.model_copy(update={"feedback": None}) for one in whole.questions]
        return whole.model_copy(update={"questions": tuple(questions)})

    async def picture(self, guest: Guest, frame_id: FrameId) -> Picture:
        await self.require_meeting(guest)
        return await self.rooms.sessions.picture(self.reader(guest), guest.session_id, frame_id)

    def reader(self, guest: Guest) -> Caller:
        """Who reads on the guest's behalf; the session is always the guest's own."""
        return Caller(guest.tenant_id, guest.session_id, frozenset({"read"}))

    def _seat(self, invitation: Invitation, cookie: str | None) -> str:
        try:
            guest = self._read(Guest, cookie or "", NO_GUEST)
        except RejectedError:
            return new_identity()
        same = (guest.tenant_id, guest.slug) == (invitation.tenant_id, invitation.slug)
        return guest.identity if same else new_identity()

    def _read(self, kind: type[SignedT], signed: str, message: str) -> SignedT:
        purpose = "guest" if kind is Guest else "invite"
        try:
            read = kind.model_validate_json(
                read_signed(signed, purpose=purpose, secret=self.secret)
            )
        except (RejectedError, ValueError) as error:  # not ours, or of another version of us
            raise RejectedError(message, code="unauthorized") from error
        if not self._is_valid(read):
            raise RejectedError(message, code="unauthorized")
        return read

    async def _is_key_in_force(self, read: Guest | Invitation) -> bool:
        if read.key_id is None:
            return True
        return await self.keys.is_in_force(read.tenant_id, read.key_id)

    def _is_valid(self, read: Guest | Invitation) -> bool:
        return self.clock.now().timestamp() < read.expires_s
