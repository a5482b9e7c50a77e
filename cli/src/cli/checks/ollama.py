"""Does an Ollama run on this machine? Its models answer without a key."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import httpx

from cli.checks import CheckResult

LOCAL: Final = "http://127.0.0.1:11434"
ANSWER_TIMEOUT_S: Final = 0.5
MAX_SHOWN: Final = 5


def check_ollama(*, is_used: bool, url: str = LOCAL) -> CheckResult:
    """Found and offered; that there is none is no fault."""
    try:
        told: Any = httpx.get(f"{url}/api/tags", timeout=ANSWER_TIMEOUT_S).json()
        models = [
            str(row["name"])
            for row in cast("list[Mapping[str, Any]]", told["models"])
            if _says(row)
        ]
    except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError):
        return CheckResult("ollama", True, "none on this machine, optional")
    if not models:
        hint = "`ollama pull qwen3:8b` gets a model that answers."
        return CheckResult("ollama", True, f"runs at {url}, without a model that answers", hint)
    more = f", and {len(models) - MAX_SHOWN} more" if len(models) > MAX_SHOWN else ""
    found = f"runs at {url}: {', '.join(models[:MAX_SHOWN])}{more}"
    return CheckResult("ollama", True, found, "" if is_used else _offer(url, models))


def _says(row: Mapping[str, Any]) -> bool:
    """Whether it writes text; those that only embed are BERTs."""
    return "bert" not in str(row.get("details", {}).get("family", ""))


def _offer(url: str, models: Sequence[str]) -> str:
    tiers = f'[{{"name":"own","models":["openai-compatible:{models[0]}"]}}]'
    return f"To use it: OPENAI_COMPATIBLE_BASE_URL={url}/v1 LLM_ROUTER_TIERS='{tiers}'"
