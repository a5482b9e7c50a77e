"""pgvector's text form of a vector."""

from rag.domain.passages import Vectors


def vector_text(vector: Vectors) -> str:
    """`[0.1,0.2]`; nine digits hold a float32 exactly."""
    return "[" + ",".join(f"{value:.9g}" for value in vector.tolist()) + "]"
