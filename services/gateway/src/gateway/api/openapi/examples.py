"""One example for each body of the API, by the name of its schema."""

from typing import Any, Final

from gateway.api.openapi.budget_examples import BUDGET_EXAMPLES

SESSION: Final = "0199f6d2-7f1e-7c11-9b5c-0d6f3a1b2c3d"
TURN: Final = "bb1f3ec7-e00d-54a0-91b2-6e3a7bf4b775"
FRAME: Final = "9891ba14-e65e-5ee8-8714-345328388768"
DOCUMENT: Final = "6b0b7c59-6274-52e8-a066-17154fd7b8e1"
ROOM: Final = "0199f6d42a8b7e6f9c1d3b5a7f80e1c2"
KEY: Final = "0199f6d3-0c2a-7d55-8e11-6f2b9a7c4d10"
AT: Final = "2026-11-21T12:00:00Z"

_MEETING: Final[dict[str, Any]] = {
    "name": "weekly.mp4",
    "source": "recording",
    "has_video": True,
    "has_audio": True,
    "started_at": AT,
    "duration_ms": 75_000,
    "ended": "completed",
    "detail": None,
    "truncated_at_ms": None,
}
_STATE: Final[dict[str, Any]] = {
    "session_id": SESSION,
    "title": "weekly",
    "state": "open",
    "opened_at": AT,
    "closed_at": None,
    "meeting": _MEETING,
}
_ADJUSTMENT: Final[dict[str, Any]] = {
    "adjustment_id": DOCUMENT,
    "cost_usd": "-0.25",
    "reason": "The provider refunded the call.",
    "provider": "anthropic",
    "model": "claude-sonnet-5-5",
    "month": "2026-11",
    "usage_id": TURN,
    "adjusted_at": AT,
    "adjusted_by": KEY,
}
_ANSWER: Final[dict[str, Any]] = {
    "turn_id": TURN,
    "asked_at_ms": 23_050,
    "channel": "chat",
    "speaker": "chat",
    "text": "What does the Team plan cost?",
    "answer": "The Team plan costs 12 USD a month for each person.",
    "abstained": False,
    "sources": [
        {
            "kind": "passage",
            "document_id": DOCUMENT,
            "document": "plans.md",
            "page": 1,
            "start": 120,
            "end": 171,
            "quote": "The Team plan costs 12 USD a month for each person.",
        }
    ],
    "attempts": [
        {
            "tier": "1",
            "model": "local:extractive",
            "outcome": "accepted",
            "confidence": 0.91,
            "why": "covered by the passage",
            "tokens_in": 212,
            "tokens_out": 14,
            "cost_usd": "0",
            "took_ms": 18,
        }
    ],
    "cost_usd": "0",
    "latency_ms": {"total": 96, "attempts": 18},
    "confidence": 0.91,
    "state": "answered",
    "refused": None,
    "superseded": False,
    "interrupted_at_chars": None,
    "taken_as": [],
    "retrieval": {"embedding": "all-minilm-l6-v2-int8", "rerank": ""},
}
_FRAME: Final[dict[str, Any]] = {
    "frame_id": FRAME,
    "shown_at_ms": 20_500,
    "reason": "changed",
    "lines": ["Error PAY-4012"],
}
_DOCUMENT: Final[dict[str, Any]] = {
    "document_id": DOCUMENT,
    "name": "plans.md",
    "status": "indexed",
    "code": None,
    "reason": None,
    "pages": 1,
    "passages": 4,
    "size_bytes": 2_048,
    "media_type": "text/markdown",
    "progress": None,
    "warnings": [
        {
            "code": "hidden_text",
            "where": "page 2",
            "text": "page 2: Text that a reader does not see was left out.",
        }
    ],
}
_KEY: Final[dict[str, Any]] = {
    "key_id": KEY,
    "tenant_id": "acme",
    "scopes": ["read", "write"],
    "created_at": AT,
    "revoked_at": None,
}
_CONFIG: Final[dict[str, Any]] = {
    "instructions": "Answer in two sentences. Never promise a discount.",
    "language": "de",
    "policy": "attempt",
    "knowledge": True,
    "addressing": "question",
    "idle_close_minutes": 240,
    "retention_days": 90,
}
_FEEDBACK: Final[dict[str, Any]] = {"rating": "bad", "comment": "There is a newer price list."}

_ROOM: Final[dict[str, Any]] = {
    "room": ROOM,
    "session_id": SESSION,
    "title": "weekly",
    "max_participants": 20,
    "created_at": AT,
    "people": 2,
    "join_url": "https://parley.example.com/meet#invite=eyJ0ZW5hbnRfaWQiOiJhY21lIn0=.5f2c",
}
_INVITE: Final = "eyJ0ZW5hbnRfaWQiOiJhY21lIn0=.5f2c"

