"""Fewer frames are kept while money is saved, by every gate; whoever asks is shown the screen."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from prometheus_client.samples import Sample

from media_agent.domain.gate.frame_sampler import FrameRates, FrameSampler
from media_agent.domain.gate.frames import Frame, GateMode, Picture
from media_agent.domain.gate.gates import new_gate
from media_agent.domain.gate.token_bucket import SAVING_GAP_MS
from media_agent.meeting.frame_publisher import deduplication_rates

WIDTH, HEIGHT = 320, 192
MODES: tuple[GateMode, ...] = ("tiles", "phash", "rate")


def page(t_ms: int) -> Frame:
    """Another page every three seconds: black and white fields, no two pages alike."""
    fields = np.random.default_rng(t_ms // 3_000).integers(0, 2, (HEIGHT // 32, WIDTH // 32))
    luma = np.kron(fields * 200 + 20, np.ones((32, 32))).astype(np.uint8)
    grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    return Frame(t_ms, luma, grey, grey, full_range=True)


def kept(sampler: FrameSampler, from_ms: int, to_ms: int) -> list[int]:
    found = [
        sampler.see(Picture(t_ms, partial(page, t_ms)), speaking=False)
        for t_ms in range(from_ms, to_ms, 200)
    ]
    return [one.decision.t_ms for one in found if one is not None]


@pytest.mark.parametrize("mode", MODES)
def test_while_money_is_saved_there_is_a_gap_between_kept_frames_and_afterwards_none(
    mode: GateMode,
) -> None:
    sampler = FrameSampler(new_gate(mode), FrameRates(5, 5))
    before = kept(sampler, 0, 30_000)
    sampler.save(True)
    saving = kept(sampler, 30_000, 90_000)
    sampler.save(False)
    after = kept(sampler, 90_000, 120_000)
    assert len(before) > 6 < len(after)
    assert 3 <= len(saving) <= 7
    assert all(then - now >= SAVING_GAP_MS for now, then in pairwise(saving))


def test_a_question_is_shown_what_saving_passed_over() -> None:
    sampler = FrameSampler(new_gate("tiles"), FrameRates(5, 5))
    kept(sampler, 0, 2_000)
    sampler.save(True)
    assert kept(sampler, 2_000, 5_000) == []
    newest = sampler.newest
    assert newest is not None
    selected = sampler.ask(newest)
    assert selected is not None
    assert (selected.decision.reason, selected.frame) == ("asked", newest)


def test_the_rate_of_deduplication_follows_from_the_frames_seen_and_kept() -> None:
    def counted(tenant_id: str, action: str, value: float) -> Sample:
        labels = {"tenant_id": tenant_id, "action": action}
        return Sample("frame_processing_total", labels, value)

    samples = [
        counted("acme", "seen", 200),
        counted("acme", "kept", 10),
        counted("acme", "dropped", 3),
        counted("globex", "kept", 1),  # seen is told some seconds later
        counted("initech", "seen", 50),
    ]
    assert deduplication_rates(samples) == {"acme": 0.95, "initech": 1.0}
