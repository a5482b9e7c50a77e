"""Is Parley heard when it is called, and only then, by the offline ear?

    PYTHONPATH=tests python tests/evals/name.py

Questions to Parley, sentences that call somebody else or nobody, and noise (support.media.called),
heard while the name is listened for, and plainly for comparison: how many questions and sentences
are taken for a question to Parley, and how many are lost as silence; how often Whisper repeated
itself while it listened, so that the sound was heard again; seconds an utterance.

Whisper's int8 arithmetic, and so what it hears, depends on the processor. Other processors' can be
had on an Intel one: CT2_FORCE_CPU_ISA=AVX2 alone (MKL), and with CT2_USE_MKL=0 and
ONEDNN_MAX_CPU_ISA=AVX2 (oneDNN, as on an AMD one).
"""

import sys
import time
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any, Final

from numpy.typing import NDArray

from contracts.rooms import SPOKEN_NAME
from local_models.speech_to_text import SpeechModel, Whisper, whisper_base
from media_agent.domain.conversation.addressing import addressed_by
from support.media.called import CUTS_MS, OTHERS, QUESTIONS, Floats, noises, utterances

KINDS: Final = {
    "questions": [(one.text, one.samples) for one in utterances(QUESTIONS, CUTS_MS)],
    "others": [(one.text, one.samples) for one in utterances(OTHERS)],
    "noise": list(noises()),
}


class CountedModel:
    """Counts passes."""

    def __init__(self, model: SpeechModel) -> None:
        self._model, self.passes = model, 0

    def transcribe(self, audio: NDArray[Any], **options: Any) -> tuple[Iterable[Any], Any]:
        self.passes += 1
        return self._model.transcribe(audio, **options)

    def languages(self) -> Mapping[str, float]:
        return self._model.languages()


def main() -> None:
    """A table, and below it each utterance that was not heard as it should be."""
    model = CountedModel(whisper_base(2))
    whisper = Whisper(load=lambda _: model)
    wrong: list[str] = []
    table = [
        "| what | heard | of | as calls | as nothing | heard again | p50 s | most s |",
        "|---|---|---|---|---|---|---|---|",
        *(
            _row(whisper, model, kind, sounds, name, wrong)
            for kind, sounds in KINDS.items()
            for name in (SPOKEN_NAME, None)
        ),
    ]
    sys.stdout.write("\n".join([*table, *wrong]) + "\n")


def _row(
    whisper: Whisper,
    model: CountedModel,
    kind: str,
    sounds: list[tuple[str, Floats]],
    name: str | None,
    wrong: list[str],
) -> str:
    texts: list[str] = []
    took: list[float] = []
    before = model.passes
    for label, samples in sounds:
        began = time.perf_counter()
        text = whisper.transcribe(samples, listen_for=name).text
        took.append(time.perf_counter() - began)
        texts.append(text)
        if name and (addressed_by(text, "name") is None) == (kind == "questions"):
            wrong.append(f"{kind}: {label} -> {text!r}")
    calls = sum(addressed_by(text, "name") is not None for text in texts)
    again = model.passes - before - len(sounds)
    how = "listening" if name else "plainly"
    times = f"{median(took):.2f} | {max(took):.2f}"
    return f"| {kind} | {how} | {len(sounds)} | {calls} | {texts.count('')} | {again} | {times} |"


if __name__ == "__main__":
    main()
