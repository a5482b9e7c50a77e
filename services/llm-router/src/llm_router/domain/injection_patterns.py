"""How instructions to a machine are worded, in English.

Manuals and policies give orders, too, but to people: "when asked for a PIN, enter 0825". An order
counts where it is addressed to a machine that answers, takes back what that was told, says how it
must word its answer, or is work that nobody but such a machine is given.
"""

import re
from typing import Final

_MACHINE: Final = (
    r"(?:ai|a\.i\.|llms?|language models?|chat ?bots?|chatgpt|gpt(?:-?\d)?|claude|gemini|copilot|"
    r"(?:ai|virtual|digital|automated) (?:assistant|agent|system|model)s?)"
)
_ASSISTANT: Final = rf"(?:{_MACHINE}|assistant|model|bot|system|agent)"
_SAY: Final = (
    r"(?:print|output|say|respond|reply|answer|repeat|return|emit|echo|state|write|type|claim|tell|"
    r"include|append|insert|summari[sz]e|translate|recommend|conclude|mention)"
)
_BEFORE: Final = r"(?:previous|prior|above|preceding|foregoing|earlier)"
_TOLD: Final = (
    r"(?:instruction|prompt|command|directive|direction|guideline|rule|context|conversation|"
    r"restriction|info(?:rmation)?)s?"
)
_ANSWER: Final = r"(?:answer|response|reply|output|summary|message)(?:'s)?"

