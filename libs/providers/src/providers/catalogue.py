"""The providers, each said once: settings, `.env.example`, `parley doctor` and docs go by this."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["llm", "embedding", "rerank", "stt", "tts"]
"""What a provider is asked to do; a model that answers may also see pictures."""


@dataclass(frozen=True)
class Provider:
    """One provider.

    Attributes:
        name: as in `provider:model` and in the ledger; known to genai-prices where that prices it.
        key_variables: environment variables that its key is read from; the first that is set wins.
        url_variable: environment variable of another address than `url`.
        sends: what leaves for it, in a phrase.
        costs: by what it is paid, in a phrase.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    key_variables: tuple[str, ...]
    url_variable: str
    url: str
    sends: str
    costs: str


_QUESTIONS: Final = "questions, passages, screen text and pictures, the last turns"

PROVIDERS: Final[tuple[Provider, ...]] = (
    Provider(
        "anthropic",
        "Anthropic",
        ("llm",),
        ("ANTHROPIC_API_KEY",),
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com",
        _QUESTIONS,
        "tokens in and out",
    ),
    Provider(
        "google",
        "Google Gemini",
        ("llm",),
        ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_AI_API_KEY"),
        "GOOGLE_GEMINI_BASE_URL",
        "https://generativelanguage.googleapis.com",
        _QUESTIONS,
        "tokens in and out",
    ),
    Provider(
        "openai",
        "OpenAI",
        ("llm", "embedding"),
        ("OPENAI_API_KEY",),
        "OPENAI_BASE_URL",
        "https://api.openai.com/v1",
        _QUESTIONS,
        "tokens in and out",
    ),
    Provider(
        "openai-compatible",
        "Any OpenAI-compatible server (Ollama, vLLM, llama.cpp)",
        ("llm", "embedding"),
        ("OPENAI_COMPATIBLE_API_KEY",),
        "OPENAI_COMPATIBLE_BASE_URL",
        "",
        _QUESTIONS,
        "nothing, as a model of your own",
    ),
    Provider(
        "voyageai",
        "Voyage AI",
        ("embedding",),
        ("VOYAGE_API_KEY",),
        "VOYAGE_BASE_URL",
        "https://api.voyageai.com/v1",
        "text of documents and questions",
        "tokens",
    ),
    Provider(
        "cohere",
        "Cohere",
        ("embedding", "rerank"),
        ("COHERE_API_KEY", "CO_API_KEY"),
        "CO_API_URL",
        "https://api.cohere.com",
        "questions and the passages found",
        "queries, or tokens",
    ),
    Provider(
        "deepgram",
        "Deepgram",
        ("stt",),
        ("DEEPGRAM_API_KEY",),
        "MEDIA_AGENT_DEEPGRAM_URL",
        "https://api.deepgram.com/v1/listen",
        "sound of live meetings",
        "seconds of open sockets",
    ),
    Provider(
        "elevenlabs",
        "ElevenLabs",
        ("tts",),
        ("ELEVEN_API_KEY", "ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"),
        "MEDIA_AGENT_ELEVENLABS_URL",
        "https://api.elevenlabs.io/v1",
        "text of answers",
        "characters",
    ),
    Provider(
        "cartesia",
        "Cartesia",
        ("tts",),
        ("CARTESIA_API_KEY",),
        "MEDIA_AGENT_CARTESIA_URL",
        "https://api.cartesia.ai",
        "text of answers",
        "characters",
    ),
    Provider(
        "rime",
        "Rime",
        ("tts",),
        ("RIME_API_KEY",),
        "MEDIA_AGENT_RIME_URL",
        "https://users.rime.ai/v1/rime-tts",
        "text of answers",
        "characters",
    ),
)
BY_NAME: Final = {provider.name: provider for provider in PROVIDERS}
