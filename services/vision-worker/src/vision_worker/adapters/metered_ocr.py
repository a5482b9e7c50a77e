"""Reading of screens at the tenant's expense; what reads is local and costs nothing, yet counts."""

from typing import Final

from contracts.fact import Envelope
from contracts.media import FrameKept
from spending import LOCAL, Call, Model, Quantity, Spending
from vision_worker.domain.reading import Reading
from vision_worker.ports import OcrModel

OCR: Final = Model(LOCAL, "pp-ocrv6-small")


class MeteredOcr:
    """The model, with a hold around each reading."""

    def __init__(self, model: OcrModel, spending: Spending) -> None:
        self._model = model
        self._spending = spending

    async def read(self, event: Envelope[FrameKept], jpeg: bytes) -> Reading:
        # Decoded before money is held: what is no picture costs nothing.
        image = await self._model.decode(jpeg, event.data)
        call = Call(event, event.data.key, "ocr", OCR, Quantity.images())
        async with self._spending.call(call) as hold:
            reading = await self._model.read(image)
            await hold.settle(Quantity.images())
        return reading
