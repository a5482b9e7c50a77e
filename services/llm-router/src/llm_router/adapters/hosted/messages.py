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

from llm_router.adapters.hosted.prompt import CallTimeouts, Prompt
from llm_router.domain.model_reply import CitedAnswer

ANSWER_SCHEMA: Final = CitedAnswer.model_json_schema()
_OPENAI: Final = frozenset({"openai", "openai-compatible"})


def messages_of(prompt: Prompt) -> list[ModelMessage]:
    """What is the same for all questions first: providers keep the beginning of a prompt cached."""
    request = prompt.request
    content: list[UserContent] = [request.evidence]
    for picture in prompt.pictures:
        content.append(f"Picture of the {picture.label}:")
        content.append(BinaryContent(picture.blob.data, media_type=picture.blob.media_type))
    content.append(request.question)
    return [
        ModelRequest(parts=[UserPromptPart(content=content)], instructions=request.instructions)
    ]


def parameters_of(model: Model) -> ModelRequestParameters:
    """The schema of the answer goes to models that take one; its form is said to all of them."""
    if not model.profile.get("supports_json_schema_output"):
        return ModelRequestParameters()
    form = OutputObjectDefinition(ANSWER_SCHEMA, name="cited_answer", strict=True)
    return ModelRequestParameters(output_mode="native", output_object=form)


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
