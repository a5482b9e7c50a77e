"""Which pieces of the evidence answer a question, if any does."""

from collections.abc import Sequence
from typing import Final

from answering.asked import Answer
from answering.candidates.candidate import Candidate
from answering.candidates.documents import document_candidates
from answering.candidates.past import distinct, past_candidates
from answering.candidates.screen import screen_candidates
from answering.choosing.admission import is_about_another, names_a_stranger
from answering.choosing.errors import codes_explained, codes_of, error_shown, fix_among
from answering.choosing.times import answer_in_time
from answering.evidence import Evidence
from answering.question.reading import Reading, read_question
from answering.scoring.figures import holds_figures
from answering.scoring.matching import terms_of
from answering.scoring.ranking import Scored, Similarity, is_trusted, rank
from answering.scoring.values import is_strict, kinds_in
from answering.wording.abstaining import abstain
from answering.wording.saying import SAYS, lead_of, say
from answering.wording.whole_screen import whole_screen

LIST_RATIO: Final = 0.85
"""Trust in another piece of the same block, as a share of the best one's, to be listed with it."""
MAX_LISTED: Final = 6
MAX_ITEMS: Final = 3
MAX_OF_CODE: Final = 2


def answer_one(
    similarity: Similarity,
    reading: Reading,
    evidence: Evidence,
    *,
    about: str = "",
    but_not: str = "",
) -> Answer:
    """The answer to one question, or an honest abstention.

    Args:
        similarity: what two texts have in common in meaning.
        reading: the question.
        evidence: what an answer may stand on.
        about: the question in its words, where it is a part of another.
        but_not: what was answered before, where another one is asked for.
    """
    if reading.whole_screen and evidence.frames:
        return whole_screen(evidence.frames[-1])
    if (reading.error or reading.fix) and (said := _about_error(similarity, reading, evidence)):
        return said
    timed = answer_in_time(similarity, reading, evidence)
    if timed is not None:
        return timed
    candidates = [
        one for one in candidates_for(reading, evidence) if not (but_not and one.spoken in but_not)
    ]
    ranked = rank(similarity, reading, candidates, evidence)
    nearest = max((one.trust for one in ranked[:3]), default=0.0)
    if names_a_stranger(reading, candidates):
        return abstain(reading, evidence, nearest, about)
    best = _best(reading, ranked)
    if best is None or not is_trusted(best):
        return abstain(reading, evidence, nearest, about)
    chosen = _together(reading, best, ranked)
    return say(reading, chosen, best.trust, lead_of(best.candidate))


def candidates_for(reading: Reading, evidence: Evidence) -> list[Candidate]:
    """Every piece of the evidence that the question may be about."""
    found = document_candidates(evidence.passages)
    if reading.documents:
        return found
    known = evidence.history.newest_ms is not None
    found += screen_candidates(evidence.frames[-1:] if known else evidence.frames)
    found += past_candidates(reading, evidence.history)
    return distinct(found)


def _best(reading: Reading, ranked: Sequence[Scored]) -> Scored | None:
    admitted = [
        one
        for one in ranked
        if one.holds_figures
        and not one.feature("said_already")
        and not is_about_another(reading, one.candidate)
    ]
    if not admitted:
        return None
    best = admitted[0]
    if best.candidate.on_screen or reading.documents:
        return best
    shown = next((one for one in admitted if one.candidate.on_screen), None)
    if shown is None or not is_trusted(shown):
        return best
    # The newest frame is now: a value that differs from the document's is the screen's.
    differs = kinds_in(shown.candidate.text) != kinds_in(best.candidate.text)
    return shown if is_strict(reading) and shown.feature("fits") and differs else best


def _together(reading: Reading, best: Scored, ranked: Sequence[Scored]) -> list[Candidate]:
    """The best piece, and what must be said with it: what it announces, or the rest of a list."""
    first = best.candidate
    fellows = [one for one in ranked if one.candidate.group == first.group and one is not best]
    if first.kind == "sentence":
        return _sentences(reading, first, [one.candidate for one in fellows])
    if not reading.many or reading.kinds:
        return [first]
    alike = [
        one.candidate
        for one in fellows
        if one.candidate.kind == first.kind and one.trust >= LIST_RATIO * best.trust
    ]
    return sorted([first, *alike][:MAX_LISTED], key=lambda one: one.order)


def _sentences(reading: Reading, first: Candidate, fellows: Sequence[Candidate]) -> list[Candidate]:
    if reading.figures and holds_figures(reading, terms_of(first.heading, reading.lang)):
        # What a code means stands under it, from the first sentence on.
        under = [one for one in (first, *fellows) if one.heading == first.heading]
        return sorted(under, key=lambda one: one.order)[:MAX_OF_CODE]
    by_order = {one.order: one for one in fellows}
    if first.text.endswith((":", "\uff1a")):
        following = [by_order[at] for at in sorted(by_order) if at > first.order]
        return [first, *following[:MAX_ITEMS]]
    before = by_order.get(first.order - 1)
    if before is not None and before.text == first.around and _leans(first.text):
        return [before, first]
    return [first]


def _leans(text: str) -> bool:
    """Whether a sentence begins with a word such as "it", which the one before names."""
    first = " ".join(text.split()[:2])
    return read_question(first).back


def _about_error(similarity: Similarity, reading: Reading, evidence: Evidence) -> Answer | None:
    """The error on the screen, and, where that is asked, what the documents say about it.

    None where no error is shown or named, so that the question is one like another.
    """
    named = [figure for figure in reading.figures if not figure.isdecimal()]
    error = None if reading.documents else error_shown(evidence)
    if not reading.fix:
        if error and reading.screen and not named and not reading.is_past:
            return say(reading, [error], 0.9, SAYS)
        return None
    if error is None and not named:
        return None
    codes = named or (codes_of(error) if error else []) or codes_explained(evidence)
    shown = [error] if error and not named else []
    text = " ".join([reading.text, *(one.spoken for one in shown)])
    documents = document_candidates(evidence.passages)
    ranked = rank(similarity, read_question(text), documents, evidence)
    fix = fix_among(ranked, codes)
    if not codes and (not ranked or not is_trusted(ranked[0])):
        fix = []
    if not fix:
        refusal = abstain(reading, evidence, 0.0)
        lead = say(reading, shown, 0.5, SAYS).text if shown else ""
        sources = tuple(one.source for one in shown)
        return Answer(
            f"{lead} {refusal.text}".strip(), sources, abstained=True, support=refusal.support
        )
    return say(reading, [*shown, *fix], 0.95 if codes else 0.75, SAYS if shown else "")