TO_THE_MACHINE: Final = re.compile(
    # Takes back what the machine was told.
    r"\b(?:ignore|disregard|forget|override|bypass|neglect|overlook|skip)\b[^.\n]{0,40}"
    rf"\b(?:(?:{_BEFORE}|all|any|your|these|the other|original|initial|system)\b[^.\n]{{0,30}}"
    rf"\b{_TOLD}"
    rf"|{_BEFORE}\b[^.\n]{{0,30}}\b(?:message|text|content|question|request|order|task)s?)\b"
    r"|\b(?:system|developer) prompts?\b|\b(?:hidden|secret|initial) (?:prompt|instruction)s?\b"
    r"|\byour (?:new|real|actual|true|updated) (?:task|job|role|goal|instructions?|purpose)\b"
    r"|\bjailbreak\w*\b|\bexfiltrat\w+\b"
    # Addressed to it.
    rf"|\b{_MACHINE}\b[^.\n]{{0,40}}\b(?:must|should|shall|will|please|have to|need to|are|"
    r"is (?:required|instructed|told|asked))\b"
    rf"|\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|hey|hello)"
    rf"(?: the| all| any)? {_ASSISTANT}\b"
    rf"|\b(?:the|any|this) {_ASSISTANT} (?:must|should|shall|will|has to|needs to) {_SAY}\b"
    rf"|\b(?:as|you are|you're) an? (?:\w+ )?{_MACHINE}\b|\b(?:as|you are) an? assistant\b"
    r"|\byou(?:'re| are) (?:now|no longer)\b[^.\n]{0,40}\b(?:ai|assistant|model|bot|chatbot|dan|"
    r"persona|character|unrestricted|jailbroken|hacker|pirate|expert|bound|developer mode)\b"
    r"|\bpretend (?:to be|that you|you)\b|\b(?:act|behave|respond|"
    r"roleplay) as (?:if you|though you)\b"
    r"|(?:^|[.!?:,;]\s*|\b(?:must|now|please|to|and) )(?:act|roleplay) as (?:my|an?)\b"
    rf"|\bfrom now on\b[^.\n]{{0,20}}\byou\b[^.\n]{{0,20}}\b(?:{_SAY}|are an?)\b"
    r"|\b(?:do not|don't|never|without) (?:tell|mention|reveal|inform|disclos\w+|alert|warn\w*)\b"
    r"[^.\n]{0,30}\b(?:user|human)s?\b"
    # How it must word its answer.
    r"|\b(?:enhance|modify|integrate|render|express|augment|represent|reverse|replace|shift|apply|"
    r"invert|substitute|rephrase|display|encode|translate|alter|adjust|rewrite|format|use|write|"
    rf"provide|give)\b[^.\n]{{0,70}}\byour {_ANSWER} (?:to (?:mention|hint|promote|"
    rf"highlight|spread|"
    r"include|say|suggest)|by \w+ing|in (?:(?-i:[A-Z])\w+|reverse)|using|backwards?|as an?)\b"
    r"|\b(?:enhance|modify|augment|reverse|render|express|represent|encode|invert|shift|substitute|"
    rf"integrate|apply|replace|use emojis?|cipher)\b[^.\n]{{0,70}}\byour {_ANSWER}\b"
    rf"|\b(?:add|insert|include|integrate|mention)\b[^.\n]{{0,20}}\b(?:sentence|line|statement|"
    rf"teaser|fact|statistic|link|paragraph|phrase)\b[^\n]{{0,70}}\byour {_ANSWER}\b"
    rf"|\badd [\"'\u201c][^\n]{{0,90}}\byour {_ANSWER}\b|^\W*in your {_ANSWER}\b"
    r"|\breply (?:in|using) (?:reverse|base ?\d+|emojis?|(?-i:[A-Z])[a-z]+(?: encoding)?)\b"
    rf"|\b{_SAY}\b[^.\n]{{0,24}}\b(?:in your (?:answer|response|output|summary)"
    r"|(?:only|exactly|just|literally|verbatim|instead)(?: with)? (?:the (?:word|"
    r"phrase|string|text|"
    r"following|sentence)s?|[\"'\u2018\u201c(]|(?-i:[A-Z]{3,})))"
    rf"|\b{_SAY} (?:only |just |exactly )?with (?:only )?(?:the (?:word|phrase|string|"
    rf"text|sentence)|"
    r"[\"'\u2018\u201c])"
    rf"|\b(?:when|if) (?:you are |you're |being )?(?:asked|answering|responding|summari[sz]ing|"
    rf"reading this|processing)\b[^.\n]{{0,60}}\b(?:{_SAY}) (?:that|only|with|exactly|[\"'\u201c])"
    r"|\b(?:the|your|any|every|each|this) (?:answer|response|reply|output|"
    r"summary)s? (?:must|should|shall|"
    r"has to|needs to|will) (?:be|begin|start|end|include|contain|say|mention|only)\b"
    # What only a machine's log of talk has.
    r"|<\|[^|]*\|>|\[/?INST\]|<</?SYS>>|^\s*(?:system|assistant|user|human|ai)\s*:|\{\{[^}]*\}\}|"
    r"###\s*(?:instruction|system)",
    re.IGNORECASE | re.MULTILINE,
)
# Work that is given to such a machine and to no reader of a manual.
TASK: Final = re.compile(
    r"^\W*(?:(?:please|now|also|then|finally|first|next|and|could you|can you|would you|"
    r"i want you to|you (?:must|should|need to))[\s,]+)*"
    r"(?:(?:write|compose|draft|generate|create|produce|craft|design|develop|build) (?:me |us )?"
    r"(?:an?|the|some|\w+) (?:\w+ ){0,4}?"
    r"(?:script|poem|essay|story|tweet|song|joke|advert\w*|paragraph|malware|virus|crawler|slogan|"
    r"regex|regular expression|haiku|limerick|blog post|(?:phishing|fake|spam|scam) \w+|"
    r"(?:python|java|javascript|c\+\+|sql|html) \w+)\b"
    r"|(?:paraphrase|rephrase|impersonate|brainstorm)\b"
    r"|translate\b[^.\n]{0,40}\b(?:into|to) (?-i:[A-Z])\w+"
    r"|summari[sz]e (?:the|this|these)\b"
    r"|(?:encrypt|decrypt|encode|decode|reverse)\b[^.\n]{0,40}\b(?:text|sentence|"
    r"message|string|word|"
    r"base64|cipher|caesar|rot13|letters)\b"
    r"|(?:explain|describe|discuss|outline|analy[sz]e|suggest|recommend|tell (?:me|us)|provide|"
    r"give (?:me|us))\b[^.\n]{0,30}\b(?:how to|the impacts?|the latest|trends?|"
    r"insights?|strateg\w+|"
    r"techniques?|tips|advice|examples? of|benefits of|pros and cons|best)\b"
    r"|(?:solve|calculate|compute|find)\b[^.\n]{0,20}\b(?:the (?:derivative|integral|square root|"
    r"sum of|product of|equation)|equations?|for x)\b)",
    re.IGNORECASE,
)
