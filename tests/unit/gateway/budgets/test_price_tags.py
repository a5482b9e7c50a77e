"""Price tags: every row of the ledger counts once, with its turn or as the session's own."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.ids import SessionId, TurnId
from gateway.domain.budgets.price_tags import LEG_OF_KIND, KindCost, session_costs
from gateway.domain.money import exact_sum

SESSION = SessionId(UUID(int=1))
TURNS = [TurnId(UUID(int=number)) for number in (2, 3)]


def cost(turn_id: TurnId | None, kind: str, usd: str, *, confirmed: bool = True) -> KindCost:
    return KindCost(turn_id, kind, Decimal(usd), Decimal(usd) * 2, confirmed)


def test_an_answers_tag_names_its_legs_in_the_order_of_the_work() -> None:
    told = session_costs(
        SESSION,
        [
            cost(TURNS[0], "tts", "0.004"),
            cost(TURNS[0], "llm", "0.003"),
            cost(TURNS[0], "embedding", "0.000001"),
            cost(TURNS[0], "rerank", "0.002"),
            cost(None, "stt", "0.01"),
        ],
    )
    [turn] = told.turns
    assert [(leg.leg, leg.cost_usd) for leg in turn.legs] == [
        ("found", Decimal("0.002001")),
        ("answered", Decimal("0.003")),
        ("spoken", Decimal("0.004")),
    ]
    assert turn.cost_usd == Decimal("0.009001")
    assert [leg.leg for leg in told.shared.legs] == ["heard"]
    assert (told.cost_usd, told.estimate_usd) == (Decimal("0.019001"), Decimal("0.038002"))


def test_an_upper_bound_is_called_one() -> None:
    told = session_costs(SESSION, [cost(TURNS[0], "llm", "1", confirmed=False)])
    assert not told.turns[0].legs[0].confirmed


def test_a_correction_by_hand_is_a_leg_of_its_own() -> None:
    [leg] = session_costs(SESSION, [cost(None, "adjustment", "-0.5")]).shared.legs
    assert (leg.leg, leg.cost_usd) == ("adjusted", Decimal("-0.5"))


@given(
    st.lists(
        st.builds(
            KindCost,
            st.sampled_from([None, *TURNS]),
            st.sampled_from([*LEG_OF_KIND, "adjustment"]),
            st.decimals(-10, 10, places=9),
            st.decimals(0, 10, places=9),
            st.booleans(),
        )
    )
)
def test_turns_and_the_sessions_own_share_are_the_whole_to_the_last_digit(
    rows: list[KindCost],
) -> None:
    told = session_costs(SESSION, rows)
    parts = [*told.turns, told.shared]
    assert told.cost_usd == exact_sum(row.cost_usd for row in rows)
    assert told.cost_usd == exact_sum(part.cost_usd for part in parts)
    assert told.estimate_usd == exact_sum(part.estimate_usd for part in parts)
    assert told.cost_usd == exact_sum(leg.cost_usd for leg in told.legs)
