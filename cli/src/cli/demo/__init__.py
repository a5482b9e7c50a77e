"""`parley demo`: a recorded meeting, heard, seen and answered, by the front door."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.client.gateway import Gateway
from cli.client.last_session import LastSession
from cli.cluster.child_cluster import StartOptions
from cli.cluster.connection import Cluster, use_cluster
from cli.command_line.errors import Exit
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, require_file
from cli.command_line.output import print_json
from cli.demo.playback import PlayedMeeting, keep_following, play
from cli.demo.rehearsal import rehearsed_models
from cli.demo.terminal import Terminal
from cli.knowledge import File, add_files, files_in
from contracts.http import Document

Speed = Literal["real", "max"]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Of a cluster that is started; 0: any.")
]


@dataclass(frozen=True)
class _Inputs:
    """What is played and what is known; checked before anything is started."""

    meeting: Path
    documents: Sequence[File]
    tenant: str


def command(  # noqa: PLR0913, PLR0917 - one argument an option
    meeting: Annotated[
        Path | None,
        typer.Option("--meeting", readable=False, help="A recording of yours, for the sample's."),
    ] = None,
    knowledge: Annotated[
        list[Path] | None,
        typer.Option("--knowledge", readable=False, help="Documents of yours; repeatable."),
    ] = None,
    speed: Annotated[Speed, typer.Option("--speed", help="`max` leaves the pauses out.")] = "real",
    port: Port = 0,
    target: Annotated[
        str | None, typer.Option("--target", help="A cluster's address; PARLEY_API_KEY its key.")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="On whose behalf; made where it is missing.")
    ] = None,
    data_dir: DataDir = None,
    providers: Annotated[
        Literal["fake"] | None,
        typer.Option(
            "--providers", help="`fake`: a rehearsal with three hosted tiers that only seem so."
        ),
    ] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="End when the meeting has ended.")] = False,
    as_json: Json = False,
) -> int:
    """Play a meeting and show what is heard, seen and answered as it happens.

    Example: parley demo --meeting talk.mp4 --knowledge manual.pdf --knowledge faq.md
    """
    with as_file(files("cli") / "sample") as sample:
        inputs = _inputs(sample, meeting, knowledge or [], tenant)
        with (
            _rehearsed(providers) as environment,
            use_cluster(
                data_dir,
                tenant=inputs.tenant,
                make_tenant=True,
                target=target,
                start=StartOptions(port, environment=environment, alone=providers is not None),
            ) as cluster,
            Gateway(cluster) as gateway,
        ):
            terminal = Terminal()
            terminal.page(gateway.page_address(), cluster.url)
            if providers is not None:
                terminal.rehearsal()
            documents = add_files(gateway, inputs.documents) if inputs.documents else []
            terminal.documents(documents)
            session = gateway.open_session(inputs.meeting.name)
            LastSession(cluster, data_dir).remember(session.session_id)
            played = play(gateway, session.session_id, inputs.meeting, speed, terminal)
            terminal.totals(played.summary)
            if as_json:
                rehearsal = {"rehearsal": True} if providers else {}
                print_json(_result(played, documents, cluster) | rehearsal)
            if not once:
                terminal.invite(cluster, played.session_id, inputs.tenant, data_dir)
                keep_following(gateway, played, terminal)
    return Exit.NOT_GOOD if played.disappoints or _rejected(documents) else Exit.DONE


def _rehearsed(providers: str | None) -> AbstractContextManager[Mapping[str, str]]:
    return nullcontext(dict[str, str]()) if providers is None else rehearsed_models()


def _inputs(
    sample: Path, meeting: Path | None, knowledge: Sequence[Path], tenant: str | None
) -> _Inputs:
    """The sample's parts, unless own ones are named; those are another tenant's knowledge."""
    if meeting is not None:
        require_file(meeting)
    own = meeting is not None or bool(knowledge)
    # The sample's documents would answer questions of another meeting wrongly.
    paths = list(knowledge) or ([] if own else [sample / "knowledge"])
    documents = files_in(paths) if paths else []
    played = meeting or sample / "meeting.mp4"
    return _Inputs(
        played, documents, tenant or (_own_tenant([played, *paths]) if own else DEFAULT_TENANT)
    )


def _own_tenant(paths: Sequence[Path]) -> str:
    """The same files are the same tenant again, and other files another."""
    names = "\n".join(sorted(str(path.resolve()) for path in paths))
    return f"own-{sha256(names.encode()).hexdigest()[:12]}"


def _rejected(documents: Sequence[Document]) -> bool:
    return any(document.status == "rejected" for document in documents)


def _result(
    played: PlayedMeeting, documents: Sequence[Document], cluster: Cluster
) -> dict[str, Any]:
    return {
        **played.summary.model_dump(mode="json"),
        "documents": [document.model_dump(mode="json") for document in documents],
        "started_in_ms": cluster.started_in_ms,
    }
