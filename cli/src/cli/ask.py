"""`parley ask`: one question in writing, and its answer with where it comes from."""

from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.status import Status

from cli.client.answer_listener import AnswerListener, committed_answer
from cli.client.gateway import Gateway
from cli.client.last_session import LastSession
from cli.cluster.connection import use_cluster
from cli.command_line.errors import CliError, Exit, bad_input
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json
from contracts.conversation import MAX_QUESTION_CHARS, ScreenSource, Source
from contracts.http import Answer, MessageAccepted
from runtime.ids import new_id

ANSWERED_TIMEOUT_S: Final = 90.0
"""A chat turn's own deadline is 60 s; a killed worker adds its takeover."""
SESSION_IS_OVER: Final = frozenset({"conflict", "not_found"})
"""The gateway's codes for a session that is closed, and for one that is not there."""


def command(
    text: Annotated[str, typer.Argument(help="The question.")],
    session: Annotated[
        UUID | None,
        typer.Option("--session", help="Ask within it; without, a session of its own."),
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Ask within the last session, as a follow-up.")
    ] = False,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Ask a question in writing.

    The last session is that of the last `parley ask` or `parley demo` with the same key.

    Example: parley ask "How long may a project be tried for free?" --json

    Example: parley ask "And how much is it then?" --continue
    """
    question = _checked(text)
    if go_on and session is not None:
        raise bad_input(
            "two_sessions", "--session and --continue each name a session.", "Give one of them."
        )
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        last = LastSession(cluster, data_dir)
        if go_on:
            session_id = last.recall()
        else:
            session_id = session or gateway.open_session("parley ask").session_id
        asked = _ask(gateway, session_id, question, go_on=go_on)
        last.remember(session_id)
        with (
            AnswerListener(gateway, session_id) as answers,
            Status("waiting for the answer", console=Console(stderr=True)),
        ):
            answers.concluded(asked.turn_id, timeout_s=ANSWERED_TIMEOUT_S)
            answer = committed_answer(gateway, session_id, asked.turn_id)
    if as_json:
        print_json({"answer": answer.model_dump(mode="json"), "session_id": session_id})
    else:
        _print(answer, session_id)
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


def _ask(gateway: Gateway, session_id: UUID, question: str, *, go_on: bool) -> MessageAccepted:
    """Ask; a last session that takes no question any more is bad input, never a new session.

    A follow-up in a new session would be understood without what it follows.
    """
    try:
        return gateway.ask(session_id, question, key=str(new_id()))
    except CliError as error:
        if not go_on or error.code not in SESSION_IS_OVER:
            raise
        raise bad_input(
            "session_over",
            f"The last session, {session_id}, was closed or is no longer there.",
            "Ask without --continue, which opens a new one, or name another with --session.",
        ) from error


def _print(answer: Answer, session_id: UUID) -> None:
    console = Console(highlight=False)
    console.print(answer.answer or "", markup=False)
    for one in answer.taken_as:
        console.print(f'  heard "{one.heard}", taken as "{one.taken}"', style="dim", markup=False)
    for source in answer.sources:
        console.print(f"  {_named(source)}", style="dim", markup=False)
    console.print(f"  session {session_id}", style="dim")


def _named(source: Source) -> str:
    quote = " ".join(source.quote.split())
    if isinstance(source, ScreenSource):
        return f"screen at {source.screen_at_ms / 1000:.1f} s: {quote}"
    page = f", page {source.page}" if source.page is not None else ""
    return f"{source.document}{page}: {quote}"
