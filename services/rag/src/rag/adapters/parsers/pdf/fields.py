"""What was filled in: the values of a page's fields."""

import ctypes
from collections.abc import Iterator
from typing import Any, Final

from rag.adapters.parsers.pdf.frame import PageFrame
from rag.adapters.parsers.pdf.pdfium import pdfium_c
from rag.domain.page_layout import PageCell

_TEXT_FIELDS: Final = frozenset(
    {
        pdfium_c.FPDF_FORMFIELD_TEXTFIELD,
        pdfium_c.FPDF_FORMFIELD_COMBOBOX,
        pdfium_c.FPDF_FORMFIELD_LISTBOX,
    }
)
_TICKS: Final = frozenset({pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON})
_NOT_SHOWN: Final = (
    pdfium_c.FPDF_ANNOT_FLAG_INVISIBLE
    | pdfium_c.FPDF_ANNOT_FLAG_HIDDEN
    | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
)
_PASSWORD_FIELD: Final = 1 << 13


def field_cells(page: Any, form: Any, frame: PageFrame) -> Iterator[PageCell]:
    """Values of fields that a reader sees, where they stand."""
    for at in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        note = pdfium_c.FPDFPage_GetAnnot(page, at)
        if not note:
            continue
        try:
            value = _value(note, form)
            rect = pdfium_c.FS_RECTF()
            if value and pdfium_c.FPDFAnnot_GetRect(note, rect):
                box = frame.box(rect.left, rect.bottom, rect.right, rect.top)
                yield PageCell(value, *box, is_field=True)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(note)


def _value(note: Any, form: Any) -> str:
    if pdfium_c.FPDFAnnot_GetFlags(note) & _NOT_SHOWN:
        return ""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, note)
    if kind in _TICKS:
        return "☑" if pdfium_c.FPDFAnnot_IsChecked(form, note) else "☐"
    if kind not in _TEXT_FIELDS:
        return ""
    if pdfium_c.FPDFAnnot_GetFormFieldFlags(form, note) & _PASSWORD_FIELD:
        return ""
    size = pdfium_c.FPDFAnnot_GetFormFieldValue(form, note, None, 0)
    buffer = ctypes.create_string_buffer(size)
    units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    pdfium_c.FPDFAnnot_GetFormFieldValue(form, note, units, size)
    return buffer.raw.decode("utf-16-le", errors="replace").rstrip("\0")
