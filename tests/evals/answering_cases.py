"""Questions with evidence of which it is known what answers, to fit and to measure by.

Public sets (see their READMEs): each case says whether its evidence answers, and how right a
candidate is, in [0, 1].
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from answering.candidates.candidate import Candidate
from answering.evidence import Evidence, Frame
from answering.history.fold import History
from cli.eval.harness.cases import Case as MeetingCase
from cli.eval.harness.halves import Half, half_of
from cli.eval.harness.judging import Said, judge
from cli.eval.sets.found_passages import Documents
from cli.eval.sets.meetings import SET, meetings
from contracts.conversation import PassageSource
from contracts.ids import DocumentId, FrameId
from contracts.knowledge import Passage
from contracts.media import Box
from contracts.vision import ScreenCell, ScreenLine
from language.words import terms
from llm_router.domain.evidence import CONTEXT_FRAMES
from local_models.embedding import MiniLm
from vision_worker.domain.layout.structure import structure_of

NAMES = UUID(int=0)
SIZE = (1080, 1920)
CHUNK = 900
GIVEN = 4
MEETING = "meeting"
TUNED_KINDS = ("screen", "document", "absent")
"""The others need more than one candidate of now: the past, a turn before, an error's fix."""
Right = Callable[[Candidate], float]
PICTURES = ("PICTOGRAM", "IMAGE", "MAP", "ICON")


@dataclass(frozen=True)
class Case:
    """A question; `right` tells how right a candidate is, [0, 1]; nothing is if unanswerable."""

    kind: str
    question: str
    evidence: Evidence
    right: Right
    answerable: bool


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def plain(text: str) -> str:
    kept = "".join(c if c.isalnum() or c in ".:%@/-" else " " for c in text.lower())
    return f" {' '.join(word.strip('.:') for word in kept.split())} "


def screen_qa(data: Path, half: Half) -> Iterator[Case]:
    """Short questions, and complex ones whose answer stands on the screen."""
    frames = {
        row["screen_id"]: frame_of(row["screen_id"], row["lines"])
        for row in rows(data / "screen-qa" / "screens.jsonl")
        if half_of(str(row["screen_id"])) is half
    }
    for row in rows(data / "screen-qa" / "questions.jsonl"):
        frame = frames.get(row["screen_id"])
        if frame is None or (row["answerable"] and not row["answer_in_text"]):
            continue
        answers = [plain(answer) for answer in row["answers"]]
        yield Case(
            "screen", row["question"], Evidence((), (frame,)), _holds(answers), row["answerable"]
        )


def _holds(answers: Sequence[str]) -> Right:
    def right(candidate: Candidate) -> float:
        said = plain(candidate.text)
        found = [answer for answer in answers if answer in said]
        if not found:
            return 0.0
        # The whole answer, and not much more than it.
        return min(1.0, 0.4 + 0.6 * max(len(one) for one in found) / len(said))

    return right


def frame_of(screen_id: int, lines: Sequence[Sequence[Any]]) -> Frame:
    cells = [
        ScreenCell(text=text, box=box, confidence=1.0)
        for kind, text, corners in lines
        if kind not in PICTURES and text.strip() and (box := _box(corners))
    ]
    return Frame(
        FrameId(uuid5(NAMES, str(screen_id))),
        1_000,
        tuple(ScreenLine(text=c.text, box=c.box, confidence=1.0) for c in cells),
        structure_of(cells, SIZE),
    )


