"""Which questions only a picture can answer, and whom they go to."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence, Frame
from contracts.media import BlobRef
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.seeing import needs_pictures, seeing
from llm_router.domain.served_tiers import OFFLINE, served_tiers
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, Step, judge, start
from support.router.turns import a_turn, described

PICTURE = BlobRef(key="picture", media_type="image/jpeg", size_bytes=15, sha256="0" * 64)
DRAWING = replace(Frame.of(described(1_000, "Figure 3")), picture=PICTURE)
MUCH_TEXT = tuple(f"Row {at}: widgets sold in the northern district" for at in range(8))
MUCH_SIGNS = ("\u58f2\u4e0a\u306f\u524d\u6708\u3088\u308a\u5897\u3048\u307e\u3057\u305f" * 6,)
ABOUT_SCREEN = QuestionNeeds(about_screen=True)
OWN = ModelPolicy(
    (Tier("small", ("openai-compatible:a",)), Tier("large", ("openai-compatible:b",))),
    last_resort=OFFLINE,
    blind=frozenset({"openai-compatible:a", "openai-compatible:b"}),
    pictures=("google:sees", "openai:sees"),
)
names = st.sampled_from(["x:1", "x:2", "x:3", "x:4"])
policies = st.builds(
    ModelPolicy,
    st.lists(
        st.builds(Tier, st.just("t"), st.lists(names, min_size=1, unique=True).map(tuple)),
        min_size=1,
        max_size=4,
    ).map(tuple),
    blind=st.frozensets(names),
    pictures=st.lists(st.sampled_from(["p:1", "p:2"]), unique=True).map(tuple),
)


def shown(frame: Frame) -> Evidence:
    return Evidence(frames=(frame,))


@pytest.mark.parametrize("about", [True, None])
def test_a_screen_with_hardly_any_text_needs_its_picture(about: bool | None) -> None:
    assert needs_pictures(QuestionNeeds(about_screen=about), shown(DRAWING))


@pytest.mark.parametrize("texts", [MUCH_TEXT, MUCH_SIGNS])
def test_a_screen_whose_text_was_read_does_not(texts: tuple[str, ...]) -> None:
    frame = replace(Frame.of(described(1_000, *texts)), picture=PICTURE)
    assert not needs_pictures(ABOUT_SCREEN, shown(frame))


def test_nor_does_one_that_was_described_in_words_or_has_no_picture_any_more() -> None:
    assert not needs_pictures(ABOUT_SCREEN, shown(replace(DRAWING, caption="A red valve.")))
    assert not needs_pictures(ABOUT_SCREEN, shown(replace(DRAWING, picture=None)))
    assert not needs_pictures(ABOUT_SCREEN, Evidence())


def test_nor_does_a_question_about_something_else() -> None:
    assert not needs_pictures(QuestionNeeds(about_screen=False), shown(DRAWING))


def test_the_newest_frame_decides() -> None:
    text = replace(Frame.of(described(2_000, *MUCH_TEXT)), picture=PICTURE)
    assert not needs_pictures(ABOUT_SCREEN, Evidence(frames=(DRAWING, text)))
    assert needs_pictures(ABOUT_SCREEN, Evidence(frames=(text, DRAWING)))


def asked(needs: QuestionNeeds, policy: ModelPolicy = OWN) -> Ask:
    step = start(a_turn("What is this?"), needs, shown(DRAWING), policy, 8_000, TenantPolicy())
    assert isinstance(step, Ask)
    return step


def test_the_models_for_pictures_stand_in_the_place_of_a_tier_that_sees_nothing() -> None:
    step = asked(ABOUT_SCREEN)
    assert (step.tier_name, step.model_name) == ("small", "google:sees")
    assert asked(QuestionNeeds(about_screen=False)).model_name == "openai-compatible:a"


def test_when_they_fail_the_tiers_own_models_answer_by_the_text() -> None:
    step: Step = asked(ABOUT_SCREEN)
    names: list[str] = []
    while isinstance(step, Ask):
        names.append(step.model_name)
        step = judge(step, Failure("no_model"))
    assert names[:3] == ["google:sees", "openai:sees", "openai-compatible:a"]


def test_the_route_says_why_another_model_was_asked() -> None:
    assert "sees pictures" in asked(ABOUT_SCREEN).chosen
    assert asked(QuestionNeeds(about_screen=False)).chosen == ""


def test_who_sees_goes_first_in_its_own_tier() -> None:
    tier = Tier("one", ("openai-compatible:a", "openai:sees"))
    policy = replace(OWN, tiers=(tier,), pictures=())
    assert seeing(policy).tiers == (Tier("one", ("openai:sees", "openai-compatible:a")),)


@given(policies)
def test_nobody_is_lost_to_begin_with_and_no_model_begins_two_tiers(policy: ModelPolicy) -> None:
    tiers = seeing(policy).tiers
    first = [tier.models[0] for tier in tiers]
    assert first
    assert len(first) == len(set(first))
    can_see = [*policy.pictures, *(m for t in policy.tiers for m in t.models)]
    if not any(model not in policy.blind for model in can_see):
        assert set(first) <= policy.blind
    elif policy.pictures:
        assert not set(first) & policy.blind
    assert seeing(replace(policy, tiers=tiers)).tiers == tiers


def test_models_for_pictures_are_served_where_a_tier_sees_nothing_and_a_key_is_there() -> None:
    today = date(2026, 11, 29)
    own = (Tier("own", ("openai-compatible:a",)),)
    served = served_tiers(own, ("openai-compatible", "google"), today)
    assert served.pictures[0] == "google:gemini-3.8-flash"
    assert set(served.providers) == {"openai-compatible", "google"}
    assert served.blind == {"openai-compatible:a"}
    assert served_tiers(own, ("openai-compatible",), today).pictures == ()
    assert served_tiers((), ("google",), today).pictures == ()
