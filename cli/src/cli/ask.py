"""`parley ask`: one question in writing, and its answer with where it comes from."""

from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.status import Status

from cli.client.answer_listener import AnswerListener, committed_answer
from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import Exit, bad_input
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json
from contracts.conversation import MAX_QUESTION_CHARS, ScreenSource, Source
from contracts.http import Answer
from runtime.ids import new_id

ANSWERED_TIMEOUT_S: Final = 90.0
"""A chat turn's own deadline is 60 s; a killed worker adds its takeover."""


def command(
    text: Annotated[str, typer.Argument(help="The question.")],
    session: Annotated[
        UUID | None,
        typer.Option("--session", help="Ask within it; without, a session of its own."),
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Ask a question in writing.

    Example: parley ask "How long may a project be tried for free?" --json
    """
    question = _checked(text)
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        session_id = session or gateway.open_session("parley ask").session_id
        asked = gateway.ask(session_id, question, key=str(new_id()))
        with (
            AnswerListener(gateway, session_id) as answers,
            Status("waiting for the answer", console=Console(stderr=True)),
        ):
            answers.concluded(asked.turn_id, timeout_s=ANSWERED_TIMEOUT_S)
            answer = committed_answer(gateway, session_id, asked.turn_id)
    if as_json:
        print_json({"answer": answer.model_dump(mode="json"), "session_id": session_id})
    else:
        _print(answer)
    if answer.state != "answered":
        raise typer.Exit(Exit.NOT_GOOD)


def _checked(text: str) -> str:
    question = text.strip()
    if not question:
        raise bad_input("empty_question", "The question is empty.", 'Try: parley ask "What is …?"')
    if len(question) > MAX_QUESTION_CHARS:
        raise bad_input(
            "question_too_long",
            f"The question has {len(question)} characters; at most {MAX_QUESTION_CHARS} are taken.",
            "Put long texts into a document: parley knowledge add FILE",
        )
    return question


def _print(answer: Answer) -> None:
    console = Console(highlight=False)
    console.print(answer.answer or "", markup=False)
    for source in answer.sources:
        console.print(f"  {_named(source)}", style="dim", markup=False)


def _named(source: Source) -> str:
    quote = " ".join(source.quote.split())
    if isinstance(source, ScreenSource):
        return f"screen at {source.screen_at_ms / 1000:.1f} s: {quote}"
    page = f", page {source.page}" if source.page is not None else ""
    return f"{source.document}{page}: {quote}"
