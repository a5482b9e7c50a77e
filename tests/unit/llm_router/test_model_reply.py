import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence, Frame
from answering.screen_history import ScreenHistory, Shown
from contracts.conversation import MAX_ANSWER_CHARS, PassageSource, ScreenSource
from contracts.media import Box
from contracts.vision import FrameDescribed, PairBlock, ScreenCell, ScreenStructure
from llm_router.domain.confidence import confidence_of
from llm_router.domain.model_reply import ReadReply, read_reply
from llm_router.domain.model_request import request_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Reply
from llm_router.domain.tenant_policy import TenantPolicy
from support.router.asks import an_ask
from support.router.turns import a_passage, described, frame_id

BOX = Box(x=0, y=0, width=10, height=10)
PASSAGE = a_passage("The Team plan costs\n$49.50 a month. It\u2019s billed in advance.")
GERMAN = a_passage("Die Frist beträgt 30 Tage.", document="Vertrag.docx", page=None)
JAPANESE = a_passage("返品は三十日以内に\nお願いします。", document="規約.txt")


def a_frame() -> Frame:
    cells = tuple(ScreenCell(text=text, box=BOX, confidence=0.9) for text in ("Total:", "1,200 €"))
    fact: FrameDescribed = described(3_000, "Total: 1,200 €").model_copy(
        update={
            "structure": ScreenStructure(cells=cells, blocks=(PairBlock(label=0, values=(1,)),))
        }
    )
    return Frame.of(fact)


GONE = Shown("12 errors", "pair", BOX, frame_id(500), 500, 2_500, label="Build")
EVIDENCE = Evidence(
    (PASSAGE, GERMAN, JAPANESE), (a_frame(),), history=ScreenHistory(places=((GONE,),))
)
ASKED = an_ask(EVIDENCE)


def written(answer: str, *citations: tuple[str, str], abstained: bool = False) -> str:
    cited = [{"mark": mark, "quote": quote} for mark, quote in citations]
    return json.dumps({"answer": answer, "abstained": abstained, "citations": cited})


def read(text: str) -> ReadReply:
    reply = read_reply(text, ASKED)
    assert reply is not None
    return reply


@pytest.mark.parametrize(
    "around", ["{}", "```json\n{}\n```", "Here it is: {} I hope {{it}} helps."]
)
def test_an_answer_is_read_alone_in_a_fence_or_with_words_around_it(around: str) -> None:
    text = written("It costs $49.50.", ("P1", "The Team plan costs $49.50 a month."))
    reply = read(around.replace("{}", text).replace("{{it}}", "{it}"))
    assert reply.text == "It costs $49.50."
    assert len(reply.sources) == 1


def test_a_citation_is_the_exact_quote_of_the_document_in_its_place() -> None:
    reply = read(written("It is.", ("P1", "team plan"), ("P1", "Team plan costs $49.50 a month")))

    [source] = reply.sources

    assert isinstance(source, PassageSource)
    assert source.quote == "Team plan costs\n$49.50 a month"
    assert (source.start, source.end) == (104, 134)
    assert (source.document, source.page) == ("manual.pdf", 1)


@pytest.mark.parametrize(
    ("mark", "quote", "exact"),
    [
        ("P1", "It's billed in advance.", "It\u2019s billed in advance."),
        ("[P2]", "Frist beträgt 30 Tage", "Frist beträgt 30 Tage"),
        ("p3", "三十日以内にお願いします", "三十日以内に\nお願いします"),
        ("F1", "Total: 1,200 €", "Total: 1,200 €"),
        ("F1", "1,200 €", "1,200 €"),
        ("F2", "Build: 12 errors", "Build\n12 errors"),
    ],
)
def test_a_quote_in_any_language_resolves(mark: str, quote: str, exact: str) -> None:
    reply = read(written("So it is.", (mark, quote)))
    assert [source.quote for source in reply.sources] == [exact]


def test_a_screen_is_cited_by_its_frame_and_time() -> None:
    [source] = read(written("12 errors.", ("F2", "12 errors"))).sources
    assert source == ScreenSource(frame_id=frame_id(500), screen_at_ms=500, quote="12 errors")


