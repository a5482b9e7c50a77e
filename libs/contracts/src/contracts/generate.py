"""Writes what is derived from the contracts: JSON Schemas, the AsyncAPI document, the reference.

`python -m contracts.generate` writes, and refuses to write a schema that breaks what is published;
`--check` fails (exit 1) where a committed file is stale.
"""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from contracts.compatibility import broken_promises
from contracts.document_warnings import SENTENCES
from contracts.fact import Envelope
from contracts.feed import FEED_ENTRY
from contracts.streams import CATALOGUE, Group, Stream, stream_key
from contracts.tenants import PLANS, PlanLimits, TenantConfig

ROOT: Final = Path(__file__).parents[4]
SCHEMAS: Final = Path("libs/contracts/schemas")
REFERENCE: Final = Path("docs/reference/facts.md")
TENANTS: Final = Path("docs/reference/tenant-configuration.md")
WARNINGS: Final = Path("docs/reference/document-warnings.md")


def schema_of(stream: Stream) -> dict[str, Any]:
    """JSON Schema (2020-12) of the envelope with this fact."""
    return Envelope[stream.fact].model_json_schema() | {"title": stream.name}


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: a channel a stream, operations by service."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for stream in CATALOGUE:
        name = stream.name.replace(".", "_")
        channels[name] = {
            "address": stream_key(stream.name, 0),
            "description": f"Ordered by {stream.ordered_by}; kept {_span(stream.retention)}.",
            "messages": {
                name: {
                    "name": stream.name,
                    "contentType": "application/json",
                    "payload": {"$ref": f"{stream.name}.json"},
                }
            },
        }
        channel = {"$ref": f"#/channels/{name}"}
        for writer in stream.writers:
            operations[f"{writer}_states_{name}"] = {"action": "send", "channel": channel}
        for group in stream.readers:
            operations[f"{group.service}_reads_{name}"] = {"action": "receive", "channel": channel}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Parley facts", "version": "1"},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
    }


def reference() -> str:
    """The catalogue as a page."""
    lines = [
        "# Facts and streams",
        "",
        "Generated from `libs/contracts/src/contracts/streams.py` by `make generate`; edit that.",
        "",
        "| fact | what it says | stated by | read by (deadline) | ordered by | kept |",
        "|---|---|---|---|---|---|",
    ]
    for stream in CATALOGUE:
        says = (stream.fact.__doc__ or "").strip().split("\n")[0]
        readers = ", ".join(_reader(group) for group in stream.readers) or "nobody yet"
        lines.append(
            f"| `{stream.name}` | {says} | {', '.join(stream.writers)} | {readers} "
            f"| {stream.ordered_by} | {_span(stream.retention)} |"
        )
    return "\n".join([*lines, ""])


def tenant_reference() -> str:
    """What a tenant may have, and how it is configured, as a page."""
    lines = [
        "# Tenant configuration",
        "",
        "Generated from `libs/contracts/src/contracts/tenants.py` by `make generate`; edit that.",
        "",
        "A tenant's administrator sets it with `PUT /v1/tenant/config` (a key with `admin`), the "
        "cluster's owner with `parley tenants set NAME`. It is checked, saved with a version, and "
        "every service follows it within seconds. What a `PUT` leaves out gets its default; what "
        "is not in this table is refused.",
        "",
        "| setting | values | default | what it does |",
        "|---|---|---|---|",
    ]
    settings = TenantConfig.model_json_schema()["properties"]
    for name, setting in settings.items():
        default = json.dumps(setting["default"])
        lines.append(f"| `{name}` | {_values(setting)} | `{default}` | {setting['description']} |")
    return "\n".join([*lines, *_plans()]) + "\n"


