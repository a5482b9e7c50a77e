"""How instructions to a machine are worded, in English."""

import re
from typing import Final

# To the machine itself: these have no place in a document or on a screen meant for people.
TO_THE_MACHINE: Final = re.compile(
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
TASK: Final = re.compile(
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
# Of these words every instruction has one; most lines of a screen have none, and need no search.
_TRIGGER_TEXT: Final = """
ignore disregard forget override bypass skip neglect overlook system developer hidden secret initial
task instruction instructions directive directives order orders now longer act behave respond
roleplay pretend ai ais llm llms model models bot bots chatbot chatbots assistant assistants chatgpt
chatgpts gpt gpts claude claudes gemini geminis user person human anyone reader print output say
write reply answer repeat return display emit type echo send include add append insert use state
asked summarising summarizing answering responding processing reading your compose draft generate
create produce craft design prepare develop build translate summarise summarize paraphrase rewrite
rephrase recommend suggest imagine simulate impersonate encrypt decrypt encode decode reverse
brainstorm tell give show teach offer help explain describe discuss outline analyse analyze compare
evaluate identify estimate predict list name provide calculate compute solve find determine convert
"""
_TRIGGERS: Final = frozenset(_TRIGGER_TEXT.split())
_TRIGGER_PARTS: Final = ("jailbreak", "exfiltrat", "<|", "inst]", "sys>>", "{{", "###")
_WORD: Final = re.compile(r"\w+")


def may_match(text: str) -> bool:
    """False only where neither pattern matches; a twentieth of the work of searching both."""
    lower = text.lower()
    return (
        not text.isascii()
        or not _TRIGGERS.isdisjoint(_WORD.findall(lower))
        or any(part in lower for part in _TRIGGER_PARTS)
    )