def _box(corners: Sequence[int]) -> Box | None:
    x0, y0, x1, y1 = (c * s // 1000 for c, s in zip(corners, SIZE * 2, strict=True))
    return Box(x=x0, y=y0, width=x1 - x0, height=y1 - y0) if x1 > x0 and y1 > y0 else None


def clapnq(data: Path, half: Half) -> Iterator[Case]:
    for row in rows(data / "abstain-clapnq" / "questions.jsonl"):
        if half_of(row["id"]) is not half:
            continue
        text = row["passage"].replace(" .", ".").replace(" ,", ",").replace(" 's", "'s")
        passage = _passage(row["title"], 0, text, heading=row["title"])
        yield Case(
            "clapnq",
            row["question"],
            Evidence((passage,)),
            _overlaps_text(row["answers"]),
            row["answerable"],
        )


def _overlaps_text(answers: Sequence[str], least: float = 0.5) -> Right:
    wanted = [set(terms(answer, "en")) for answer in answers]

    def right(candidate: Candidate) -> float:
        said = set(terms(candidate.spoken, "en"))
        share = max(
            (len(said & one) / max(1, min(len(said), len(one))) for one in wanted), default=0.0
        )
        return share if share >= least else 0.0

    return right


def product_docs(data: Path, half: Half, model: MiniLm) -> Iterator[Case]:
    folder = data / "rag-productdocs"
    corpus = rows(folder / "corpus.jsonl")
    gold: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            gold.setdefault(query, set()).add(document)
    passages = [p for row in corpus for p in chunks(row["_id"], row["text"], row["title"])]
    words = [set(terms(p.text, "en")) for p in passages]
    for row in rows(folder / "queries.jsonl"):
        if half_of(row["_id"]) is half and row["_id"] in gold:
            judged = gold.get(row["_id"], set())
            yield from _with_and_without(
                "productdocs",
                row["text"],
                passages,
                words,
                model,
                lambda p, judged=judged: p.document in judged,
                _overlaps_text([row["answer"]]),
            )


def chunking(data: Path, half: Half, model: MiniLm, corpus: str, limit: int) -> Iterator[Case]:
    folder = data / "rag-chunking"
    text = (folder / "corpora" / f"{corpus}.md").read_text()
    asked = [
        row
        for row in rows(folder / "questions.jsonl")
        if row["corpus"] == corpus and half_of(row["_id"]) is half
    ][:limit]
    spans = [(x["start_index"], x["end_index"]) for row in asked for x in row["references"]]
    passages = [
        p
        for p in chunks(corpus, text, corpus.replace("_", " "))
        if any(s - 3_000 < p.end and p.start < e + 3_000 for s, e in spans)
    ]
    words = [set(terms(p.text, "en")) for p in passages]
    for row in asked:
        own = [(x["start_index"], x["end_index"]) for x in row["references"]]

        def holds(passage: Passage, own: list[tuple[int, int]] = own) -> bool:
            return any(s < passage.end and passage.start < e for s, e in own)

        yield from _with_and_without(
            corpus, row["question"], passages, words, model, holds, _overlaps_span(own)
        )


def _overlaps_span(spans: Sequence[tuple[int, int]]) -> Right:
    def right(candidate: Candidate) -> float:
        source = candidate.source
        assert isinstance(source, PassageSource)
        shared = max((min(e, source.end) - max(s, source.start) for s, e in spans), default=0)
        return float(shared >= 0.5 * (source.end - source.start))

    return right


def _with_and_without(  # noqa: PLR0913, PLR0917 - one corpus, spelled out
    kind: str,
    question: str,
    passages: Sequence[Passage],
    words: Sequence[set[str]],
    model: MiniLm,
    holds: Callable[[Passage], bool],
    right: Right,
) -> Iterator[Case]:
    """With the passages that are nearest, and, as a near miss, with those that do not answer."""
    asked = set(terms(question, "en"))
    by_words = sorted(range(len(passages)), key=lambda at: -len(asked & words[at]))[: 3 * GIVEN]
    vectors = model.embed([question, *(passages[at].text for at in by_words)])
    cosines = dict(zip(by_words, (vectors[1:] @ vectors[0]).tolist(), strict=True))
    order = [
        passages[at].model_copy(update={"similarity": cosines[at]})
        for at in sorted(cosines, key=lambda at: -cosines[at])
    ]
    given = order[:GIVEN]
    if any(holds(p) for p in given):
        yield Case(kind, question, Evidence(tuple(given)), right, answerable=True)
    without = [p for p in order if not holds(p)][:GIVEN]
    yield Case(
        f"{kind}-without", question, Evidence(tuple(without)), lambda _: 0.0, answerable=False
    )


def chunks(document: str, text: str, heading: str = "") -> list[Passage]:
    """Paragraphs together up to `CHUNK` characters."""
    found: list[Passage] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        if end < len(text):
            cut = max(
                text.rfind("\n", start + CHUNK // 2, end),
                text.rfind(". ", start + CHUNK // 2, end) + 1,
            )
            end = cut if cut > start else end
        if text[start:end].strip():
            found.append(_passage(document, start, text[start:end], heading))
        start = end
    return found


def _passage(document: str, start: int, text: str, heading: str) -> Passage:
    return Passage(
        document_id=DocumentId(uuid5(NAMES, document)),
        document=document,
        page=None,
        start=start,
        end=start + len(text),
        text=text,
        heading=heading,
        score=1,
        found_by=("vector",),
    )


def public_cases(data: Path, half: Half, model: MiniLm) -> Iterator[Case]:
    yield from screen_qa(data, half)
    yield from clapnq(data, half)
    yield from product_docs(data, half, model)
    for corpus in ("state_of_the_union", "wikitexts", "finance"):
        yield from chunking(data, half, model, corpus, 20)


def meeting_cases(data: Path, half: Half) -> Iterator[Case]:
    """Questions about the screen of now and the documents, as our own meetings have them."""
    history, session = History(), ""
    with Documents() as documents:
        for case in meetings(data, documents):
            if half_of(case.key) is not half or case.set != SET or case.kind not in TUNED_KINDS:
                continue
            history, session = (
                (history, session) if case.session == session else (History(), case.session)
            )
            for frame in case.frames:
                history = history.add(frame)
            yield meeting_case(case, history)


def meeting_case(case: MeetingCase, history: History) -> Case:
    frames = tuple(Frame.of(frame) for frame in case.frames[-CONTEXT_FRAMES:])

    def right(candidate: Candidate) -> float:
        said = Said(candidate.spoken, abstained=False, sources=(candidate.source,))
        return float(judge(said, case.judge) == "right")

    evidence = Evidence(case.passages, frames, history=history.view())
    return Case(MEETING, case.question, evidence, right, case.judge is not None)