def warnings_reference() -> str:
    """What may be left out of a document, as a page."""
    lines = [
        "# Warnings of a document",
        "",
        "Generated from `libs/contracts/src/contracts/document_warnings.py` by `make generate`; "
        "edit that.",
        "",
        "What a document holds and Parley did not read cannot be found, so whoever uploaded it is "
        "told: `warnings [{code, where, text}]` of each document in `POST /v1/knowledge` and "
        "`GET /v1/knowledge`, on the page, and in `parley knowledge add`. The document is indexed "
        "all the same. `where` is for people (`page 2`, `sheet Costs`) and empty when it is the "
        "whole file; `text` is place and sentence. A code is never renamed; a client shows the "
        "`text` of one that it does not know.",
        "",
        "| code | what it means |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| `{code}` | {text} |" for code, text in SENTENCES.items()), ""])


def _plans() -> list[str]:
    lines = [
        "",
        "## Plans",
        "",
        "Only the cluster's owner sets one: `parley tenants set NAME --tier PLAN`. Above a limit "
        "the answer is 429 with `Retry-After`. Windows slide: a minute is any 60 seconds.",
        "",
        f"| limit | {' | '.join(PLANS)} | what it counts |",
        f"|---|{'---|' * len(PLANS)}---|",
    ]
    described = PlanLimits.model_json_schema()["properties"]
    for name in PlanLimits.model_fields:
        limits = " | ".join(_limit(getattr(plan, name)) for plan in PLANS.values())
        lines.append(f"| `{name}` | {limits} | {described[name]['description']} |")
    return lines


def _values(setting: dict[str, Any]) -> str:
    """What a setting may be, from its JSON Schema: in words, or each value that it names."""
    if "enum" in setting:
        return ", ".join(f"`{value}`" for value in setting["enum"])
    match setting["type"]:
        case "boolean":
            return "`true`, `false`"
        case "integer":
            return f"{setting['minimum']:,} to {setting['maximum']:,}"
        case "string":
            return f"text, at most {setting['maxLength']:,} characters"
        case "array":
            each = {_values(item) for item in setting["prefixItems"]}
            return f"{setting['maxItems']} numbers, each {' or '.join(sorted(each))}"
        case kind:
            raise ValueError(f"no words yet for a setting of type {kind}")


def _limit(value: bool | int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}"


def _reader(group: Group) -> str:
    limits = ["for ever" if group.deadline is None else _span(group.deadline)]
    if group.expiry is not None:
        limits.append(f"passed over after {_span(group.expiry)}")
    if group.given_up is not None:
        limits.append(f"given up as {group.given_up.__name__}")
    return f"{group.service} ({'; '.join(limits)})"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file, by its path in the repository."""
    for stream in CATALOGUE:
        yield SCHEMAS / f"{stream.name}.json", _json(schema_of(stream))
    yield SCHEMAS / "feed_entry.json", _json(FEED_ENTRY.json_schema())
    yield SCHEMAS / "asyncapi.json", _json(asyncapi())
    yield REFERENCE, reference()
    yield TENANTS, tenant_reference()
    yield WARNINGS, warnings_reference()


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def main() -> int:
    check, unpublished = "--check" in sys.argv, "--unpublished" in sys.argv
    stale = [
        (ROOT / path, text)
        for path, text in generated()
        if not (ROOT / path).exists() or (ROOT / path).read_text() != text
    ]
    broken = [] if unpublished else [line for file, text in stale for line in _broken(file, text)]
    for line in broken:
        sys.stderr.write(f"{line}: make a new version (or --unpublished, if nobody has it yet)\n")
    for file, text in stale:
        sys.stderr.write(f"{'stale' if check or broken else 'written'}: {file.relative_to(ROOT)}\n")
        if not check and not broken:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    if check and stale:
        sys.stderr.write("Run `make generate` and commit what it writes.\n")
    return int(bool(broken) or (check and bool(stale)))


def _broken(file: Path, text: str) -> list[str]:
    if file.parent != ROOT / SCHEMAS or not file.exists() or file.name == "asyncapi.json":
        return []
    found = broken_promises(json.loads(file.read_text()), json.loads(text))
    return [f"{file.stem}: {line}" for line in found]


if __name__ == "__main__":
    sys.exit(main())
