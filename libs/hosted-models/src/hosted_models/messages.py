"""A prompt as pydantic-ai takes it, and what a call is told beside it."""

from typing import Final, cast

from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings

from hosted_models.calls import CallTimeouts, Form, Prompt

_OPENAI: Final = frozenset({"openai", "openai-compatible"})


def messages_of(prompt: Prompt) -> list[ModelMessage]:
    """What is the same for all questions first: providers keep the beginning of a prompt cached."""
    content: list[UserContent] = []
    for part in prompt.parts:
        if isinstance(part, str):
            content.append(part)
        else:
            content.append(f"Picture of the {part.label}:")
            content.append(BinaryContent(part.blob.data, media_type=part.blob.media_type))
    parts = [UserPromptPart(content=content)]
    return [ModelRequest(parts=parts, instructions=prompt.instructions)]


def parameters_of(model: Model, form: Form | None) -> ModelRequestParameters:
    """The schema goes to models that take one; the form is said in words to all of them."""
    if form is None or not model.profile.get("supports_json_schema_output"):
        return ModelRequestParameters()
    schema = OutputObjectDefinition(dict(form.schema), name=form.name, strict=True)
    return ModelRequestParameters(output_mode="native", output_object=schema)


def settings_of(
    provider: str, model: Model, timeouts: CallTimeouts, max_tokens: int
) -> ModelSettings:
    """No temperature: the newest models refuse it. No retries: whom to ask next is ours to say."""
    common = ModelSettings(
        max_tokens=max_tokens,
        max_retries=0,
        first_event_timeout=timeouts.begin_s,
        request_timeout=timeouts.whole_s,
        thinking=False,
        cache={"messages": False},
    )
    if provider not in _OPENAI:
        return common
    more: dict[str, object] = {}
    if provider == "openai":
        more["openai_store"] = False  # otherwise OpenAI keeps questions and answers for a month
    # Models that think give no probabilities, and the library warns when they are asked for.
    if not model.profile.get("openai_supports_reasoning"):
        more["openai_logprobs"] = True
    return cast("ModelSettings", {**common, **more})
