"""The offline answerer: chooses pieces of the evidence, cites them exactly, or abstains.

It quotes, so it cannot invent. Pure: what two texts have in common in meaning is given to it.
"""

from dataclasses import replace

from answering.asked import Answer, AskedQuestion
from answering.choosing.choice import answer_one
from answering.evidence import Evidence
from answering.question.parts import halves, needs_earlier, points_back, with_earlier
from answering.question.reading import read_question
from answering.scoring.ranking import Similarity
from answering.wording.clipping import clip
from language.words import terms


def answer(similarity: Similarity, question: AskedQuestion, evidence: Evidence) -> Answer:
    """Question and evidence in, answer out; the same gives the same.

    A question of two parts gets two answers, or one and a word on which part has none.
    """
    reading = read_question(question.text)
    if reading.talk:
        return Answer(reading.talk)
    parts = halves(question.text)
    if len(parts) == 1:
        return _one(similarity, question, evidence)
    said = [_one(similarity, replace(question, text=part), evidence, of_two=True) for part in parts]
    if all(one.abstained for one in said):
        return _one(similarity, question, evidence)
    return Answer(
        text=clip(" ".join(dict.fromkeys(one.text for one in said))),
        sources=tuple(dict.fromkeys(source for one in said for source in one.sources)),
        support=min(one.support for one in said),
        claims=" ".join(one.claims for one in said if one.claims),
    )


def _one(
    similarity: Similarity, question: AskedQuestion, evidence: Evidence, *, of_two: bool = False
) -> Answer:
    reading = read_question(question.text)
    about = question.text if of_two else ""
    if not needs_earlier(reading, question):
        if points_back(reading) and not question.earlier:
            # "And who runs it?": what is pointed at may be shown; no document can know it.
            evidence = replace(evidence, passages=())
        return answer_one(similarity, reading, evidence, about=about)
    text = with_earlier(question)
    carried = read_question(text)
    named = {term for name in carried.names for term in terms(name, reading.lang)}
    # What is asked for is said now; what it is about was said before, unless another is asked for.
    weights = {
        term: weight / 2
        for term, weight in carried.weights.items()
        if not (reading.other and term in named)
    }
    leaning = replace(
        reading,
        text=text,
        weights=weights | reading.weights,
        kinds=reading.kinds or carried.kinds,
        # Without a word of its own the question may be answered by what was said before.
        carried=frozenset() if reading.core else frozenset(weights.keys() - reading.weights.keys()),
    )
    known = question.earlier[-1].answer if reading.other else ""
    return answer_one(similarity, leaning, evidence, about=about, but_not=known)
