import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from answering.asked import EarlierTurn
from answering.evidence import Evidence, Frame
from answering.screen_history import ScreenHistory, Shown
from contracts.knowledge import TakenAs
from contracts.media import Box
from llm_router.domain.model_request import ShownPicture, request_of
from llm_router.domain.reply import Failure
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, judge
from support.router.asks import an_ask
from support.router.turns import a_passage, described, frame_id

BLOCK = re.compile(r"<data([^<>]*)>\n(.*?)\n</data>", re.DOTALL)
FRAMES = tuple(Frame.of(described(at * 1_000, f"Build {at}", "running")) for at in range(1, 8))
# Content that would like to end the block that it stands in.
hostile = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(["</data>", "< / DATA >", "<data mark=", '"', ">", "<", "\n", "P9", "da"]),
        max_size=8,
    ).map("".join),
)


def blocks(text: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]


def test_a_passage_stands_with_its_mark_document_page_and_heading() -> None:
    passage = a_passage("It costs $49.", document="prices.pdf", page=3, heading="Plans > Team")
    asked = an_ask(Evidence((passage,)))

    [(named, text)] = blocks(request_of(asked, sees_pictures=False).evidence)

    assert text == "It costs $49."
    expected = ('mark="P1"', 'document="prices.pdf"', 'page="3"', 'heading="Plans \u203a Team"')
    assert all(attribute in named for attribute in expected)


def test_of_the_passages_no_more_are_given_than_the_tenant_may_have() -> None:
    passages = tuple(a_passage(f"Fact {at}.") for at in range(9))
    asked = an_ask(Evidence(passages), tenant=TenantPolicy(knowledge_limit=5))

    given_texts = [text for _, text in blocks(request_of(asked, sees_pictures=False).evidence)]

    assert given_texts == [f"Fact {at}." for at in range(5)]


def test_the_last_five_frames_are_labelled_and_go_as_pictures_to_who_sees_them() -> None:
    request = request_of(an_ask(Evidence(frames=FRAMES)), sees_pictures=True)

    labels = [
        "first visible frame",
        "frame 2 of 5",
        "frame 3 of 5",
        "frame 4 of 5",
        "most recent frame",
    ]
    ids = [frame_id(at * 1_000) for at in range(3, 8)]
    assert request.pictures == tuple(map(ShownPicture, labels, ids))
    named = [attributes for attributes, _ in blocks(request.evidence)]
    assert all(f'label="{label}"' in at for label, at in zip(labels, named, strict=True))
    assert 'mark="F5"' in named[-1]
    assert 'shown_at="0:07"' in named[-1]


def test_a_single_frame_is_the_most_recent_one() -> None:
    request = request_of(an_ask(Evidence(frames=FRAMES[:1])), sees_pictures=True)
    assert [picture.label for picture in request.pictures] == ["most recent frame"]


def test_what_a_vision_model_says_of_a_frame_is_told_beside_its_text_as_no_text_of_it() -> None:
    frame = replace(FRAMES[0], caption="A red </data> valve.")
    told = request_of(an_ask(Evidence(frames=(frame,))), sees_pictures=False).evidence
    (_, text), (named, caption) = blocks(told)
    assert "red" not in text
    assert 'kind="description"' in named
    assert 'of="F1"' in named
    assert caption == "A red \u2039/data> valve."


def test_what_was_shown_before_the_last_frames_and_is_gone_follows_with_its_time() -> None:
    box = Box(x=0, y=0, width=10, height=10)
    old = Shown("12 errors", "pair", box, frame_id(500), 500, 2_500, label="Total")
    still = Shown("Acme", "text", box, frame_id(500), 500)
    history = ScreenHistory(places=((old,), (still,)))
    request = request_of(an_ask(Evidence(frames=FRAMES[2:], history=history)), sees_pictures=False)

    named, text = blocks(request.evidence)[-1]

    assert 'mark="F6"' in named
    assert text == "Total: 12 errors (until 0:02)"


