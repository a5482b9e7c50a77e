import pytest

from cli.checks.variables import check_variables


def of_names() -> tuple[bool, str]:
    [row] = [row for row in check_variables() if row.name == "variables"]
    return row.ok, row.found


def test_only_names_with_a_prefix_of_ours_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODY_ELSES", "1")
    monkeypatch.setenv("MEDIA_AGENT_SPED", "1")
    monkeypatch.setenv("GATEWAY_MAX_STREAMS", "7")
    assert of_names() == (False, "MEDIA_AGENT_SPED")
