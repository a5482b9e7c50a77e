import numpy as np
from PIL import Image, ImageDraw, ImageFont

from local_models.screen_text import Cell, PixelBox, rows
from vision_worker.adapters.local_ocr import screen_cells


def test_a_drawn_bar_that_was_read_as_a_sign_is_no_cell_and_a_faint_text_is_one() -> None:
    image = Image.new("RGB", (300, 80), (250, 250, 252))
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, 12, 70), (80, 120, 240))
    draw.text((40, 20), "Choir", (27, 31, 36), ImageFont.load_default(20))
    read = [
        Cell("_", 0.6, PixelBox(2, 0, 14, 76)),
        Cell("Choir", 0.99, PixelBox(34, 14, 70, 34)),
        Cell("faint", 0.7, PixelBox(160, 14, 70, 34)),
    ]
    seen = screen_cells(rows(read), np.asarray(image, np.uint8))
    assert [cell.text for cell in seen] == ["Choir", "faint"]
