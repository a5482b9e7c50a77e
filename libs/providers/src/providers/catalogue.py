"""The providers, each said once: settings, `.env.example`, `parley doctor` and docs go by this."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["llm", "embedding", "rerank", "stt", "tts"]
"""What a provider is asked to do; a model that answers may also see pictures."""


@dataclass(frozen=True)
class Variable:
    """An environment variable: what it holds when it is not set, and what it is for."""

    name: str
    default: str
    about: str


@dataclass(frozen=True)
class Provider:
    """One provider.

    Attributes:
        name: as in `provider:model` and in the ledger; known to genai-prices where that prices it.
        key_variables: environment variables that its key is read from; the first that is set wins.
        url_variable: environment variable of another address than `url`.
        sends: what leaves for it, in a phrase.
        costs: by what it is paid, in a phrase with the list price.
        others: further variables of it alone.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    key_variables: tuple[str, ...]
    url_variable: str
    url: str
    sends: str
    costs: str
    others: tuple[Variable, ...] = ()


_QUESTIONS: Final = (
    "questions, passages, screen text and pictures, the last turns; pictures of frames that are to "
    "be described, where a tenant wishes it"
)
_A_QUESTION: Final = "a question of 1,000 in and 300 out"


def _speech(prefix: str, model: str, voice: str = "") -> tuple[Variable, ...]:
    named = Variable(f"MEDIA_AGENT_{prefix}_MODEL", model, "its model")
    if not voice:
        return (named,)
    return (named, Variable(f"MEDIA_AGENT_{prefix}_VOICE", voice, "its voice, by id"))


PROVIDERS: Final[tuple[Provider, ...]] = (
    Provider(
        "anthropic",
        "Anthropic",
        ("llm",),
        ("ANTHROPIC_API_KEY",),
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com",
        _QUESTIONS,
        f"tokens: {_A_QUESTION} $0.0003 (weakest model) to $0.01 (strongest)",
    ),
    Provider(
        "google",
        "Google Gemini",
        ("llm",),
        ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_AI_API_KEY"),
        "GOOGLE_GEMINI_BASE_URL",
        "https://generativelanguage.googleapis.com",
        _QUESTIONS,
        f"tokens: {_A_QUESTION} $0.0007 (weakest model) to $0.01 (strongest)",
    ),
    Provider(
        "openai",
        "OpenAI",
        ("llm", "embedding"),
        ("OPENAI_API_KEY",),
        "OPENAI_BASE_URL",
        "https://api.openai.com/v1",
        _QUESTIONS,
        f"tokens: {_A_QUESTION} $0.0003 (weakest model) to $0.005 (strongest)",
    ),
    Provider(
        "openai-compatible",
        "Any OpenAI-compatible server (Ollama, vLLM, llama.cpp)",
        ("llm", "embedding"),
        ("OPENAI_COMPATIBLE_API_KEY",),
        "OPENAI_COMPATIBLE_BASE_URL",
        "",
        _QUESTIONS,
        "nothing on this machine; elsewhere what the two prices below say",
        (
            Variable(
                "OPENAI_COMPATIBLE_USD_PER_MILLION_IN", "0", "its price of a million tokens in"
            ),
            Variable("OPENAI_COMPATIBLE_USD_PER_MILLION_OUT", "0", "and of a million out"),
        ),
    ),
    Provider(
        "voyageai",
        "Voyage AI",
        ("embedding", "rerank"),
        ("VOYAGE_API_KEY",),
        "VOYAGE_BASE_URL",
        "https://api.voyageai.com/v1",
        "text of documents and questions",
        "tokens: $0.06 a million",
    ),
    Provider(
        "cohere",
        "Cohere",
        ("embedding", "rerank"),
        ("COHERE_API_KEY", "CO_API_KEY"),
        "CO_API_URL",
        "https://api.cohere.com",
        "questions and the passages found",
        "queries: $0.002 a question whose passages are put in order",
    ),
    Provider(
        "deepgram",
        "Deepgram",
        ("stt",),
        ("DEEPGRAM_API_KEY",),
        "MEDIA_AGENT_DEEPGRAM_URL",
        "https://api.deepgram.com/v1/listen",
        "sound of live meetings",
        "seconds of open sockets: $0.0043 a minute in which somebody speaks",
        _speech("DEEPGRAM", "nova-3"),
    ),
    Provider(
        "elevenlabs",
        "ElevenLabs",
        ("tts",),
        ("ELEVEN_API_KEY", "ELEVENLABS_API_KEY", "ELEVEN_LABS_API_KEY"),
        "MEDIA_AGENT_ELEVENLABS_URL",
        "https://api.elevenlabs.io/v1",
        "text of answers",
        "characters: $40 a million",
        _speech("ELEVENLABS", "eleven_flash_v2_5", "hpp4J3VqNfWAUOO0d1Us"),
    ),
    Provider(
        "cartesia",
        "Cartesia",
        ("tts",),
        ("CARTESIA_API_KEY",),
        "MEDIA_AGENT_CARTESIA_URL",
        "https://api.cartesia.ai",
        "text of answers",
        "characters: $50 a million",
        _speech("CARTESIA", "sonic-3", "f786b574-daa5-4673-aa0c-cbe3e8534c02"),
    ),
    Provider(
        "rime",
        "Rime",
        ("tts",),
        ("RIME_API_KEY",),
        "MEDIA_AGENT_RIME_URL",
        "https://users.rime.ai/v1/rime-tts",
        "text of answers",
        "characters: $30 a million",
        _speech("RIME", "coda", "lyra"),
    ),
)
BY_NAME: Final = {provider.name: provider for provider in PROVIDERS}

SHARED: Final[tuple[Variable, ...]] = (
    Variable(
        "LLM_ROUTER_TIERS",
        "",
        "Which models answer, weakest first, as JSON; empty: those of the keys that are set. "
        'Example: [{"name": "own", "models": ["openai-compatible:qwen3:8b"]}]',
    ),
    Variable(
        "VISION_WORKER_MODEL",
        "",
        "Which model describes kept frames, as PROVIDER:MODEL; empty: one that sees, of the keys "
        "that are set. None is asked unless a tenant's `describe` is adaptive or eager.",
    ),
    Variable("OFFLINE", "false", "With true nothing leaves this machine, whatever keys are set."),
    Variable(
        "RAG_EMBEDDING",
        "",
        "Who embeds, as PROVIDER:MODEL or local; empty: the first of voyageai, cohere, openai "
        "with a key, else local. Documents are embedded again when it changes.",
    ),
    Variable(
        "RAG_RERANK",
        "",
        "Who puts passages in order, as PROVIDER:MODEL or none; empty: the first of cohere, "
        "voyageai with a key.",
    ),
    Variable(
        "MEDIA_AGENT_STT",
        "",
        "Who hears, in order, as deepgram,local; empty: whose key is set, then local.",
    ),
    Variable(
        "MEDIA_AGENT_TTS",
        "",
        "Who speaks, in order, as elevenlabs,local; empty: whose key is set, then local.",
    ),
    Variable("PARLEY_DATA_DIR", "", "Where data, keys and logs are kept."),
    Variable("LIVEKIT_URL", "", "A server of live meetings other than the embedded one."),
    Variable("LIVEKIT_API_KEY", "", "Its key."),
    Variable("LIVEKIT_API_SECRET", "", "Its secret."),
)
"""Of no provider alone, and what a first user needs beside a key."""