EXAMPLES: Final[dict[str, Any]] = {
    "SessionBody": {"title": "weekly"},
    "SessionState": _STATE,
    "Sessions": {"sessions": [_STATE], "next": None},
    "MessageBody": {"text": "What does the Team plan cost?", "speaker": "chat"},
    "MessageAccepted": {
        "session_id": SESSION,
        "turn_id": TURN,
        "events_url": f"/v1/sessions/{SESSION}/events",
    },
    "Messages": {"messages": [_ANSWER], "next": None},
    "FeedbackBody": _FEEDBACK,
    "Feedback": {**_FEEDBACK, "turn_id": TURN, "given_at": AT},
    "Frames": {"frames": [_FRAME], "next": None},
    "RecordingAccepted": {
        "session_id": SESSION,
        "name": "weekly.mp4",
        "size_bytes": 1_048_576,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "speed": "real",
        "addressing": "question",
        "events_url": f"/v1/sessions/{SESSION}/events",
    },
    "SessionSummary": {
        "session_id": SESSION,
        "title": "weekly",
        "state": "open",
        "meeting": _MEETING,
        "duration_ms": 75_000,
        "frames": {"seen": 2_250, "kept": 9, "by_reason": {"changed": 9}},
        "transcript": [{"start_ms": 1_000, "end_ms": 3_200, "speaker": "Ada", "text": "Hello."}],
        "questions": [_ANSWER],
        "cost": {
            "spent_usd": "0",
            "estimate_usd": "0.0021",
            "baseline_usd": "0.21",
            "saving_ratio": 0.99,
            "baseline": "each question with one frame a second; speech by the same services",
        },
        "pending_facts": None,
        "dead_letters": None,
    },
    "Document": _DOCUMENT,
    "Documents": {"documents": [_DOCUMENT], "next": None},
    "DocumentText": {
        "document_id": DOCUMENT,
        "document": "plans.md",
        "page": 1,
        "pages": 1,
        "start": 0,
        "text": "# Plans\n\nThe Team plan costs 12 USD a month for each person.",
        "heading": "Plans",
    },
    "SearchBody": {"text": "price of the Team plan", "limit": 5},
    "SearchResult": {
        "passages": [
            {
                "document_id": DOCUMENT,
                "document": "plans.md",
                "page": 1,
                "start": 120,
                "end": 171,
                "text": "The Team plan costs 12 USD a month for each person.",
                "heading": "Plans",
                "score": 0.82,
                "similarity": 0.74,
                "found_by": ["vector", "text"],
            }
        ]
    },
    "AdjustmentBody": {
        "cost_usd": "-0.25",
        "reason": "The provider refunded the call.",
        "usage_id": TURN,
    },
    "UsageAdjustment": _ADJUSTMENT,
    "UsageAdjustments": {"adjustments": [_ADJUSTMENT]},
    "UsageReport": {
        "rows": [
            {
                "at": None,
                "service": "rag",
                "provider": None,
                "model": None,
                "session": None,
                "kind": None,
                "quantity": "1280",
                "unit": "token",
                "cost_usd": "0",
                "estimate_usd": "0.000077",
            }
        ],
        "total_usd": "0",
        "estimate_usd": "0.000077",
        "baseline_usd": None,
        "baselines": [],
    },
    "Activity": {
        "rows": [
            {
                "at": AT,
                "questions": 4,
                "answered": 3,
                "abstained": 1,
                "refused": 1,
                "frames_seen": 2_250,
                "frames_kept": 9,
                "latency_ms": {"p50": 96, "p95": 210},
            }
        ],
        "open_questions": [],
        "truncated": False,
    },
    **BUDGET_EXAMPLES,
    "ModelsLeftAlone": {
        "models": [
            {
                "provider": "anthropic",
                "model": "claude-haiku-5-5",
                "since": AT,
                "until": AT,
                "reason": "rate_limited",
            }
        ]
    },
    "TenantState": {
        "tenant_id": "acme",
        "name": "Acme",
        "tier": "professional",
        "version": 3,
        "config": _CONFIG,
    },
    "TenantConfigBody": _CONFIG,
    "KeyBody": {"scopes": ["read"]},
    "KeyCreated": {**_KEY, "key": "pk_Zm9yIHRoZSBkb2N1bWVudGF0aW9u"},
    "Keys": {"keys": [_KEY]},
    "RoomBody": {"title": "weekly", "max_participants": 20},
    "RoomState": _ROOM,
    "Rooms": {"rooms": [_ROOM], "next": None},
    "JoinBody": {"name": "Ann", "consent": True},
    "JoinTicket": {
        "livekit_url": "wss://livekit.example.com",
        "token": "eyJhbGciOiJIUzI1NiJ9.e30.x",
        "identity": "person-0199f6d42a8c7b10a2c3d4e5f6071829",
        "room": ROOM,
        "session_id": SESSION,
        "opened_at": AT,
        "title": "weekly",
        "camera": False,
    },
    "Invite": {"invite": _INVITE},
    "MeetDoor": {"title": "weekly", "consent_needed": False, "camera": False, "vision": True},
    "MeetJoin": {"name": "Ann", "consent": True, "invite": _INVITE},
    "PageCode": {"code": "q1w2e3r4t5y6u7i8o9p0aa"},
    "PageDoor": {"code": "q1w2e3r4t5y6u7i8o9p0aa"},
    "PageVisitor": {"tenant_id": "acme", "scopes": ["admin", "read", "write"]},
    "Problem": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "There is no such session.",
    },
}
