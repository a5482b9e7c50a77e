"""The catalogue says who reads what; each service's `build` must say the same."""

from pathlib import Path

import pytest

from contracts.streams import CATALOGUE, SERVICES, ServiceName
from support.built_services import built


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_reads_what_the_catalogue_gives_it_and_opens_nothing_to_say_so(
    name: ServiceName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        stream.fact for stream in CATALOGUE if name in {group.service for group in stream.readers}
    }
    assert built(name, tmp_path, monkeypatch).reads.keys() == expected
