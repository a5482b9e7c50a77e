from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.streams import (
    CATALOGUE,
    SERVICES,
    dead_letters_key,
    done_key,
    feed_key,
    shard_of,
    stream_key,
)

LONGEST = timedelta(days=7)


@given(st.text(min_size=1), st.integers(1, 64))
def test_a_shard_is_within_the_number_of_shards_and_always_the_same(key: str, shards: int) -> None:
    assert 0 <= shard_of(key, shards) < shards
    assert shard_of(key, shards) == shard_of(key, shards)


@given(st.integers(0, 63))
def test_all_keys_of_a_shard_carry_one_hash_tag(shard: int) -> None:
    keys = [
        stream_key("media.frame_kept.v1", shard),
        done_key("rag", "id", shard),
        dead_letters_key(shard),
        feed_key("session", shard),
    ]
    assert {key[key.index("{") : key.index("}") + 1] for key in keys} == {f"{{{shard:02d}}}"}


def test_a_fact_stands_in_the_catalogue_once() -> None:
    names = [stream.name for stream in CATALOGUE]
    assert len(set(names)) == len(names)


def test_writers_and_readers_are_services() -> None:
    for stream in CATALOGUE:
        named = {*stream.writers, *(group.service for group in stream.readers)}
        assert named <= set(SERVICES)


def test_nothing_expires_before_its_deadline_is_counted_from_the_same_entry() -> None:
    for stream in CATALOGUE:
        for group in stream.readers:
            if group.expiry is not None and group.deadline is not None:
                assert group.expiry <= group.deadline
            assert stream.retention <= LONGEST
