"""What rag is told."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from providers.settings import ProviderSettings
from runtime.settings import ServiceSettings


class RagSettings(ServiceSettings, ProviderSettings):  # pyright: ignore[reportIncompatibleVariableOverride]
    """Environment variables RAG_*, the shared ones, and the providers' own."""

    model_config = SettingsConfigDict(
        env_prefix="RAG_", frozen=True, populate_by_name=True, extra="ignore"
    )

    min_score: float = Field(
        default=0.2, ge=0, le=1, description="A passage with less needs the similarity below."
    )
    min_similarity: float = Field(
        default=0.35, ge=-1, le=1, description="Cosine at which a passage needs no common words."
    )
    embedding: str = Field(
        default="",
        description="`PROVIDER:MODEL`, a provider, or `local`; empty: the first of voyageai, "
        "cohere, openai with a key, else local.",
    )
    embedding_dimension: int = Field(
        default=1_024, ge=8, le=2_000, description="Numbers in a hosted model's vector."
    )
    rerank: str = Field(
        default="",
        description="`PROVIDER:MODEL`, a provider, or `none`; empty: the first of cohere, "
        "voyageai with a key, else none.",
    )
    search_timeout_s: float = Field(default=3.0, gt=0, le=30)
    query_cache_s: int = Field(default=86_400, ge=1, description="Of a question's vector.")
    embed_niceness: int = Field(
        default=10, ge=0, le=19, description="Of embedding documents: questions go first."
    )
    index_timeout_s: float = Field(
        default=1_800, gt=0, le=7_200, description="Of one document; a long one takes minutes."
    )
    max_document_bytes: int = Field(default=50 * 2**20, ge=1_024)
    max_document_pages: int = Field(default=2_000, ge=1)
    max_document_chars: int = Field(default=5_000_000, ge=1_000)
    parse_timeout_s: float = Field(default=120.0, gt=0, le=1_800)
    parse_memory_bytes: int = Field(default=2**30, ge=256 * 2**20)
    parse_inflated_bytes: int = Field(default=512 * 2**20, ge=2**20)
    read_hidden: bool = Field(
        default=False,
        description="Also hidden text, rows, columns, sheets, slides of Office files.",
    )
