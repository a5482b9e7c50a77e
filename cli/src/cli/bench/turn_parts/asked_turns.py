"""Questions in writing through the front door, one after the other, each timed."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.client.answer_listener import AnswerListener
from cli.client.gateway import Gateway
from cli.command_line.errors import missing, not_good
from cli.command_line.output import say
from contracts.conversation import AnswerCompleted
from runtime.ids import new_id

ANSWERED_TIMEOUT_S: Final = 30.0
INDEXED_TIMEOUT_S: Final = 60.0
TELL_EVERY: Final = 40
DOCUMENT: Final = """# Harbour office

The office opens at eight in the morning. Parking costs 4 EUR a day.

## Berths

A berth may be kept for 14 days. Longer stays need the harbour master's permission.

## Waste

Waste oil is taken on Tuesdays. Glass goes into the green container behind the crane.
"""
QUESTIONS: Final = (
    "When does the office open?",
    "What does parking cost a day?",
    "How long may a berth be kept?",
    "Who permits longer stays?",
    "On which day is waste oil taken?",
    "Where does glass go?",
)


@dataclass(frozen=True)
class TimedTurn:
    """A turn as its client saw it.

    Attributes:
        taken_ms: until the gateway had accepted the question.
        wall_ms: until the answer had arrived.
    """

    answer: AnswerCompleted
    taken_ms: float
    wall_ms: float

    def part_ms(self, part: str) -> int:
        """By the router's account; 0 where it has none of the part."""
        return self.answer.latency_ms.get(part, 0)


def index_document(gateway: Gateway) -> None:
    """Upload the document that the questions are about, and wait until it can be found."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench-harbour.md"
        path.write_text(DOCUMENT)
        (document,) = gateway.upload_documents([path]).documents
    deadline = time.monotonic() + INDEXED_TIMEOUT_S
    while document.status == "pending" and document.document_id:
        if time.monotonic() > deadline:
            raise missing("not_indexed", "The document was not indexed in time.")
        time.sleep(0.1)
        document = gateway.document(document.document_id)
    if document.status == "rejected":
        raise not_good("rejected", f"The benchmark's document was rejected: {document.reason}")


def asked_turns(gateway: Gateway, turns: int) -> Sequence[TimedTurn]:
    """Each question once, to be known, and then as many as are wanted.

    Returns:
        All of them, the first `len(QUESTIONS)` being those that were not known yet.
    """
    session = gateway.open_session("parley bench turn")
    asked: list[TimedTurn] = []
    with AnswerListener(gateway, session.session_id) as answers:
        for number in range(-len(QUESTIONS), turns):
            question = QUESTIONS[number % len(QUESTIONS)]
            began = time.monotonic()
            pending = gateway.ask(session.session_id, question, key=str(new_id()))
            taken = time.monotonic()
            ended, at = answers.concluded(pending.turn_id, timeout_s=ANSWERED_TIMEOUT_S)
            if ended is None or ended.answer is None or ended.answer.missing:
                raise not_good("not_answered", "A question of the benchmark was not answered.")
            asked.append(TimedTurn(ended.answer, (taken - began) * 1000, (at - began) * 1000))
            if number > 0 and number % TELL_EVERY == 0:
                say(f"{number} of {turns} turns")
    return asked
