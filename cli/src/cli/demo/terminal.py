"""What a person sees of a meeting: lines as things happen, a bar that says how far it is."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from cli.cluster.connection import Cluster
from contracts.conversation import PassageSource, Source
from contracts.feed import Concluded, Described, Ended, FeedEntry, Framed, Heard, Started
from contracts.http import Answer, Document, SessionSummary, Snapshot
from contracts.knowledge import TakenAs
from contracts.media import FrameKept, MeetingEnded, MeetingStarted

LINES_SHOWN: Final = 3
LINE_CHARS: Final = 60
MS_A_SECOND: Final = 1_000
INDENT: Final = " " * 8


class Terminal:
    """Prints to standard error; plain lines where that is no terminal. Repeats are dropped."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._frames: dict[UUID, FrameKept] = {}
        self._questions: dict[UUID, tuple[str, int]] = {}
        self._read_before: set[str] = set()
        self._shown: set[object] = set()

    @contextmanager
    def progress(self) -> Generator[None]:
        """A bar below the lines, while the meeting plays."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as self._bar:
            self._task = self._bar.add_task("waiting for the meeting", total=None)
            yield
        self._bar, self._task = None, None

    def rehearsal(self) -> None:
        text = "rehearsal: the hosted models are fakes on this machine, and no money is spent"
        self._say(Text(text, style="bold"))

    def documents(self, documents: Sequence[Document]) -> None:
        for one in documents:
            how = f"{one.passages} passages" if one.passages is not None else one.status
            self._say(Text(f"{one.name}: {one.reason or how}", style=_doubt(one)))

    def entry(self, entry: FeedEntry) -> None:
        match entry:
            case Started(meeting=meeting):
                self._started(meeting)
            case Heard(utterance=heard, turn_id=turn_id):
                self._heard(heard.start_ms, heard.end_ms, heard.speaker, heard.text, turn_id)
            case Framed(frame=frame):
                self._frames[frame.frame_id] = frame
                self._reach(frame.shown_at_ms)
            case Described() as described:
                self._described(described)
            case Concluded() as concluded:
                self._concluded(concluded)
            case Ended(meeting=meeting):
                self._ended(meeting)
            case _:
                pass  # drafts and pieces of an answer: the whole of it comes as concluded

    def snapshot(self, snapshot: Snapshot) -> None:
        """What was missed while the connection was away."""
        asked = {(one.asked_at_ms, one.text): one.turn_id for one in snapshot.questions}
        for one in snapshot.transcript:
            turn_id = asked.get((one.end_ms, one.text))
            self._heard(one.start_ms, one.end_ms, one.speaker, one.text, turn_id)
        self.learn(snapshot.questions)
        self._answers(snapshot.questions)

    def catch_up(self, summary: SessionSummary) -> None:
        """What was answered after the last event that was followed."""
        self.learn(summary.questions)
        self._answers(summary.questions)

    def knows(self, turn_id: UUID) -> bool:
        return turn_id in self._questions

    def learn(self, questions: Iterable[Answer]) -> None:
        for one in questions:
            self._questions.setdefault(one.turn_id, (one.text, one.asked_at_ms))

    def totals(self, summary: SessionSummary) -> None:
        cost, frames = summary.cost, summary.frames
        states = [one.state for one in summary.questions]
        named = ", ".join(
            f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states))
        )
        self._say(Text(""))
        for note in summary.notes:
            self._say(Text(f"note        {note.sentence}", style="yellow"))
        self._say(Text(f"frames      {frames.seen} seen, {frames.kept} kept"))
        self._say(Text(f"questions   {len(states)}{f': {named}' if named else ''}"))
        self._say(Text(f"spent       {_usd(cost.spent_usd)}"))
        self._say(Text(f"estimate    {_usd(cost.estimate_usd)} with the default providers"))
        if cost.baseline_usd is not None:
            self._say(Text(f"baseline    {_usd(cost.baseline_usd)} ({cost.baseline})"))
        if cost.saving_ratio is not None:
            self._say(Text(f"saving      {cost.saving_ratio:.1%} of the baseline"))
        if cost.saving_note is not None:
            self._say(Text(f"            {cost.saving_note}", style="yellow"))
        self._say(Text(f"session     {summary.session_id}"))

    def page(self, address: str | None, url: str) -> None:
        """Where the same can be watched. Ends its line, whole: terminals then let one click it.

        Args:
            address: opens the page as it stands; None where none can be had.
            url: the gateway's, whose page then asks for the key.
        """
        said = f"Watch it at {address}" if address else f"Watch it, with your API key, at {url}"
        self._console.print(Text(said), soft_wrap=True)

    def invite(self, cluster: Cluster, session_id: UUID, tenant: str, data: Path | None) -> None:
        ask = f'parley ask "..." --session {session_id}'
        if cluster.data_dir is None:  # somebody's cluster: the key says whose the session is
            ask = f"PARLEY_URL={cluster.url} {ask}"
        else:
            ask += f" --tenant {tenant}{f' --data-dir {data}' if data else ''}"
        self._say(Text("\nThe page stays until Ctrl-C. Ask there, or in another terminal:"))
        self._say(Text(f"  {ask}", style="bold"))

    def _started(self, meeting: MeetingStarted) -> None:
        if not self._is_new("started"):
            return
        length = "" if meeting.duration_ms is None else f", {clock(meeting.duration_ms)} long"
        self._say(Text(f"{meeting.name}{length}", style="bold"))
        if not meeting.has_audio:
            self._say(Text("It has no sound, so nothing will be heard.", style="yellow"))
        if not meeting.has_video:
            self._say(Text("It has no picture, so nothing will be seen.", style="yellow"))
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=meeting.duration_ms, description=meeting.name)

    def _heard(
        self, start_ms: int, end_ms: int, speaker: str, text: str, turn_id: UUID | None
    ) -> None:
        if turn_id is not None:
            self._questions.setdefault(turn_id, (text, end_ms))
        if not self._is_new(("heard", speaker, start_ms)):
            return
        self._reach(end_ms)
        style = "" if turn_id is None else "bold cyan"
        self._line(start_ms, Text(f"{speaker}: {text}", style=style))

    def _described(self, described: Described) -> None:
        frame = self._frames.get(described.frame_id)
        if not self._is_new(("described", described.frame_id)):
            return
        reason = frame.reason if frame is not None else "kept"
        read = [line.text for line in described.lines if line.text.strip()]
        # What stood there before, such as a browser's own bars, was shown with that frame.
        lines = [text for text in read if text not in self._read_before]
        self._read_before |= set(read)
        shown = " | ".join(text[:LINE_CHARS] for text in lines[:LINES_SHOWN])
        more = f" (+{len(lines) - LINES_SHOWN} lines)" if len(lines) > LINES_SHOWN else ""
        nothing = "no text" if not read else "nothing new to read"
        nothing = "not read, a newer one came" if described.shed else nothing
        self._line(
            described.shown_at_ms,
            Text(f"[screen, {reason}] {shown or nothing}{more}", style="dim"),
        )

    def _concluded(self, one: Concluded) -> None:
        if not self._is_new(("concluded", one.turn_id)):
            return
        text, asked_at_ms = self._questions.get(one.turn_id, ("", 0))
        if one.answer is not None:
            self._answered(asked_at_ms, text, one.answer.text)
            self._taken_as(one.answer.taken_as)
            self._why(one.answer.sources, one.answer.cost_usd, one.answer.latency_ms)
        elif one.refusal is not None:
            self._line(asked_at_ms, Text(f"? {text}", style="bold cyan"))
            self._say(Text(f"{INDENT}refused: {one.refusal.text}", style="red"))
        else:
            self._say(Text(f"{INDENT}a newer question took the place of: {text}", style="dim"))

    def _answers(self, questions: Iterable[Answer]) -> None:
        for one in questions:
            if one.answer is None or not self._is_new(("concluded", one.turn_id)):
                continue
            self._answered(one.asked_at_ms, one.text, one.answer)
            self._taken_as(one.taken_as)
            self._why(one.sources, one.cost_usd, one.latency_ms)

    def _answered(self, asked_at_ms: int, question: str, answer: str) -> None:
        self._line(asked_at_ms, Text(f"? {question}", style="bold cyan"))
        self._say(Text(f"{INDENT}{answer}", style="bold green"))

    def _taken_as(self, taken_as: Iterable[TakenAs]) -> None:
        for one in taken_as:
            said = f'{INDENT}heard "{one.heard}", taken as "{one.taken}"'
            self._say(Text(said, style="dim"))

    def _why(
        self, sources: Sequence[Source], cost_usd: Decimal, latency_ms: dict[str, int]
    ) -> None:
        named = list(dict.fromkeys(_named(source) for source in sources))
        took = f"{latency_ms['total']} ms" if "total" in latency_ms else ""
        parts = [", ".join(named) or "no source", _usd(cost_usd), took]
        self._say(Text(f"{INDENT}{' · '.join(part for part in parts if part)}", style="dim"))

    def _ended(self, meeting: MeetingEnded) -> None:
        if not self._is_new("ended"):
            return
        self._reach(meeting.duration_ms)
        if meeting.reason == "completed":
            self._say(Text(f"The meeting ended after {clock(meeting.duration_ms)}."))
            return
        said = meeting.detail or f"The meeting ended early ({meeting.reason})."
        self._say(Text(said, style="yellow"))

    def _reach(self, at_ms: int) -> None:
        if self._bar is not None and self._task is not None:
            so_far = self._bar.tasks[0].completed
            self._bar.update(self._task, completed=max(so_far, at_ms))

    def _is_new(self, what: object) -> bool:
        if what in self._shown:
            return False
        self._shown.add(what)
        return True

    def _line(self, at_ms: int, text: Text) -> None:
        self._say(Text.assemble((f"{clock(at_ms):>6}  ", "dim"), text))

    def _say(self, text: Text) -> None:
        self._console.print(text)


def clock(at_ms: int) -> str:
    """A time as `m:ss`."""
    minutes, seconds = divmod(at_ms // MS_A_SECOND, 60)
    return f"{minutes}:{seconds:02d}"


def _named(source: Source) -> str:
    if isinstance(source, PassageSource):
        return source.document + ("" if source.page is None else f" p. {source.page}")
    return f"screen at {clock(source.screen_at_ms)}"


def _usd(amount: Decimal) -> str:
    return f"${amount:.6f}".rstrip("0").rstrip(".") if amount else "$0"


def _doubt(document: Document) -> str:
    return "red" if document.status == "rejected" else ""
