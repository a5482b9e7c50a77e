"""Sentences of meetings, question sets and documents, whose punctuation says what they are.

Sources in DATA_DIR, each folder with a README on its origin. Fitted on, so that the weights may be
shipped with their names (docs/results/questions.md): `meeting-qmsum` (MIT; AMI and ICSI transcripts
CC BY 4.0), `rag-productdocs` (MIT), `rag-chunking` (MIT), `answers-mtrag` (Apache-2.0), `screen-qa`
(CC BY 4.0). Only measured: `abstain-clapnq` (its text is CC BY-SA) and `answers-elitr` (CC BY 4.0;
its authors ask that its text be kept out of training).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["question", "tag", "talk"]
Row = dict[str, Any]

_NOISE = re.compile(r"\{[^}]*\}")
_SPELLED = re.compile(r"\b((?:[A-Z]_)+)")
_APART = re.compile(r"\s+('(?:m|s|re|ve|ll|d|t)\b)")
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof)\.")
_SENTENCE = re.compile(r"\S.*?[.?!]+(?=\s|$)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_NUMBER = re.compile(r"\d")
_ASKS_BEFORE = re.compile(r"(?:what|which|who|whose|where|when|why|how|in|at|on)\b")
MAX_TAG_WORDS = 2
"""Behind the last comma: "…, right?", "…, isn't it?"; and alone: "Really?", "You know?"."""
DOCUMENTS = ("state_of_the_union", "finance")


@dataclass(frozen=True)
class Sentence:
    """One of a source.

    Attributes:
        group: the meeting, screen, conversation or document it is of; a group is held back whole.
        utterance: what was said in one piece; sentences of one piece share it.
        kind: by its punctuation: a question, a tag or one word with a question mark, or talk.
    """

    source: str
    group: str
    utterance: str
    text: str
    kind: Kind

    @property
    def is_held_back(self) -> bool:
        """Half of all groups, by their names; nothing is fitted to these or chosen by them."""
        return hashlib.md5(self.group.encode(), usedforsecurity=False).digest()[0] % 2 == 1


def sentences(data: Path) -> Iterator[Sentence]:
    """Of every source that weights are fitted on."""
    yield from meetings(data / "meeting-qmsum" / "dev_meetings.jsonl")
    yield from _asked(data)
    yield from _documents(data)


def meetings(path: Path) -> Iterator[Sentence]:
    """Of transcripts whose lines have `turns` of text; what a turn breaks off in is left out."""
    for row in _rows(path):
        for at, turn in enumerate(row["turns"]):
            group = f"{row['id']}"
            yield from _split(f"meeting {row['domain']}", group, f"{group} {at}", turn["text"])


def kind_of(sentence: str) -> Kind:
    """As its last sign says, and for a tag its last comma."""
    if not sentence.endswith("?"):
        return "talk"
    before, _, tail = sentence.rpartition(",")
    is_tag = len(_WORD.findall(tail)) <= MAX_TAG_WORDS and not _NUMBER.search(tail)
    return "tag" if is_tag and not (before and _ASKS_BEFORE.match(before.lower())) else "question"


def _asked(data: Path) -> Iterator[Sentence]:
    """Questions of question sets, whether or not they have the mark."""
    for row in _rows(data / "meeting-qmsum" / "dev_queries.jsonl"):
        yield _question("queries", row["meeting"], row["id"], row["query"])
    for row in _rows(data / "rag-productdocs" / "queries.jsonl"):
        yield _question("product questions", row["_id"], row["_id"], row["text"])
    for row in _rows(data / "rag-chunking" / "questions.jsonl"):
        yield _question("document questions", row["_id"], row["_id"], row["question"])
    for row in _rows(data / "screen-qa" / "questions.jsonl"):
        yield _question("screen questions", str(row["screen_id"]), row["id"], row["question"])
    for row in _rows(data / "answers-mtrag" / "tasks.jsonl"):
        conversation = row["task_id"].partition("<")[0]
        said = [turn["text"] for turn in row["turns"] if turn["speaker"] == "user"]
        yield _question("conversations", conversation, row["task_id"], said[-1])


def keyword_questions(data: Path) -> Iterator[Sentence]:
    """Typed into a search engine; some are no sentence. Never fitted on."""
    for row in _rows(data / "abstain-clapnq" / "questions.jsonl"):
        yield _question("search questions", row["id"], row["id"], row["question"])


def elitr(folder: Path) -> Iterator[Sentence]:
    """Other meetings, and what their participants asked an assistant. Never fitted on."""
    for row in _rows(folder / "meetings.jsonl"):
        for at, (_, text) in enumerate(row["lines"]):
            meeting = row["meeting_id"]
            yield from _split("ELITR meetings", meeting, f"{meeting} {at}", text)
    for row in _rows(folder / "assistant_log.jsonl"):
        yield _question("ELITR users", row["meeting_id"], row["id"], row["question"])


def _documents(data: Path) -> Iterator[Sentence]:
    for row in _rows(data / "rag-productdocs" / "corpus.jsonl"):
        yield from _split("product documents", row["_id"], row["_id"], row["text"])
    for name in DOCUMENTS:
        text = (data / "rag-chunking" / "corpora" / f"{name}.md").read_text()
        for at, paragraph in enumerate(text.split("\n")):
            yield from _split(f"document {name}", f"{name} {at}", f"{name} {at}", paragraph)


def _split(source: str, group: str, utterance: str, text: str) -> Iterator[Sentence]:
    shown = _APART.sub(r"\1", _SPELLED.sub(lambda one: one[1].replace("_", ""), text))
    for found in _SENTENCE.findall(_TITLE.sub(r"\1", " ".join(_NOISE.sub(" ", shown).split()))):
        if _WORD.search(found):
            yield Sentence(source, group, utterance, found, kind_of(found))


def _question(source: str, group: str, utterance: str, text: str) -> Sentence:
    return Sentence(source, group, utterance, " ".join(text.split()), "question")


def _rows(path: Path) -> Iterator[Row]:
    with path.open() as lines:
        for line in lines:
            yield json.loads(line)
