"""What is taken for granted where money is worked out ahead: one file, that anybody can replace."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cli.command_line.errors import bad_input
from cli.command_line.options import require_file
from spending import Model

WHOLE = 100
Count = Annotated[int, Field(ge=0, le=10_000_000)]
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9-]+:\S+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QuestionSize(_Strict):
    """One question as a model is asked it. A picture is `tokens_a_picture` tokens more."""

    tokens_in: Count
    tokens_out: Count
    pictures: Count
    tokens_a_picture: Count


class MeetingSize(_Strict):
    """One meeting; speech is heard and spoken by the same services with Parley and without."""

    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    questions: Count
    frames_kept_a_minute: Count
    heard_seconds: Count
    spoken_characters: Count
    hears: ModelName
    speaks: ModelName


class Assumptions(_Strict):
    """All of them. `ended_at`: percent of the questions that end at each tier, weakest first."""

    ended_at: Annotated[tuple[Annotated[int, Field(ge=0, le=WHOLE)], ...], Field(min_length=1)]
    tiers: Annotated[tuple[ModelName, ...], Field(min_length=1, max_length=5)]
    question: QuestionSize
    meeting: MeetingSize

    @model_validator(mode="after")
    def _one_share_a_tier(self) -> Self:
        if len(self.ended_at) != len(self.tiers):
            raise ValueError("`ended_at` needs one percentage for each of `tiers`")
        if sum(self.ended_at) != WHOLE:
            raise ValueError(f"`ended_at` adds up to {sum(self.ended_at)}, not {WHOLE}")
        return self


def model_of(name: str) -> Model:
    """Of `provider:model`."""
    provider, _, model = name.partition(":")
    return Model(provider, model)


def read_assumptions(path: Path | None) -> Assumptions:
    """Those of the file, whole; the project's own where no file is named.

    Raises:
        CliError: 3, the file cannot be read, or does not say what it must.
    """
    if path is None:
        text = files("cli.eval.costs").joinpath("assumptions.toml").read_text("utf-8")
        return Assumptions.model_validate(tomllib.loads(text))
    require_file(path)
    try:
        return Assumptions.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise bad_input("bad_assumptions", f"{path} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise bad_input(
            "bad_assumptions",
            f"{path}: {where}: {first['msg']}.",
            "Begin with a copy of cli/src/cli/eval/costs/assumptions.toml.",
        ) from error
