"""Durable files, a folder per tenant."""

from runtime.files.folder import CHUNK_BYTES, FolderFiles
from runtime.files.port import Files, StoredFile

__all__ = ["CHUNK_BYTES", "Files", "FolderFiles", "StoredFile"]
