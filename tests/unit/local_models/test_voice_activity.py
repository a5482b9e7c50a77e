import numpy as np
import pytest

from local_models.voice_activity import SileroVad


def noise(samples: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.random.default_rng(7).normal(0, 300, samples).astype(np.int16)


def test_chunks_of_any_size_give_the_same_as_all_at_once() -> None:
    sound = noise(512 * 6 + 100)
    whole = SileroVad().feed(sound)
    vad = SileroVad()
    pieces = [one for piece in np.array_split(sound, 23) for one in vad.feed(piece)]
    assert len(whole) == 6
    assert pieces == whole


def test_silence_is_not_speech() -> None:
    assert max(SileroVad().feed(np.zeros(16_000, np.int16))) < 0.1


def test_reset_forgets_what_was_heard_and_what_waits() -> None:
    sound = noise(512 * 4)
    vad = SileroVad()
    first = vad.feed(sound)
    vad.feed(sound[:300])
    vad.reset()
    assert vad.feed(sound) == first


def test_other_samples_than_mono_int16_are_an_error() -> None:
    with pytest.raises(ValueError, match="mono int16"):
        SileroVad().feed(np.zeros((512, 2), np.int16))
