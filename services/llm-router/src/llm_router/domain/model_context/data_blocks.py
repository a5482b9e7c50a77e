"""Content between delimiters that it cannot close."""

import re
from typing import Final

LESS_THAN: Final = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
"""Stands in content for a `<` that could be read as a delimiter."""
_DELIMITER: Final = re.compile(r"<(?=[\W_]*data)", re.IGNORECASE)
_IN_ATTRIBUTE: Final = str.maketrans({"<": LESS_THAN, ">": "\u203a", '"': "'"})


def data_block(text: str, **attributes: str) -> str:
    """`<data name="value">`, the text as it is, `</data>`; empty attributes are left out."""
    named = "".join(f' {name}="{_flat(value)}"' for name, value in attributes.items() if value)
    return f"<data{named}>\n{_DELIMITER.sub(LESS_THAN, text)}\n</data>"


def _flat(value: str) -> str:
    return " ".join(value.translate(_IN_ATTRIBUTE).split())


def cut(text: str, most_chars: int) -> str:
    """At most so many characters; a mark says that something was left out."""
    return text if len(text) <= most_chars else text[: most_chars - 1] + "\N{HORIZONTAL ELLIPSIS}"
