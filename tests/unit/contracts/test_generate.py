from contracts.generate import tenant_reference
from contracts.tenants import PLANS, TenantConfig


def rows() -> dict[str, list[str]]:
    """Cells by the name in the first one."""
    cells = [
        line.split(" | ") for line in tenant_reference().splitlines() if line.startswith("| `")
    ]
    return {row[0].strip("|` "): row for row in cells}


def test_every_setting_and_every_limit_has_its_line() -> None:
    known = {*TenantConfig.model_fields, *type(PLANS["free"]).model_fields}
    assert set(rows()) == known


def test_a_setting_says_what_it_may_be() -> None:
    said = {name: row[1] for name, row in rows().items()}
    assert said["knowledge"] == "`true`, `false`"
    assert said["room_addressing"] == "`auto`, `always`, `name`, `question`"
    assert said["welcome"] == "text, at most 300 characters"
    assert said["retention_days"] == "1 to 3,650"
    assert said["weights"] == "3 numbers, each 0 to 100"
    assert rows()["premium_voice"][1:4] == ["no", "no", "yes"]
