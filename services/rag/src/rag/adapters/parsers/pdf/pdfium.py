"""PDFium and its bindings, which have no types; said once, here."""

from typing import Any

import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
import pypdfium2.raw  # pyright: ignore[reportMissingTypeStubs]

pdfium: Any = pypdfium2
"""Documents, pages, objects."""
pdfium_c: Any = pypdfium2.raw
"""The C functions and constants (fpdfview.h, fpdf_text.h, fpdf_annot.h)."""