def test_what_did_not_come_in_time_is_told() -> None:
    request = request_of(an_ask(Evidence(missing=("passages", "screen"))), sees_pictures=False)
    assert "documents could not be searched in time" in request.evidence
    assert "could not be read in time" in request.evidence


def test_the_last_turns_stand_before_the_question_and_the_question_as_it_was_said() -> None:
    earlier = tuple(EarlierTurn(f"Question {at}?", f"Answer {at}.") for at in range(6))
    taken = Evidence(taken_as=(TakenAs(heard="teem", taken="Team"),))

    told = request_of(an_ask(taken, "And Team?", earlier=earlier), sees_pictures=False).question

    assert [text for _, text in blocks(told)][:2] == ["Question 2?", "Answer 2."]
    assert ("teem -> Team") in told
    assert told.endswith("# Question\nAnd Team?")


def test_voice_is_told_to_speak_and_chat_may_use_markdown() -> None:
    voice = request_of(an_ask(Evidence(), channel="voice"), sees_pictures=False).instructions
    chat = request_of(an_ask(Evidence()), sees_pictures=False).instructions
    assert "without Markdown" in voice
    assert "light Markdown" in chat
    assert "600 characters" in voice


def test_the_tenants_wishes_and_language_are_in_the_instructions() -> None:
    tenant = TenantPolicy(instructions="Say Ms.", personality="Dry.", language="de")
    told = request_of(an_ask(Evidence(), tenant=tenant), sees_pictures=False).instructions
    assert [text for _, text in blocks(told)][-2:] == ["Say Ms.", "Dry."]
    assert '"de"' in told


@given(st.text(max_size=300), st.lists(st.text(max_size=30), max_size=3))
def test_the_instructions_are_the_same_for_every_question(question: str, texts: list[str]) -> None:
    evidence = Evidence(tuple(a_passage(text) for text in texts))
    first = request_of(an_ask(Evidence()), sees_pictures=True)
    other = request_of(an_ask(evidence, question or "?"), sees_pictures=False)
    assert first.instructions == other.instructions


@given(st.lists(hostile, min_size=1, max_size=3), hostile, hostile)
def test_content_cannot_end_the_block_that_it_stands_in(
    texts: list[str], heading: str, shown: str
) -> None:
    passages = tuple(a_passage(text, heading=heading, document=f"d{heading}") for text in texts)
    frame = Frame.of(described(1_000, shown))
    asked = an_ask(
        Evidence(passages, (frame,)),
        tenant=TenantPolicy(instructions=shown, knowledge_limit=3),
        earlier=(EarlierTurn(heading, shown),),
    )

    request = request_of(asked, sees_pictures=False)

    evidence = request.evidence
    assert evidence.count("<data") == evidence.count("</data>") == len(texts) + 1
    outside = BLOCK.sub("", evidence)
    assert outside.split() == ["#", "Evidence", "given"]
    assert all(not text.strip() or text.strip() not in outside for text in texts if len(text) > 15)


@given(st.booleans())
def test_every_attempt_is_given_the_same(sees_pictures: bool) -> None:
    evidence = Evidence((a_passage("It costs $49."),), FRAMES)
    first = an_ask(evidence)
    second = judge(first, Failure("timeout", took_ms=100))
    assert isinstance(second, Ask)
    assert second.model_name != first.model_name

    request = request_of(first, sees_pictures=sees_pictures)

    assert request_of(second, sees_pictures=sees_pictures) == request
    assert replace(request, pictures=()) == request_of(second, sees_pictures=False)


def test_a_request_is_bounded() -> None:
    huge = "word " * 50_000
    frames = tuple(Frame.of(described(at * 1_000, huge)) for at in range(5))
    passages = tuple(a_passage(huge, heading=huge, header=huge) for _ in range(20))
    asked = an_ask(
        Evidence(passages, frames),
        tenant=TenantPolicy(knowledge_limit=10),
        earlier=tuple(EarlierTurn(huge, huge) for _ in range(9)),
    )
    request = request_of(asked, sees_pictures=False)
    assert len(request.evidence) + len(request.question) < 80_000
