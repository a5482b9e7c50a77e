"""Public HTTP bodies of the gateway, and those between it and rag.

Keys are those of the command's contract (docs/reference/cli.md): more may be added, none renamed.
Times ending in `_ms` are integers since the session (or its recording) started; money is a decimal
string in US dollars; ratios are 0-1.
"""

from contracts.http.documents import (
    Document,
    Documents,
    DocumentText,
    FoundText,
    PassageQuery,
    SearchBody,
    SearchResult,
    TextQuery,
)
from contracts.http.page import PageCode, PageDoor, PageVisitor
from contracts.http.problem import Problem
from contracts.http.sessions import (
    Answer,
    AnswerAttempt,
    Cost,
    Feedback,
    FeedbackBody,
    FrameCounts,
    Frames,
    KeptFrame,
    MeetingState,
    MessageAccepted,
    MessageBody,
    Messages,
    RecordingAccepted,
    SessionBody,
    Sessions,
    SessionState,
    SessionSummary,
    Snapshot,
    Utterance,
)
from contracts.http.usage import (
    Activity,
    ActivityRow,
    BaselineRow,
    Every,
    LatencySpread,
    OpenQuestion,
    UsageBy,
    UsageReport,
    UsageRow,
)
from contracts.http.values import NO_NUL, Question, Usd

__all__ = [
    "NO_NUL",
    "Activity",
    "ActivityRow",
    "Answer",
    "AnswerAttempt",
    "BaselineRow",
    "Cost",
    "Document",
    "DocumentText",
    "Documents",
    "Every",
    "Feedback",
    "FeedbackBody",
    "FoundText",
    "FrameCounts",
    "Frames",
    "KeptFrame",
    "LatencySpread",
    "MeetingState",
    "MessageAccepted",
    "MessageBody",
    "Messages",
    "OpenQuestion",
    "PageCode",
    "PageDoor",
    "PageVisitor",
    "PassageQuery",
    "Problem",
    "Question",
    "RecordingAccepted",
    "SearchBody",
    "SearchResult",
    "SessionBody",
    "SessionState",
    "SessionSummary",
    "Sessions",
    "Snapshot",
    "TextQuery",
    "UsageBy",
    "UsageReport",
    "UsageRow",
    "Usd",
    "Utterance",
]
