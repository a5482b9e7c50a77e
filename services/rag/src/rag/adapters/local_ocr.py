"""Text on scanned pages, by the model that reads screens; loaded while a document needs it."""

from collections.abc import Sequence

from local_models.model_thread import ModelThread
from local_models.screen_text import ScreenText
from rag.domain.documents import ScanLine
from rag.ports.indexing import GreyImage

TIMEOUT_S = 120.0
"""Of loading, and of a page on a machine that has better things to do; usually one to two."""


class LocalOcr(ModelThread[ScreenText]):
    """PP-OCR in a thread of this process; a context manager that loads it and lets it go.

    Args:
        niceness: 0 to 19, of the thread: a question that is asked meanwhile goes first.
    """

    def __init__(self, *, niceness: int) -> None:
        super().__init__("ocr", ScreenText, timeout_s=TIMEOUT_S, niceness=niceness)

    async def read(self, image: GreyImage) -> Sequence[ScanLine]:
        """Pieces of text and where they stand, in no promised order."""
        height, width = image.shape
        return [
            ScanLine(
                cell.text,
                cell.box.x / width,
                cell.box.y / height,
                cell.box.right / width,
                cell.box.bottom / height,
            )
            for cell in await self.on_model(lambda model: model.cells(image))
        ]
