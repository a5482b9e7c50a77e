"""Examples of the bodies about money: budgets, price tags, webhooks."""

from typing import Any, Final

KEY: Final = "0199f6d3-0c2a-7d55-8e11-6f2b9a7c4d10"
AT: Final = "2026-11-21T12:00:00Z"

_BUDGET: Final[dict[str, Any]] = {
    "currency": "USD",
    "month_limit_usd": "250",
    "session_limit_usd": "1.5",
    "hard": True,
    "time_zone": "Europe/Berlin",
    "ladder": {"fewer_frames": 70, "cheaper": 85, "text_only": 95},
    "alerts_at": [50, 80, 100],
}
_CREDIT: Final[dict[str, Any]] = {
    "credit_id": "6b0b7c59-6274-52e8-a066-17154fd7b8e1",
    "usd": "20",
    "reason": "Invoice 2026-117",
}
_URL: Final = "https://hooks.example.com/parley"
_WEBHOOK: Final[dict[str, Any]] = {"url": _URL, "made_at": AT, "made_by": KEY, "waiting": 0}
_LEGS: Final[list[dict[str, Any]]] = [
    {"leg": "found", "cost_usd": "0.00002", "estimate_usd": "0.00002", "confirmed": True},
    {"leg": "answered", "cost_usd": "0.0012", "estimate_usd": "0.0012", "confirmed": True},
]
_HEARD: Final[list[dict[str, Any]]] = [
    {"leg": "heard", "cost_usd": "0.0064", "estimate_usd": "0.0064", "confirmed": True}
]

BUDGET_EXAMPLES: Final[dict[str, Any]] = {
    "BudgetBody": {**_BUDGET, "version": 1},
    "BudgetState": {
        "tenant_id": "acme",
        "version": 2,
        "month": "2026-11",
        "limit_usd": "250",
        "spent_usd": "175.25",
        "held_usd": "0.004",
        "credit_usd": "20",
        "step": "full",
        "forecast_usd": "256.46",
        "budget": _BUDGET,
        "applied": True,
    },
    "CreditBody": _CREDIT,
    "Credit": {**_CREDIT, "added_at": AT, "added_by": KEY},
    "BudgetChanges": {
        "versions": [{"version": 2, "budget": _BUDGET, "changed_at": AT, "changed_by": KEY}],
        "credits": [{**_CREDIT, "added_at": AT, "added_by": KEY}],
    },
    "BudgetNotices": {
        "notices": [
            {
                "kind": "alert",
                "at": AT,
                "month": "2026-11",
                "step": None,
                "percent": 50,
                "spent_usd": "125.01",
                "limit_usd": "250",
                "webhook": {
                    "state": "waiting",
                    "attempts": 2,
                    "problem": "The receiver answered 503.",
                    "next_at": "2026-11-21T12:00:35Z",
                },
            }
        ]
    },
    "WebhookBody": {"url": _URL},
    "WebhookState": _WEBHOOK,
    "WebhookCreated": {**_WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "Assumptions": {
        "assumptions": [
            {
                "name": "Frames a question",
                "value": "one a second of the last minute before it",
                "source": None,
            }
        ]
    },
    "SessionCosts": {
        "session_id": "0199f6d2-7f1e-7c11-9b5c-0d6f3a1b2c3d",
        "legs": [*_HEARD, *_LEGS],
        "cost_usd": "0.00762",
        "estimate_usd": "0.00762",
        "turns": [
            {
                "turn_id": "bb1f3ec7-e00d-54a0-91b2-6e3a7bf4b775",
                "legs": _LEGS,
                "cost_usd": "0.00122",
                "estimate_usd": "0.00122",
            }
        ],
        "shared": {"legs": _HEARD, "cost_usd": "0.0064", "estimate_usd": "0.0064"},
    },
}