@pytest.mark.parametrize(
    ("mark", "quote"),
    [
        ("P1", "The Team plan is free."),
        ("P1", "The Team plan costs $49"),
        ("P2", "The Team plan costs"),
        ("P4", "The Team plan costs"),
        ("F3", "Total"),
        ("F1", ""),
        ("P1", "."),
        ("", "The Team plan costs"),
    ],
)
def test_what_does_not_resolve_is_no_citation(mark: str, quote: str) -> None:
    assert read(written("So it is.", (mark, quote))).sources == ()


def test_a_passage_that_was_not_given_cannot_be_cited() -> None:
    asked = an_ask(EVIDENCE, tenant=TenantPolicy(knowledge_limit=1))
    reply = read_reply(written("So.", ("P2", "Die Frist beträgt 30 Tage.")), asked)
    assert reply is not None
    assert reply.sources == ()


def test_text_that_is_no_json_cites_nothing_and_is_trusted_little() -> None:
    reply = read("The Team plan costs $49.50 a month.")
    assert reply == ReadReply("The Team plan costs $49.50 a month.", (), False, None)
    judged = Reply(reply.text, reply.sources)
    assert confidence_of(judged, QuestionNeeds(), EVIDENCE).ratio < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        '{"answer": "The Team pl',
        '```json\n{"answer": "The Team plan',
        '{"unexpected": [1]}',
        '{"answer": 7, "abstained": false, "citations": []}',
        '{"answer": " ", "abstained": false, "citations": []}',
        "[1, 2]",
        "x" * 50_000,
        "{" * 30_000,
    ],
)
def test_what_is_no_answer_is_not_read(text: str) -> None:
    assert read_reply(text, ASKED) is None


def test_citations_of_another_form_are_passed_over() -> None:
    text = '{"answer": "Yes.", "citations": [7, {"mark": "P1"}, {"mark": "P2", "quote": "Frist"}]}'
    assert [source.quote for source in read(text).sources] == ["Frist"]


def test_an_abstention_cites_nothing() -> None:
    reply = read(written("The documents don't say.", ("P2", "Frist"), abstained=True))
    assert reply.abstained
    assert reply.sources == ()


def test_an_abstention_without_a_word_is_told_in_the_tenants_language() -> None:
    asked = an_ask(EVIDENCE, tenant=TenantPolicy(language="fr"))
    reply = read_reply(written("", abstained=True), asked)
    assert reply is not None
    assert reply.text == "Les documents ne le disent pas."


def test_marks_are_not_told_and_an_answer_is_cut_after_a_sentence() -> None:
    assert read(written("It costs $49.50 [P1, F2]. (P2)")).text == "It costs $49.50."
    long = read(written("It costs money. " * 80))
    assert len(long.text) <= MAX_ANSWER_CHARS
    assert long.text.endswith("money.")


def test_chat_keeps_its_markdown_and_voice_is_plain() -> None:
    answer = "It has **two** limits:\n1. `5` rooms\n2. [more](https://example.com)"
    chat = read(written(answer))
    voice = read_reply(written(answer), an_ask(EVIDENCE, channel="voice"))
    assert chat.text == answer
    assert chat.claims == "It has two limits:\n5 rooms\nmore"
    assert voice is not None
    assert voice.text == "It has two limits: 5 rooms more"


@given(
    st.lists(st.text(alphabet="ab <>/dat\n\"'.,|:€1", max_size=40), min_size=1, max_size=3),
    st.data(),
)
def test_every_citation_that_is_read_resolves_for_the_judge(
    texts: list[str], data: st.DataObject
) -> None:
    passages = tuple(a_passage(text) for text in texts)
    evidence = Evidence(passages, (Frame.of(described(1_000, *texts)),))
    asked = an_ask(evidence)
    given_text = request_of(asked, sees_pictures=False).evidence
    start = data.draw(st.integers(0, len(given_text)))
    quote = given_text[start : start + data.draw(st.integers(0, 60))]
    mark = data.draw(st.sampled_from(["P1", "P2", "P3", "F1", "F2"]))

    reply = read_reply(written("So it is.", (mark, quote)), asked)

    assert reply is not None
    judged = confidence_of(Reply(reply.text, reply.sources), QuestionNeeds(), evidence)
    assert judged.why != "a citation does not resolve"


@given(st.text(max_size=500))
def test_whatever_a_model_writes_is_read_or_not_and_never_breaks(text: str) -> None:
    reply = read_reply(text, ASKED)
    assert reply is None or (reply.text and len(reply.text) <= MAX_ANSWER_CHARS)
