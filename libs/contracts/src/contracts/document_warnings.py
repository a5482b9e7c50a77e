"""What may be left out of a document, in words: the table of the public codes."""

from typing import Final

from contracts.knowledge import DocumentWarning

SENTENCES: Final[dict[str, str]] = {
    "page_without_text": "The page is a picture in which no text was read.",
    "image_without_text": "A picture was not read; text in it cannot be found.",
    "hidden_text": "Text that a reader does not see was left out.",
    "hidden_sheet": "The sheet is hidden and was left out.",
    "hidden_columns": "Hidden columns were left out.",
    "hidden_rows": "Hidden rows were left out.",
    "formula_without_value": "A formula was saved without its value: open the file in its program, "
    "calculate and save it.",
    "undecodable_text": "Characters could not be read in the file's encoding: save it as UTF-8.",
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
