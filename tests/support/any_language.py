"""A device that nobody makes, in languages other than English: what is written, shown and asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A question, and words of what answers it."""

    question: str
    answer: str


@dataclass(frozen=True)
class Spoken:
    """Of one language.

    Attributes:
        document: Markdown.
        by_document: answered by one of its sections.
        screen: lines of a screen.
        by_screen: answered by one of them.
        by_nothing: answered by neither.
    """

    language: str
    document: str
    by_document: Told
    screen: tuple[str, ...]
    by_screen: Told
    by_nothing: str


GERMAN = Spoken(
    "de",
    """\
# Inbetriebnahme

Der Verdichter wird auf ebenem Boden aufgestellt und an das Netz angeschlossen.

# Gewährleistung

Die Gewährleistung für den Verdichter LW-70 beträgt zweiunddreißig Monate.

# Wartung

Das Öl wird alle 1.250 Betriebsstunden gewechselt.
""",
    Told("Wie lange dauert die Gewährleistung für den Verdichter?", "zweiunddreißig Monate"),
    ("Anlagenübersicht", "Kühlwassertemperatur: 47 °C", "Fördermenge: 380 Liter", "Halle Süd"),
    Told("Welche Kühlwassertemperatur hat die Anlage?", "47 °C"),
    "Wer gewann letztes Jahr das Pferderennen?",
)
JAPANESE = Spoken(
    "ja",
    """\
# 設置

圧縮機は平らな床に置き、電源に接続します。

# 保証

圧縮機LW-70の保証期間は三十二か月です。

# 整備

潤滑油は1,250運転時間ごとに交換します。
""",
    Told("圧縮機の保証期間はどれくらいですか。", "三十二か月"),
    ("設備一覧", "冷却水温度: 47 °C", "吐出量: 380リットル", "南棟"),
    Told("冷却水温度はいくつですか。", "47 °C"),
    "昨年の競馬で優勝したのは誰ですか。",
)
