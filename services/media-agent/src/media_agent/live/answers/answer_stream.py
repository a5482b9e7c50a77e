"""The words of one answer, on their way from the session feed to the people."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from contracts.conversation import RefusedReason
from contracts.feed import Accepted, Concluded
from media_agent.live.own_words import OwnWords
from media_agent.live.waiting import wait_for
from runtime.clock import Clock

MAX_PIECES: Final = 4_000
"""More than the characters of the longest answer a meeting gets."""


class AnswerStream:
    """Only what is accepted, in order; ends by itself when nothing more comes in time.

    Attributes:
        is_over: the turn is concluded, or given up: nothing more is taken.
        voided: nobody shall hear it: a newer turn is asked, or somebody spoke over it.
        refused: why there is no answer, where nothing came before the refusal.
    """

    def __init__(self, clock: Clock, own_words: OwnWords, *, timeout_s: float) -> None:
        """`timeout_s`: from now on, by which the answer must be concluded."""
        self._clock, self._own_words = clock, own_words
        self._until_s = clock.monotonic() + timeout_s
        self._run = 0
        self._sent = ""
        self._pieces: list[str] = []
        self._news = asyncio.Event()
        self.is_over = False
        self.voided = asyncio.Event()
        self.refused: RefusedReason | None = None

    @property
    def is_void(self) -> bool:
        return self.voided.is_set()

    @property
    def has_text(self) -> bool:
        return bool(self._pieces)

    @property
    def left_s(self) -> float:
        """Until the answer must be concluded."""
        return self._until_s - self._clock.monotonic()

    def accept(self, entry: Accepted) -> None:
        """Some words may be said."""
        if self.is_over or entry.run < self._run:
            return
        if entry.run > self._run:
            if self._sent:  # a router died in the middle of it, and another one begins
                self._append(f" {self._own_words('again')} ")
            self._run, self._sent = entry.run, ""
        self._sent += entry.text
        self._append(entry.text)

    def conclude(self, entry: Concluded) -> None:
        """Nothing more comes."""
        if self.is_over:
            return
        if entry.superseded:
            self.void()
            return
        if entry.answer is not None:
            text = entry.answer.text
            if text.startswith(self._sent):
                self._append(text[len(self._sent) :])
        elif entry.refusal is not None:
            self.refused = None if self._sent else entry.refusal.reason
            self._append(f" {entry.refusal.text}" if self._sent else entry.refusal.text)
        self._end()

    def void(self) -> None:
        """Forget it."""
        self.voided.set()
        self._end()

    async def coming(self, *, timeout_s: float | None = None) -> bool:
        """Wait for the first word, until the answer's own deadline at most. False: none came."""
        until_s = self._clock.monotonic() + (self.left_s if timeout_s is None else timeout_s)
        while not self._pieces and not self.is_over:
            left_s = min(until_s - self._clock.monotonic(), self.left_s)
            if not await wait_for(self._news.wait, left_s, self._clock):
                return False
        return True

    async def pieces(self) -> AsyncIterator[str]:
        """From the first on, as they come; a sentence about it when the end does not come."""
        at = 0
        while not self.is_void:
            if at < len(self._pieces):
                at += 1
                yield self._pieces[at - 1]
            elif self.is_over:
                return
            elif not await wait_for(self._news.wait, self.left_s, self._clock):
                self._append(f" {self._own_words('rest_lost')}")
                self._end()

    def _append(self, text: str) -> None:
        if text and len(self._pieces) < MAX_PIECES:
            self._pieces.append(text)
            self._notify()

    def _end(self) -> None:
        self.is_over = True
        self._notify()

    def _notify(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
