"""What a session cost so far, for whoever may read it."""

from dataclasses import dataclass

from contracts.http import SessionCosts
from contracts.ids import SessionId
from gateway.domain.budgets.price_tags import session_costs
from gateway.domain.callers import Caller
from gateway.ports.costs import CostLedger
from gateway.ports.sessions import SessionStore
from gateway.services.sessions import no_session


@dataclass(frozen=True)
class CostService:
    """The ledger is some seconds behind what happens; what comes in later is there later."""

    sessions: SessionStore
    ledger: CostLedger

    async def get(self, caller: Caller, session_id: SessionId) -> SessionCosts:
        caller.require("read")
        if await self.sessions.find(caller.tenant_id, session_id) is None:
            raise no_session()
        return session_costs(session_id, await self.ledger.costs(caller.tenant_id, session_id))
