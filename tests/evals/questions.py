"""Is a question told from talk, written and said aloud?

    PYTHONPATH=tests python tests/evals/questions.py DATA_DIR [ELITR_DIR]

Written: the half of `support.questions.corpus` that is held back; sentences without their signs
count as their signs say. Utterances are what one person says in one piece. ELITR_DIR: the unpacked
`answers-elitr`, whose meetings and users' questions nothing is fitted to. Said aloud:
`support/questions/spoken.toml` in the offline voice at three speeds, and DATA_DIR/speech, heard by
Whisper. A set that is not there is said to be left out.
"""

import json
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from local_models.speech_to_text import Whisper, whisper_base
from media_agent.domain.conversation.questions import asks, sentence_asks
from support.media.called import said
from support.questions.corpus import Sentence, elitr, keyword_questions, sentences
from support.questions.labels import SPOKEN

Floats = NDArray[np.float32]
SPEEDS: Final = (0.85, 1.0, 1.2)
RATE_HZ: Final = 16_000


def main(data: Path, elitr_dir: Path | None) -> None:
    held_back = [one for one in sentences(data) if one.is_held_back]
    others = [*keyword_questions(data), *(elitr(elitr_dir) if elitr_dir else ())]
    lines = [*_written([*held_back, *others]), "", *_meetings(held_back)]
    if elitr_dir is None:
        lines.append("left out: ELITR, no directory given")
    lines += ["", *_spoken(Whisper(load=lambda _: whisper_base(2))), ""]
    lines += _real(data / "speech", Whisper(load=lambda _: whisper_base(2)))
    sys.stdout.write("\n".join(lines) + "\n")


def _written(of: Iterable[Sentence]) -> Iterator[str]:
    """Of each source and kind, how many sentences are taken for a question."""
    taken: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in of:
        taken[one.source, one.kind].append(sentence_asks(one.text))
    yield "| source | kind | sentences | taken for a question | share |"
    yield "|---|---|---|---|---|"
    for (source, kind), found in sorted(taken.items()):
        share = sum(found) / len(found)
        yield f"| {source} | {kind} | {len(found)} | {sum(found)} | {share:.3f} |"


def _meetings(of: Iterable[Sentence]) -> Iterator[str]:
    """Whole utterances of meetings: with a question mark, with a tag alone, without either."""
    kinds: dict[str, set[str]] = defaultdict(set)
    texts: dict[str, list[str]] = defaultdict(list)
    for one in of:
        if one.source.startswith("meeting"):
            kinds[one.utterance].add(one.kind)
            texts[one.utterance].append(one.text)
    talk = [asks(" ".join(texts[one])) for one, kind in kinds.items() if kind == {"talk"}]
    quiet = [asks(" ".join(texts[one])) for one, kind in kinds.items() if "question" not in kind]
    asked = [asks(" ".join(texts[one])) for one, kind in kinds.items() if "question" in kind]
    right, wrong = sum(asked), sum(quiet)
    yield "| utterances of meetings | of | taken | share |"
    yield "|---|---|---|---|"
    yield f"| no question mark | {len(talk)} | {sum(talk)} | {sum(talk) / len(talk):.3f} |"
    yield f"| none but behind a tag | {len(quiet)} | {wrong} | {wrong / len(quiet):.3f} |"
    yield f"| a question mark | {len(asked)} | {right} | {right / len(asked):.3f} |"
    share = right / (right + wrong)
    yield f"| precision: of all taken, a question mark | {right + wrong} | {right} | {share:.3f} |"


def _spoken(whisper: Whisper) -> Iterator[str]:
    """Each sentence at one speed, in turn."""
    given: dict[str, list[str]] = tomllib.loads(SPOKEN.read_text())
    wrong: list[str] = []
    yield "| said aloud | speed | of | heard with a question mark | taken | share |"
    yield "|---|---|---|---|---|---|"
    for kind, texts in given.items():
        for at, speed in enumerate(SPEEDS):
            some = texts[at :: len(SPEEDS)]
            heard = [whisper.transcribe(at_speed(said(text), speed)).text for text in some]
            taken = [asks(text) for text in heard]
            wrong += [
                f"- {kind} at {speed}: {text} -> {words!r}"
                for text, words, is_taken in zip(some, heard, taken, strict=True)
                if is_taken == (kind == "talk")
            ]
            marked, count = sum("?" in text for text in heard), len(some)
            share = sum(taken) / count
            yield f"| {kind} | {speed} | {count} | {marked} | {sum(taken)} | {share:.3f} |"
    yield from ("", *wrong)


def at_speed(sound: Floats, speed: float) -> Floats:
    """Higher, too, where it is faster."""
    at = np.arange(0, len(sound) - 1, speed)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def _real(folder: Path, whisper: Whisper) -> Iterator[str]:
    """What Whisper hears in people's speech, and whether it is taken for a question."""
    if not folder.is_dir():
        yield f"left out: people's speech, {folder} is not there"
        return
    for row in map(json.loads, (folder / "clips.jsonl").read_text().splitlines()):
        text = whisper.transcribe(_samples(folder / row["file"])).text
        yield f"- {'asks' if asks(text) else 'tells'}: {row['file']}: {text!r}"


def _samples(path: Path) -> Floats:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(str(path)) as container:
        frames = [
            made.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for made in resampler.resample(frame)
        ]
    return np.concatenate(frames).astype(np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
