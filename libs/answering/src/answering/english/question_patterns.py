"""The words by which an English question is recognised; transcripts have no punctuation."""

import re
from typing import Final

from answering.english.answer_types import AnswerType

_THING: Final = (
    r"(?:screen|slide|page|window|dialog|pop ?up|form|field|table|chart|graph|diagram|terminal|"
    r"console|command line|prompt|error|warning|alert|message|banner|notification|toast|tooltip|"
    r"status|log|output|picture|image|button|menu|tab|row|column|heading|headline|title|panel|"
    r"display|code|stack ?trace|traceback|exception|line|number|value|figure)"
)
SCREEN: Final = re.compile(
    r"\b(?:on|at|from|in|across) (?:the|my|your|our|his|her|this|that) "
    r"(?:shared )?(?:screen|slide|display|terminal|console|window|dialog|form|chart)\b"
    r"|\bon(?: the)? screen\b|\bscreen ?shar\w*|\bthe screen\b"
    rf"|\bth(?:is|at|ese|ose) (?:\w+ )?{_THING}s?\b"
    r"|\b(?:is|are|being|was|were|gets?|got) (?:\w+ )?(?:shown|displayed|presented|highlighted)\b"
    r"|\b(?:showing|displaying|looking at|displayed|shown)\b"
    r"|\b(?:do|can|could|did) you (?:see|read)\b|\b(?:i|we) (?:see|are seeing|can see)\b"
    rf"|\bwhat(?:'s| is| was| does| do| did| are)?(?: the| that| this|"
    rf" it)? ?(?:\w+ ){{0,2}}?{_THING}s?"
    r"(?: message| code| text| line)?(?: on \w+ \w+)? (?:say|says|said|show|shows|showed|read|"
    r"reads|"
    r"mean|means|display|displays|print|prints|printed|tell)\b"
    r"|\bwhat (?:does|did|do) (?:it|this|that|they) (?:say|show|read|mean|print)\b"
    r"|\bread (?:out |me )?(?:the|this|that|it)\b"
    r"|\bwhat(?:'s| is| was)? (?:the|this|that) (?:exact )?(?:error|warning)(?: message| code|"
    r" text)?$"
    r"|\b(?:the|this|that|an|my|our) (?:red |validation |exact )?error(?: message| code| text)?\b"
    r"|\bwhat (?:went|is going|goes|'s going) wrong\b|\bwhy (?:did|does|is) (?:it|this|"
    r"that) fail\w*"
)
MAYBE: Final = re.compile(
    r"\b(?:now|currently|at the moment|at present|these days|today|here|at this point|as of now)\b"
    r"|\bnew (?:price|cost|value|number|total|status|rate|fee)\b|\bchanged\b|\bupdated\b|\blatest\b"
)
# "Now, how do I ...", "so now what is ...", "here is my question": opens, and points at nothing.
OPENING: Final = re.compile(
    r"^(?:(?:ok|okay|so|and|well|right|alright|all right|um|uh|hey|hi|hello|thanks|"
    r"thank you|parley|here(?: is|'s) (?:my|a|another|"
    r"the next) question|now)[\s,.:]+)+"
)
DOCUMENTS: Final = re.compile(
    r"\b(?:according to|as per|in|from|by|does|do|what does|what do|check|look in|based on) "
    r"(?:the |our |your |my )?(?:\w+ ){0,2}?(?:manual|documentation|documents?|docs|handbook|guide|"
    r"guidelines|policy|policies|faq|contract|knowledge base|price list|terms|agreement|readme|"
    r"specification|paper|report)s?\b"
)
NOT_SCREEN: Final = re.compile(r"\b(?:not|besides|apart from) (?:on |what is on )?the screen\b")
PAST: Final = re.compile(
    r"\b(?:before|previously|earlier|used to|originally|at first|a (?:moment|minute) ago|"
    r"previous|old|last (?:slide|page|screen)|ago)\b"
)
# "before" as part of a rule ("how long before ...") is no pointer to the past.
PAST_NEEDS: Final = re.compile(r"\b(?:was|were|did|had|used to|previous|old|said|showed)\b")
FIX: Final = re.compile(
    r"\b(?:fix|solve|resolve|repair|get rid of|deal with|clear|overcome|work around|correct|handle|"
    r"recover from|get past)\b.*(?:\b(?:error|problem|issue|failure|warning|message|this|that|"
    r"it)\b|"
    r"\b[a-z]+[-_ ]?\d{2,}\b)"
    r"|\bwhat (?:can|should|do|must|shall) (?:i|we|one|they) do (?:about|against|now|with|when)\b"
)
ERROR: Final = re.compile(
    r"\b(?:error|errors|warning|failed|fails|failing|failure|exception|traceback|went wrong|"
    r"wrong)\b"
)
ANSWER_TYPES: Final[tuple[tuple[AnswerType, re.Pattern[str]], ...]] = (
    (
        AnswerType.CONTACT,
        re.compile(r"\b(?:phone|telephone|e-?mail|address|url|website|hotline)\b(?! ?support)"),
    ),
    (
        AnswerType.PRICE,
        re.compile(
            r"\b(?:price[sd]?|costs?|pricing|how expensive|charged?|fees?|how much (?:is|are|does|"
            r"do|"
            r"would|will|for)|pay for|dollars?|euros?|usd)\b"
        ),
    ),
    (
        AnswerType.DURATION,
        re.compile(
            r"\bhow (?:long|quick(?:ly)?|fast|soon|often|old)\b|\bhow many (?:working |business )?"
            r"(?:second|minute|hour|day|week|month|year)s?\b|\b(?:retention|notice) period\b"
        ),
    ),
    (
        AnswerType.DATE,
        re.compile(r"\b(?:when|what (?:day|date|time|year|month)|which (?:day|date|year|month))\b"),
    ),
    (
        AnswerType.NUMBER,
        re.compile(
            r"\bhow (?:many|much|big|large|high|far|fast)\b|\bwhat (?:number|percentage|share|size|"
            r"limit|version|port)\b|\bwhat(?:'s| is) the (?:\w+ ){0,3}(?:number|percentage|limit|"
            r"size|"
            r"total|count|rate|version|port|maximum|minimum)\b"
        ),
    ),
    (AnswerType.PERSON, re.compile(r"\b(?:who|whom|whose)\b")),
)
_TYPE_WORDS: Final = """
pric price cost fee charg dollar euro usd expensiv pay chang updat new old latest today moment
screen slid pag window dialog tabl display read mean print look error messag warn cod manual
document documentation doc handbook guid polici faq accord answer question minut hour day week
month year dat tim previou earlier work number phon mail address exact text lin fix solv resolv
problem issu
"""
TYPE_WORDS: Final = frozenset(_TYPE_WORDS.split())
SMALL_TALK: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "thanks",
        re.compile(
            r"^(?:(?:ok|okay|great|perfect|good|cool|nice)\W*)*(?:thanks|thank you)\b"
            r"(?!.*\b(?:what|how|when|who|which|why|where|whose|can|could|does|do|is|"
            r"are)\b)[^?]{0,40}$"
        ),
    ),
    (
        "hearing",
        re.compile(
            r"^(?:hey |hello |hi )?(?:parley\W+)?(?:can you hear me|are you (?:there|listening))"
        ),
    ),
    ("how_are_you", re.compile(r"^(?:hi |hello |hey )?(?:parley\W+)?how are you\b[^?]{0,20}\??$")),
    (
        "who_are_you",
        re.compile(
            r"^(?:so )?(?:who|what) are you\W*$|\bwhat(?: else)? can you do(?: for (?:me|us))?\W*$"
        ),
    ),
    (
        "bye",
        re.compile(
            r"^(?:ok |okay )?(?:good ?bye|bye|see you|that(?:'s| is| was) (?:all|it))\b.{0,25}$"
        ),
    ),
    (
        "hello",
        re.compile(
            r"^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?:\W+(?:parley|there|all|"
            r"everyone|everybody))*\W*$"
        ),
    ),
)
