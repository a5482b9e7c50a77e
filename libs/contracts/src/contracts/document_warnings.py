"""What may be left out of a document, in words: the table of the public codes."""

from typing import Final

from contracts.knowledge import DocumentWarning

SENTENCES: Final[dict[str, str]] = {
    "page_without_text": "The page is a picture in which no text was read.",
    "page_not_readable": "The page is damaged and was not read.",
    "image_without_text": "Pictures were not read; text in them cannot be found.",
    "hidden_text": "Text that a reader does not see was left out.",
    "hidden_sheet": "The sheet is hidden and was left out.",
    "hidden_rows": "Hidden rows were left out.",
    "hidden_columns": "Hidden columns were left out.",
    "hidden_cells": "Cells that show nothing were left out.",
    "hidden_slide": "The slide is hidden and was left out.",
    "formula_without_value": "A formula was saved without its value: open the file in its program, "
    "calculate and save it.",
    "undecodable_text": "Characters could not be read: save the file again, text as UTF-8.",
    "symbol": "Symbols of a font of their own were left out.",
    "equation": "Equations were not read.",
    "chart": "Charts were not read; figures in them cannot be found.",
    "comment": "Comments were left out.",
    "media": "Sound and video were not read.",
    "embedded_object": "Objects of another program were not read.",
    "embedded_document": "A document within it was not read: add it as a file of its own.",
    "attachment_not_read": "An attached file was not read: add it as a file of its own.",
    "more_left_out": "More parts were left out than are listed.",
}
"""One sentence a code, for people; it says what to do where something can be done.

A code is never renamed; the table may grow. docs/reference/document-warnings.md is made from it.
"""


def sentence_of(warning: DocumentWarning) -> str:
    """Place and sentence; a code of a newer version than ours is shown as its own words."""
    unknown = warning.code.replace("_", " ").capitalize() + "."
    sentence = SENTENCES.get(warning.code, unknown)
    return f"{warning.where}: {sentence}" if warning.where else sentence
