import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_worker.domain.ocr_corrections import correct


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("ERR0R: connection refused", "ERROR: connection refused"),
        (
            "payments-worker  0/1  CrashLoopBack0ff  17",
            "payments-worker  0/1  CrashLoopBackOff  17",
        ),
        ("ping l0calhost", "ping localhost"),
    ],
)
def test_a_zero_inside_a_word_is_the_letter(read: str, meant: str) -> None:
    assert correct(read) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Team  $49.00",
        "PAY-4012",
        "10.0.4.17:5432",
        "sha 0be0dfacade",
        "0xdeadbeef",
        "SEC2041X",
        "A0B",
        "Q4 2026",
        "100USD",
    ],
)
def test_numbers_codes_and_hashes_stay_as_they_are(text: str) -> None:
    assert correct(text) == text


@given(st.text())
def test_only_zeros_ever_change_and_only_once(text: str) -> None:
    mended = correct(text)
    assert len(mended) == len(text)
    assert all(a == b or (a == "0" and b in "oO") for a, b in zip(text, mended, strict=True))
    assert correct(mended) == mended
