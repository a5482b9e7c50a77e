"""What English weights are fitted to: words of sentences, and whether each asks something."""

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import dropwhile, product
from typing import Any, Final

from media_agent.domain.conversation.question_features import tokens
from media_agent.domain.conversation.words import word_set, words
from support.questions.corpus import Sentence

EXAMPLES: Final = files("support.questions") / "examples.toml"
SPOKEN: Final = files("support.questions") / "spoken.toml"

COMMON_TIMES, COMMON_SOURCES, COMMON_EXAMPLES = 8, 3, 3
"""A word is common if so many sources each use it so often, or so many of the examples' entries: it
is of no one subject."""
ROOM_WEIGHT: Final = 0.5
EXAMPLE_WEIGHT: Final = 3.0
MOST_OF_A_PATTERN, PATTERN_WEIGHT, MOST_WEIGHT = 800, 500.0, 2.0

QUESTION_WORDS: Final = word_set("what which who whom whose where when why how")
AUXILIARIES: Final = word_set(
    "is are was were am do does did can could will would shall should has have had may might"
)
LEADS: Final = word_set("so and but or well okay ok yeah then now")
OTHERS: Final = word_set("you everybody everyone anybody anyone")
TO_THE_ROOM: Final = OTHERS | word_set("i we")


@dataclass(frozen=True)
class Labelled:
    """Tokens of a sentence; `group` is left out whole in cross-validation."""

    found: list[str]
    asks: bool
    weight: float
    group: str
    is_meeting_talk: bool = False


def labelled(one: Sentence) -> Labelled | None:
    """None: its words do not tell what it is."""
    found = tokens(words(one.text))
    if not found:
        return None
    asks = one.kind == "question"
    is_meeting = one.source.startswith("meeting")
    if is_meeting and asks and is_to_the_room(found):
        return Labelled(found, False, ROOM_WEIGHT, one.group)
    if is_meeting and asks and not informs(found):
        return None
    return Labelled(found, asks, 1.0, one.group, is_meeting and not asks)


def is_to_the_room(found: Sequence[str]) -> bool:
    """Does it ask the others what they think, want or do, or whether to go on?"""
    begun = list(dropwhile(LEADS.__contains__, found))
    if begun[:1] and begun[0] in QUESTION_WORDS:
        begun = begun[1:]
    match begun[:2]:
        case ["shall" | "should" | "may", "i" | "we"]:
            return True
        case [verb, subject]:
            return verb in AUXILIARIES and subject in OTHERS
        case _:
            return False


def informs(found: Sequence[str]) -> bool:
    """Does it begin as questions do, and is it about a thing, not about those in the room?"""
    begun = list(dropwhile(LEADS.__contains__, found))
    if not begun or begun[0] not in QUESTION_WORDS | AUXILIARIES:
        return False
    return not TO_THE_ROOM.intersection(begun[:4])


def examples() -> list[Labelled]:
    """The project's own; of a pattern's sentences each counts less the more there are."""
    given = _examples()
    found = [_example(one, asks=True, weight=EXAMPLE_WEIGHT) for one in given["asked"]]
    found += [_example(one, asks=False, weight=EXAMPLE_WEIGHT) for one in given["told"]]
    for pattern in given["patterns"]:
        texts = sorted(" ".join(parts) for parts in product(*pattern["parts"]))
        texts = texts[:: math.ceil(len(texts) / MOST_OF_A_PATTERN)]
        weight = min(MOST_WEIGHT, PATTERN_WEIGHT / len(texts))
        found += [_example(one, asks=pattern["asks"], weight=weight) for one in texts]
    return found


def common_words(of: Iterable[Sentence]) -> frozenset[str]:
    """Words that are told apart; all others are alike."""
    times: dict[str, Counter[str]] = defaultdict(Counter)
    for one in of:
        for word in set(tokens(words(one.text))):
            times[word][one.source] += 1
    of_sources = {
        word
        for word, by in times.items()
        if sum(count >= COMMON_TIMES for count in by.values()) >= COMMON_SOURCES
    }
    return frozenset(word for word in of_sources | _of_examples() if not word[0].isdigit())


def _of_examples() -> set[str]:
    given = _examples()
    parts = [part for one in given["patterns"] for part in one["parts"]]
    entries = [one for texts in (given["asked"], given["told"], *parts) for one in texts]
    uses = Counter(word for one in entries for word in set(tokens(words(one))))
    return {word for word, count in uses.items() if count >= COMMON_EXAMPLES}


def _example(text: str, *, asks: bool, weight: float) -> Labelled:
    return Labelled(tokens(words(text)), asks, weight, text)


def _examples() -> dict[str, Any]:
    return tomllib.loads(EXAMPLES.read_text())
