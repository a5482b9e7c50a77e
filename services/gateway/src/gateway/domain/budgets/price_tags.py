"""What a session cost, by what was done and by the question it was done for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, get_args

from contracts.http import Leg, LegCost, PriceTag, SessionCosts, TurnCost
from contracts.ids import SessionId, TurnId
from gateway.domain.money import exact_sum

LEG_OF_KIND: Final[dict[str, Leg]] = {
    "stt": "heard",
    "ocr": "seen",
    "vision": "seen",
    "embedding": "found",
    "rerank": "found",
    "llm": "answered",
    "tts": "spoken",
}
_ORDER: Final[tuple[Leg, ...]] = get_args(Leg)


@dataclass(frozen=True)
class KindCost:
    """The ledger's sum of one kind of use, for one turn or for none."""

    turn_id: TurnId | None
    kind: str
    cost_usd: Decimal
    estimate_usd: Decimal
    confirmed: bool


def session_costs(session_id: SessionId, rows: Sequence[KindCost]) -> SessionCosts:
    """Every row is counted once: with its turn, or as shared by the session."""
    turn_ids = dict.fromkeys(row.turn_id for row in rows if row.turn_id is not None)
    turns = tuple(
        TurnCost(turn_id=turn_id, **dict(_tag(row for row in rows if row.turn_id == turn_id)))
        for turn_id in turn_ids
    )
    shared = _tag(row for row in rows if row.turn_id is None)
    return SessionCosts(session_id=session_id, turns=turns, shared=shared, **dict(_tag(rows)))


def _tag(rows: Iterable[KindCost]) -> PriceTag:
    by_leg: dict[Leg, list[KindCost]] = {}
    for row in rows:
        by_leg.setdefault(LEG_OF_KIND.get(row.kind, "adjusted"), []).append(row)
    legs = tuple(_leg(leg, by_leg[leg]) for leg in _ORDER if leg in by_leg)
    return PriceTag(
        legs=legs,
        cost_usd=exact_sum(leg.cost_usd for leg in legs),
        estimate_usd=exact_sum(leg.estimate_usd for leg in legs),
    )


def _leg(leg: Leg, rows: Sequence[KindCost]) -> LegCost:
    return LegCost(
        leg=leg,
        cost_usd=exact_sum(row.cost_usd for row in rows),
        estimate_usd=exact_sum(row.estimate_usd for row in rows),
        confirmed=all(row.confirmed for row in rows),
    )
