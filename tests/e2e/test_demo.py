"""The whole system on the sample meeting, through the command, as a person starts it."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from importlib.resources import files
from typing import Any

import httpx
import psutil
import pytest

from cli.client.gateway import Gateway
from cli.cluster.connection import Cluster, use_cluster
from cli.command_line.errors import Exit
from cli.command_line.options import DEFAULT_TENANT
from contracts.fact import Envelope
from contracts.http import UsageReport
from contracts.streams import stream_key
from contracts.usage import UsageIncurred
from runtime.redis_client import connect_redis
from support.page_address import addresses_in, tenant_let_in
from support.servers import private_data_dir

DEMO_TIMEOUT_S = 480
HEARD_TIMEOUT_MS = 1_500
"""Between the end of a question in the script and the end of its speech as it was found."""

pytestmark = pytest.mark.timeout(590)


@dataclass(frozen=True)
class Ran:
    """What one run of the demo left."""

    exit_code: int
    told: dict[str, Any]
    printed: str
    ledger: UsageReport
    stated: list[UsageIncurred]
    metrics: str

    def answer_to(self, question: dict[str, Any]) -> dict[str, Any]:
        """The one question asked when the script has it."""
        [answer] = [
            one
            for one in self.told["questions"]
            if abs(one["asked_at_ms"] - question["end_ms"]) < HEARD_TIMEOUT_MS
        ]
        return answer


def sample(name: str) -> dict[str, Any]:
    return json.loads((files("cli") / "sample" / name).read_text())


QUESTIONS: list[dict[str, Any]] = sample("questions.json")["questions"]


@pytest.fixture(scope="module")
def ran() -> Generator[Ran]:
    with private_data_dir() as data_dir, use_cluster(data_dir) as cluster:
        words = ["demo", "--once", "--json", "--speed", "max", "--data-dir", str(data_dir)]
        done = subprocess.run(
            [sys.executable, "-m", "cli", *words],
            capture_output=True,
            text=True,
            timeout=DEMO_TIMEOUT_S,
            check=False,
        )
        told = json.loads(done.stdout)
        assert "error" not in told, told
        with Gateway(cluster) as gateway:
            ledger = gateway.usage({"by": "model"})
        stated = asyncio.run(usage_stated(cluster))
        yield Ran(done.returncode, told, done.stderr, ledger, stated, scraped())


def scraped() -> str:
    """What all services of the cluster answer to a scraper."""
    texts: list[str] = []
    for process in psutil.Process().children(recursive=True):
        for connection in process.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                with suppress(httpx.HTTPError):
                    url = f"http://127.0.0.1:{connection.laddr.port}/metrics"
                    texts.append(httpx.get(url, timeout=2).text)
    return "\n".join(texts)


async def usage_stated(cluster: Cluster) -> list[UsageIncurred]:
    """Every use of a model as it was stated, each once."""
    assert cluster.redis_url is not None
    redis = connect_redis(cluster.redis_url)
    try:
        entries: Any = await redis.xrange(stream_key(UsageIncurred.event_type, 0))
    finally:
        await redis.aclose()
    parse = Envelope[UsageIncurred].model_validate_json
    events = [parse(fields[b"__data__"]) for _, fields in entries]
    return list({event.id: event.data for event in events}.values())


def test_the_demo_ends_well_and_leaves_nothing_behind(ran: Ran) -> None:
    assert ran.exit_code == Exit.DONE, ran.printed
    assert (ran.told["pending_facts"], ran.told["dead_letters"]) == (0, 0)
    assert ran.told["meeting"]["ended"] == "completed"
    assert {one["status"] for one in ran.told["documents"]} == {"indexed"}


def test_what_was_said_was_heard(ran: Ran) -> None:
    starts = [one["start_ms"] for one in ran.told["transcript"]]
    for line in sample("questions.json")["lines"]:
        assert any(abs(start - line["start_ms"]) < HEARD_TIMEOUT_MS for start in starts), line


def test_only_questions_are_taken_for_questions(ran: Ran) -> None:
    assert len(ran.told["questions"]) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one["id"])
def test_each_question_is_answered_rightly_from_its_source(
    ran: Ran, question: dict[str, Any]
) -> None:
    answer = ran.answer_to(question)
    assert answer["state"] == "answered"
    assert answer["abstained"] == question["must_abstain"], answer["answer"]
    for ways in question["must_contain"]:
        assert any(way.lower() in answer["answer"].lower() for way in ways), answer["answer"]
    if question["outdated"] is not None:
        assert question["outdated"]["says"] not in answer["answer"]
    for source in question["sources"]:
        assert any(names(cited, source) for cited in answer["sources"]), answer["sources"]


def names(cited: dict[str, Any], source: dict[str, Any]) -> bool:
    """Whether an answer's source is the script's."""
    if "document" in source:
        return cited.get("document") == source["document"]
    shown_at_ms = cited.get("screen_at_ms", -1)
    return source["screen_from_ms"] <= shown_at_ms <= source["screen_until_ms"]


def test_changes_of_the_screen_were_kept_and_the_rest_was_not(ran: Ran) -> None:
    frames = ran.told["frames"]
    assert frames["seen"] > 900
    assert sum(frames["by_reason"].values()) == frames["kept"]
    assert len(sample("changes.json")["changes"]) <= frames["kept"] < frames["seen"] / 10


def test_the_ledger_is_what_was_stated_and_a_saving_is_named(ran: Ran) -> None:
    stated: dict[tuple[str, str], Decimal] = {}
    for used in ran.stated:
        row = (used.model, used.unit)
        stated[row] = stated.get(row, Decimal(0)) + used.quantity
    ledger = {(str(row.model), row.unit): row.quantity for row in ran.ledger.rows}
    assert ledger == stated
    assert {"stt", "ocr", "embedding", "llm"} <= {used.kind for used in ran.stated}
    with localcontext(Context(prec=100)):  # exact: nothing is rounded on the way
        assert ran.ledger.total_usd == sum(used.cost_usd for used in ran.stated) == 0
        assert ran.ledger.estimate_usd == sum(used.estimate_usd for used in ran.stated) > 0
    assert 0 < ran.told["cost"]["saving_ratio"] < 1


def test_one_address_is_printed_and_it_opens_the_page(ran: Ran) -> None:
    [address] = addresses_in(ran.printed)
    assert tenant_let_in(address) == DEFAULT_TENANT


def test_a_person_sees_it_as_it_happens(ran: Ran) -> None:
    for question in ran.told["questions"]:
        assert question["text"] in ran.printed
        assert question["answer"] in ran.printed
    assert "[screen, first]" in ran.printed
    assert "the baseline" in ran.printed


@pytest.mark.parametrize(
    "series",
    [
        'ai_requests_total{complexity="[a-z]+",model="local:[^"]+",success="true",tenant_id="T"}',
        'ai_request_duration_seconds_bucket{le="0.1",model="local:[^"]+"}',
        'ai_tokens_total{model="local:[^"]+",tenant_id="T",token_type="input"}',
        'ai_cost_total{model="local:[^"]+",tenant_id="T"}',
        'frame_processing_total{action="kept",tenant_id="T"}',
        'frame_processing_total{action="described",tenant_id="T"}',
        'frame_deduplication_rate{tenant_id="T"} 0\\.9',
        'cache_hits_total{cache_type="sentence_vector"}',
        'cache_misses_total{cache_type="question_vector"}',
    ],
)
def test_the_metrics_that_people_look_for_are_exported_by_the_services(
    ran: Ran, series: str
) -> None:
    pattern = series.replace("{", r"\{").replace("}", r"\}").replace('"T"', f'"{DEFAULT_TENANT}"')
    assert re.search(f"^{pattern}", ran.metrics, re.MULTILINE), series
