# ruff: noqa: RUF001 - letters of many scripts
"""A text file in any encoding is read, or refused by a reason that names what was tried."""

from pathlib import Path

import pytest

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.encoding import decode
from rag.adapters.parsers.html.page import read_html
from unit.rag.test_parsers import LIMITS, written

POLISH = "Zawór bezpieczeństwa należy sprawdzać co miesiąc. Części są dostępne w Łodzi."
GREEK = "Η βαλβίδα ασφαλείας ελέγχεται κάθε μήνα από τεχνικό της εταιρείας."
RUSSIAN = "Предохранительный клапан проверяют каждый месяц в присутствии мастера."
GERMAN = "Prüfen Sie das Sicherheitsventil jeden Monat. Das Öl kostet 12 € je Liter."
LITHUANIAN = "Apsauginį vožtuvą būtina tikrinti kiekvieną mėnesį. Kaina šešiasdešimt eurų."
TURKISH = (
    "Emniyet valfi her ay kontrol edilmelidir. Yağ değişimi için bayiye başvurunuz, şişe 5 lira."
)
JAPANESE = "安全弁は毎月点検してください。部品は倉庫にあります。"
KOREAN = "안전 밸브는 매달 점검하십시오. 부품은 창고에 있습니다."
CHINESE = "安全阀每个月检查一次。零件存放在二号仓库里。"
TAIWANESE = "安全閥每個月檢查一次。零件存放在二號倉庫裡。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (POLISH, "windows-1250"),
        (POLISH, "iso-8859-2"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "iso-8859-5"),
        (GERMAN, "windows-1252"),
        (GREEK, "windows-1253"),
        (GREEK, "iso-8859-7"),
        (TURKISH, "windows-1254"),
        (LITHUANIAN, "windows-1257"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso-2022-jp"),
        (KOREAN, "euc-kr"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
    ],
)
def test_an_encoding_that_nothing_declares_is_detected(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", [POLISH, RUSSIAN, GERMAN, JAPANESE, CHINESE, "Code 17-B\n"])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"],
)
def test_unicode_is_read_with_and_without_its_mark(text: str, encoding: str) -> None:
    lines = f"{text}\n17-B\n"
    assert decode(lines.encode(encoding)).text == lines


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('<meta charset="windows-1251">', "windows-1251"),
        ('<META content="text/html; charset=koi8-r" http-equiv=Content-Type>', "koi8-r"),
        ("<meta charset=x-cp1251>", "windows-1251"),
        ('<?xml version="1.0" encoding="iso-8859-5"?>', "iso-8859-5"),
        ('<meta charset="windows-1252">', "utf-8"),
    ],
)
def test_a_page_is_read_in_the_encoding_it_declares(
    tmp_path: Path, declaration: str, encoding: str
) -> None:
    page = f"{declaration}<title>x</title><h1>Да</h1><p>Цена 5.</p>"
    assert read_html(written(tmp_path / "a.html", page.encode(encoding)), LIMITS).text == (
        "Да\n\nЦена 5."
    )


def test_latin_1_means_what_browsers_take_it_for() -> None:
    page = '<meta charset="iso-8859-1"><p>It costs 12 € – “all in”.'
    assert decode(page.encode("windows-1252")).text == page


def test_a_few_broken_bytes_are_lost_and_said() -> None:
    broken = GERMAN.encode() + b"\nand \xff here\n" + POLISH.encode()
    decoded = decode(broken)
    assert decoded.text == f"{GERMAN}\nand \N{REPLACEMENT CHARACTER} here\n{POLISH}"
    assert [(said.code, said.where) for said in decoded.left_out] == [
        ("undecodable_text", "1 characters, the first in line 2")
    ]


def test_the_only_foreign_word_may_come_late() -> None:
    text = "The valve is checked.\n" * 20_000 + RUSSIAN
    assert decode(text.encode("windows-1251")).text == text


@pytest.mark.parametrize("content", [bytes(range(256)) * 8, b"\x01\x00\x02\x00\x03\x00" * 99])
def test_what_is_no_text_is_refused_by_what_was_tried(content: bytes) -> None:
    with pytest.raises(RejectedFileError) as caught:
        decode(content)
    assert caught.value.rejection.code == "unsupported_type"
    assert "UTF-16" in caught.value.rejection.reason
