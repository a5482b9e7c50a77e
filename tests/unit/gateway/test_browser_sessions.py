from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import RejectedError
from gateway.domain.browser_sessions import issue_token, key_hash_of_token
from gateway.domain.callers import hash_of
from gateway.services.browser_sessions import LIFETIME_S, MOST_CODES, BrowserSessionService
from runtime.clock import SystemClock

KEY_HASH = hash_of("pk_theirs")
SECRET = b"a secret of the cluster"


class StillClock(SystemClock):
    """Stands where it is put."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@given(key=st.text(), secret=st.binary(min_size=1), expires_s=st.integers(1, 2**40))
def test_a_token_says_whose_it_is_until_it_expires(key: str, secret: bytes, expires_s: int) -> None:
    token = issue_token(secret, hash_of(key), expires_s=expires_s)
    assert key_hash_of_token(secret, token, now_s=expires_s - 1) == hash_of(key)
    assert key_hash_of_token(secret, token, now_s=expires_s) is None


@given(place=st.integers(0, 95), other=st.characters(codec="ascii"))
def test_a_token_with_any_character_changed_is_none(place: int, other: str) -> None:
    token = issue_token(SECRET, KEY_HASH, expires_s=2_000)
    forged = token[:place] + other + token[place + 1 :]
    found = key_hash_of_token(SECRET, forged, now_s=1_000)
    assert found is None or forged == token


@given(token=st.text())
def test_any_text_is_no_token(token: str) -> None:
    assert key_hash_of_token(SECRET, token, now_s=0) is None


def test_a_token_of_another_cluster_is_none() -> None:
    token = issue_token(b"another secret", KEY_HASH, expires_s=2_000)
    assert key_hash_of_token(SECRET, token, now_s=0) is None


def test_a_code_is_taken_as_often_as_it_comes_and_a_wrong_one_never() -> None:
    sessions = BrowserSessionService(SECRET, StillClock())
    code = sessions.make_code(KEY_HASH)
    assert [sessions.key_hash_of_code(code) for _ in range(3)] == [KEY_HASH] * 3
    with pytest.raises(RejectedError):
        sessions.key_hash_of_code(code + "x")


def test_the_oldest_code_goes_when_there_are_too_many() -> None:
    sessions = BrowserSessionService(SECRET, StillClock())
    codes = [sessions.make_code(KEY_HASH) for _ in range(MOST_CODES + 1)]
    with pytest.raises(RejectedError):
        sessions.key_hash_of_code(codes[0])
    assert sessions.key_hash_of_code(codes[1]) == KEY_HASH


def test_a_token_outlives_the_process_but_not_its_time() -> None:
    clock = StillClock()
    token = BrowserSessionService(SECRET, clock).issue_token(KEY_HASH)
    restarted = BrowserSessionService(SECRET, clock)
    assert restarted.key_hash_of_token(token) == KEY_HASH
    clock.at += timedelta(seconds=LIFETIME_S)
    assert restarted.key_hash_of_token(token) is None
