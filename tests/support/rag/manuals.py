"""Pages of a manual of a device that nobody makes, in five languages; each fact with a question.

The questions use other forms of the words, other writings of numbers and codes, or a synonym.
"""

from typing import NamedTuple


class Section(NamedTuple):
    """A heading, what stands below it, a question and the words that answer it."""

    heading: str
    text: str
    question: str
    answer: str


MANUALS: dict[str, tuple[Section, ...]] = {
    "de": (
        Section(
            "Gewährleistung",
            "Die Gewährleistung für den Verdichter LW-70 beträgt zweiunddreißig Monate. Sie beginnt"
            " mit der Inbetriebnahme.",
            "Wie lange dauern Gewährleistungen beim LW 70?",
            "zweiunddreißig Monate",
        ),
        Section(
            "Ölwechsel",
            "Das Öl ist alle 1.250 Betriebsstunden zu wechseln. Verwenden Sie nur Öl der Klasse"
            " VG 46.",
            "Nach wie vielen Betriebsstunden wechselt man die Öle?",
            "1.250 Betriebsstunden",
        ),
        Section(
            "Störung F-214",
            "Der Riemen rutscht. Spannen Sie ihn um zwei Umdrehungen nach.",
            "Was bedeutet die Störung f 214?",
            "Der Riemen rutscht",
        ),
        Section(
            "Aufstellung",
            "Rund um das Gerät müssen achtzig Zentimeter frei bleiben. Die Geräte stehen auf"
            " ebenem Boden.",
            "Wie viel Platz brauchen die Geräte rundum?",
            "achtzig Zentimeter",
        ),
    ),
    "fr": (
        Section(
            "Nettoyage",
            "Les filtres se nettoient à l'eau tiède toutes les trois semaines. Laissez-les sécher à"
            " l'ombre.",
            "Quand faut-il nettoyer le filtre ?",
            "toutes les trois semaines",
        ),
        Section(
            "Livraison",
            "La livraison des pièces détachées coûte 1 480,50 € hors taxes au-delà de la mer.",
            "Combien coûtent les livraisons de pièces détachées ?",
            "1 480,50 €",
        ),
        Section(
            "Démontage",
            "Avant le démontage, l'opérateur coupe l'alimentation et attend quarante-cinq minutes.",
            "Combien de minutes attendre avant de démonter, une fois l'alimentation coupée ?",
            "quarante-cinq minutes",
        ),
        Section(
            "Alarme K-530",
            "La porte du local est ouverte. Fermez-la, puis appuyez sur le bouton vert.",
            "Que signifie l'alarme K530 ?",
            "La porte du local est ouverte",
        ),
    ),
    "es": (
        Section(
            "Instalación",
            "La instalación la hacen dos técnicos autorizados y dura seis horas.",
            "¿Cuántos técnicos hacen las instalaciones?",
            "dos técnicos autorizados",
        ),
        Section(
            "Almacenamiento",
            "Guarde las baterías entre 5 y 25 grados, nunca al sol.",
            "¿A cuántos grados se guarda la bateria?",
            "entre 5 y 25 grados",
        ),
        Section(
            "Pieza 30.612.75",
            "Es la junta tórica del eje principal. Se cambia con cada revisión.",
            "¿Qué es la pieza 3061275?",
            "la junta tórica",
        ),
        Section(
            "Devoluciones",
            "El comprador puede devolver el equipo en un plazo de veintiún días.",
            "¿Cuál es el plazo para devolver un equipo?",
            "veintiún días",
        ),
    ),
    "ja": (
        Section(
            "保証",
            "コンプレッサー LW-70 の保証期間は三十二か月です。保証は設置日から始まります。",
            "LW70の保証期間はどのくらいですか",
            "三十二か月",
        ),
        Section(
            "清掃",
            "フィルターは3週間ごとにぬるま湯で清掃してください。",
            "フィルターの清掃は何週間ごとですか",
            "3週間ごと",
        ),
        Section(
            "エラー G-318",
            "水位が低すぎます。タンクに水を補充してください。",
            "エラー G 318 の意味は何ですか",
            "水位が低すぎます",
        ),
        Section(
            "設置場所",
            "本体の周囲に八十センチの空間を確保してください。",
            "周囲の空間は何センチ必要ですか",
            "八十センチ",
        ),
    ),
    "zh": (
        Section(
            "质保",
            "压缩机 LW-70 的质保期为三十二个月,自安装之日起计算。",
            "压缩机 LW70 的质保期是多久?",
            "三十二个月",
        ),
        Section(
            "换油",
            "每运行 1,250 小时更换一次润滑油,只能使用 VG 46 号油。",
            "润滑油多少小时更换一次?",
            "1,250 小时",
        ),
        Section(
            "故障 H-427",
            "皮带打滑。将皮带收紧两圈。",
            "故障 H 427 是什么意思?",
            "皮带打滑",
        ),
        Section(
            "存放",
            "电池应存放在五到二十五度的地方,避免阳光直射。",
            "电池应该存放在多少度?",
            "五到二十五度",
        ),
    ),
}
