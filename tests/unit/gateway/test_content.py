import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.errors import RejectedError
from contracts.ids import TenantId
from gateway.domain.callers import hash_of, scopes_of
from gateway.domain.content import checked_name, document_id_of, is_recording


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x00\x00\x20ftypisom",
        b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat",
        b"\x1a\x45\xdf\xa3\x01\x00",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"RIFF\x24\x00\x00\x00AVI LIST",
        b"OggS\x00\x02",
        b"ID3\x04\x00",
        b"GIF89a",
        b"\xff\xfb\x90\x64",
        (b"\x47" + b"\x00" * 187) * 4,
    ],
)
def test_recordings_are_known_by_their_beginning(head: bytes) -> None:
    assert is_recording(head)


@pytest.mark.parametrize(
    "head",
    [b"", b"\x17noise" * 700, b"%PDF-1.7", b"PK\x03\x04", b"RIFF\x24\x00\x00\x00WEBP", b"# Notes"],
)
def test_what_is_no_recording_is_known_too(head: bytes) -> None:
    assert not is_recording(head)


@example("0 /")
@example("/ ./x")
@given(st.text(max_size=300))
def test_a_name_that_passes_climbs_nowhere(name: str) -> None:
    try:
        shown = checked_name(name)
    except RejectedError:
        return
    parts = shown.split("/")
    assert 0 < len(shown) <= 255
    assert not {"", ".", ".."} & set(parts)
    assert "\x00" not in shown
    assert checked_name(shown) == shown


def test_a_document_keeps_its_id_within_its_tenant() -> None:
    acme, globex = TenantId("acme"), TenantId("globex")
    assert document_id_of(acme, "faq.md") == document_id_of(acme, "faq.md")
    assert document_id_of(acme, "faq.md") != document_id_of(globex, "faq.md")


def test_a_scope_includes_the_lesser_ones() -> None:
    assert scopes_of(["write"]) == {"read", "write"}
    assert scopes_of(["admin"]) == {"read", "write", "admin"}
    assert scopes_of([]) == frozenset()


def test_a_key_is_kept_as_sha256() -> None:
    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
