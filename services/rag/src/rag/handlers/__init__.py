from rag.handlers.indexing import (
    Indexing,
    on_document_given_up,
    on_document_removed,
    on_document_uploaded,
)
from rag.handlers.searching import Searching, on_turn_taken, search_knowledge

__all__ = [
    "Indexing",
    "Searching",
    "on_document_given_up",
    "on_document_removed",
    "on_document_uploaded",
    "on_turn_taken",
    "search_knowledge",
]
