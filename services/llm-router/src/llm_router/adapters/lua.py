from importlib.resources import files


def script(name: str) -> str:
    """The text of `scripts/NAME.lua`."""
    return (files("llm_router") / "adapters" / "scripts" / f"{name}.lua").read_text()
