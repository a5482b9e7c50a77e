"""`.env` joins the environment: what it says, what it may not, and what is said of a broken one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command_line.env_file import NAMED_BY, read_env_file
from cli.command_line.errors import CliError, Exit

NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True).filter(lambda name: name != NAMED_BY)
KEYS = st.from_regex(r"[A-Za-z0-9_\-./+$=]{1,60}", fullmatch=True)


def read(folder: Path, text: str | bytes, **environment: str) -> dict[str, str]:
    file = folder / "named.env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    read_env_file(environment := {**environment, NAMED_BY: str(file)})
    return {name: value for name, value in environment.items() if name != NAMED_BY}


def test_what_stands_there_is_set_and_the_environment_wins(tmp_path: Path) -> None:
    text = "A=file\nexport B='quoted # here' # a comment\n\n# C=no\n"
    assert read(tmp_path, text, A="mine") == {"A": "mine", "B": "quoted # here"}


def test_an_empty_value_counts_as_not_set_on_either_side(tmp_path: Path) -> None:
    assert read(tmp_path, "A=file\nB=\nC=''\n", A="") == {"A": "file"}


def test_a_file_of_another_editor_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffA = x\r\nB=y\r\n".encode()) == {"A": "x", "B": "y"}


def test_the_file_lies_in_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment: dict[str, str] = {}
    read_env_file(environment)
    assert environment == {}
    (tmp_path / ".env").write_text("A=here\n")
    read_env_file(environment)
    assert environment == {"A": "here"}


def test_a_directory_of_that_name_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").mkdir()
    monkeypatch.chdir(tmp_path)
    read_env_file({})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\n\n\n  sk-secret stands alone\nB=2\n", 4),
        ("A=1\r\n\r\nsk-secret\r\n", 3),
        ("=sk-secret\n", 1),
        ("A='sk-secret is not closed\n", 1),
        ("A=sk-secret\0\n", 1),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_not_repeated(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(CliError) as caught:
        read(tmp_path, text)
    assert caught.value.exit_code == Exit.BAD_INPUT
    assert f"line {line}:" in caught.value.message
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("content", [b"A=\xff\xfe", b"#" * 1_000_001])
def test_what_is_no_text_or_has_no_end_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CliError) as caught:
        read(tmp_path, content)
    assert caught.value.exit_code == Exit.BAD_INPUT


def test_a_named_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(CliError) as caught:
        read_env_file({NAMED_BY: str(tmp_path / "nope")})
    assert "nope" in caught.value.message


@given(values=st.dictionaries(NAMES, KEYS, max_size=8))
def test_keys_come_through_as_they_are(
    values: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    assert read(tmp_path_factory.mktemp("env"), text) == values
