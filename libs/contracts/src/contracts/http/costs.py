"""What an answer cost, by what Parley did for it."""

from typing import Literal

from pydantic import Field

from contracts.fact import Model
from contracts.http.values import Usd
from contracts.ids import SessionId, TurnId

Leg = Literal["heard", "seen", "found", "answered", "spoken", "adjusted"]
"""Speech to text; the screen read and described; passages searched; models asked; text to speech;
and corrections of the ledger by hand."""


class LegCost(Model):
    """One leg's cost."""

    leg: Leg
    cost_usd: Usd
    estimate_usd: Usd = Field(description="The same use at the default providers' prices.")
    confirmed: bool = Field(
        default=True, description="False: in part an upper bound, until the provider's word comes."
    )


class PriceTag(Model):
    """What something cost: the sum of its legs, which stand in the order of the work."""

    legs: tuple[LegCost, ...]
    cost_usd: Usd
    estimate_usd: Usd


class TurnCost(PriceTag):
    """What one question and its answer cost, every attempt included."""

    turn_id: TurnId


class SessionCosts(PriceTag):
    """What a session cost so far, by leg and by turn; costs may come in after their answer.

    The sum of `turns` and `shared` is the whole.
    """

    session_id: SessionId
    turns: tuple[TurnCost, ...] = Field(description="Those that cost something, in no order.")
    shared: PriceTag = Field(
        description="Of the session as a whole: speech that was listened to, the screen."
    )
