"""Durable files, a folder per tenant."""

from runtime.files.folder import CHUNK_BYTES, LISTED_AT_ONCE, FolderFiles
from runtime.files.port import Files, StoredFile

__all__ = ["CHUNK_BYTES", "LISTED_AT_ONCE", "Files", "FolderFiles", "StoredFile"]
