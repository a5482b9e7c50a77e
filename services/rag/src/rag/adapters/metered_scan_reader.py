"""Reading of scanned pages at the tenant's expense; what reads is local and costs nothing."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from contracts.fact import Envelope
from contracts.knowledge import DocumentUploaded
from rag.domain.documents import ScanLine, Scans
from rag.ports.indexing import GreyImage
from spending import LOCAL, Call, Model, Quantity, Spending

OCR: Final = Model(LOCAL, "pp-ocrv6-small")


class OcrModel(Protocol):
    """Reads pictures of text."""

    async def read(self, image: GreyImage) -> Sequence[ScanLine]: ...


class MeteredScanReader:
    """The model, loaded for one document and held money for.

    Args:
        load: opens the model; it is closed again after the document.
        spending: pays.
    """

    def __init__(
        self, load: Callable[[], AbstractAsyncContextManager[OcrModel]], spending: Spending
    ) -> None:
        self._load, self._spending = load, spending

    async def read(
        self,
        upload: Envelope[DocumentUploaded],
        pages: Sequence[int],
        render: Callable[[int], Awaitable[GreyImage | None]],
    ) -> Scans:
        used = Quantity.images(len(pages))
        call = Call(upload, f"{upload.data.document_id}:scans", "ocr", OCR, used)
        found: dict[int, Sequence[ScanLine]] = {}
        async with self._spending.call(call) as hold, self._load() as model:
            for page in pages:
                image = await render(page)
                found[page] = [] if image is None else await model.read(image)
            await hold.settle(used)
        return found
