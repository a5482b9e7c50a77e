"""Whether something said is worth an answer at all."""

import re
from typing import Final

from media_agent.domain.conversation.addressing import NAME
from media_agent.domain.conversation.words import word_set, words

_BACKCHANNEL: Final = word_set(
    "uh um uhm er erm ah oh eh hm hmm mm mmm mhm huh aha wow haha "
    "ok okay alright right great good nice cool perfect fine awesome wonderful "
    "thanks thank you very much so a lot cheers bye goodbye "
    "stop wait quiet enough hush shush nevermind never mind sorry please"
)
"""Said to show that one listens, or to be left alone. No "yes", "no" or "sure": these may be what
Parley asked for."""
MAX_BACKCHANNEL_WORDS: Final = 5
_DIGITS: Final = re.compile(r"\d+")


def is_backchannel(text: str) -> bool:
    """Only noises, thanks and the like: to answer it would be a nuisance, and would cost."""
    without_name = NAME.sub(" ", text.lower())
    found = words(_DIGITS.sub(" ", without_name))
    if not found:  # the name alone is a call; no letters at all is a cough
        return not NAME.search(text.lower())
    return len(found) <= MAX_BACKCHANNEL_WORDS and _BACKCHANNEL.issuperset(found)
