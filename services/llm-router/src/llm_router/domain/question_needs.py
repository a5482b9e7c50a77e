"""What the router must know of a question before it asks a model. In any language."""

from dataclasses import dataclass


@dataclass(frozen=True)
class QuestionNeeds:
    """What a reader made of a question's words.

    The router's rules go by these values and never by words. A reader that does not know the
    question's language says so by the defaults, which are the safe side: the screen may be meant,
    and something is asked.

    Attributes:
        about_screen: the question is about what is shown; None: the reader cannot tell.
        about_earlier_screen: it is about what was shown before.
        points_at_error: it says "this error", so that only the screen tells which one.
        is_small_talk: nothing is asked, so nothing is claimed by a reply.
        subject_words: how many words carry meaning.
        more_things: how many things are asked at once, beyond the first.
        judgement: 0 a fact of a certain type, 1 any fact, 2 a way to do something, 3 an opinion
            or a comparison.
    """

    about_screen: bool | None = None
    about_earlier_screen: bool = False
    points_at_error: bool = False
    is_small_talk: bool = False
    subject_words: int = 0
    more_things: int = 0
    judgement: int = 1

    @property
    def may_be_about_screen(self) -> bool:
        """Whether the turn's frame is worth waiting for while its description is on its way.

        A frame on its way counts for every question while something else is waited for. It is
        waited for by itself unless the question is known to be about something else.
        """
        return self.about_screen is not False
