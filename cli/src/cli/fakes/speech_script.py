"""What the fake providers of speech are to do, what they note, and how their voices sound."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Provider = Literal["deepgram", "elevenlabs", "cartesia", "rime"]

KEY: Final = "the-right-key"
SAMPLE_HZ: Final = 24_000
"""Of what the voices send."""
LETTER_MS: Final = 10
SAMPLES_A_LETTER: Final = LETTER_MS * SAMPLE_HZ // 1000
QUIET: Final = 1_000
"""Deepgram hears words in what is louder."""
TONE: Final[dict[Provider, int]] = {
    "deepgram": 0,
    "elevenlabs": 1_000,
    "cartesia": 2_000,
    "rime": 3_000,
}
"""Value of every sample that a voice sends, so that one hears who spoke."""


@dataclass(frozen=True)
class Say:
    """How one request goes.

    Attributes:
        text: that Deepgram hears.
        status: refuses with it, before anything else.
        slow_s: before the connection is answered.
        silent: takes everything and says nothing.
        cut: says half and drops the connection.
        close: says half and closes with this code.
        malformed: says something else than promised, and repeats the words in it.
        mute_after_s: of audio, Deepgram hears no more.
        letter_ms: how long a voice takes over a letter.
        wave: a voice's samples change their sign, so that an encoder has work with them.
    """

    text: str = "hello there"
    status: int | None = None
    slow_s: float = 0.0
    silent: bool = False
    cut: bool = False
    close: int | None = None
    malformed: bool = False
    mute_after_s: float | None = None
    letter_ms: int = LETTER_MS
    wave: bool = False

    def hears(self, at_s: float) -> bool:
        return not self.silent and (self.mute_after_s is None or at_s <= self.mute_after_s)


@dataclass
class Request:
    """One line of the journal."""

    provider: Provider
    path: str
    query: dict[str, str]
    key: str
    texts: list[str] = field(default_factory=list[str])
    audio_s: float = 0.0
    control: list[str] = field(default_factory=list[str])
    ended: str = "open"

    def as_json(self) -> dict[str, Any]:
        """Without key, query and content."""
        return {
            "provider": self.provider,
            "path": self.path,
            "ended": self.ended,
            "audio_s": self.audio_s,
            "characters": sum(map(len, self.texts)),
        }


def sound(provider: Provider, text: str, say: Say) -> bytes:
    """The text in the provider's tone, mono at SAMPLE_HZ; half of it when the request breaks."""
    samples = len(text) * say.letter_ms * SAMPLE_HZ // 1000
    if say.cut or say.close is not None:
        samples //= 2
    level = TONE[provider].to_bytes(2, "little")
    if say.wave:
        return (level + (-TONE[provider]).to_bytes(2, "little", signed=True)) * (samples // 2)
    return level * samples


def spoken_by(samples: Iterable[int]) -> list[str]:
    """Who is heard in these samples, in order, each once in a row."""
    who = {tone: name for name, tone in TONE.items() if tone}
    heard: list[str] = []
    for sample in samples:
        name = who.get(sample)
        if name is not None and heard[-1:] != [name]:
            heard.append(name)
    return heard
