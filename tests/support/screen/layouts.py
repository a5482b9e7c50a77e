"""Screens of many kinds, drawn by numbers."""

from contracts.vision import Tone
from support.screen.drawn import Drawn, centred, mono, right, text

WHITE, GREY = (255, 255, 255), (128, 128, 128)


def price_cards() -> Drawn:
    plans = (("Basic", "$9", "per month"), ("Studio", "$24", "per month"), ("Atelier", "$61", ""))
    drawn = [centred("Pick a plan", 600, 20, 28)]
    for at, (name, price, note) in enumerate(plans):
        x = 60 + at * 400
        drawn += [text(name, x, 100, 20), text(price, x, 135, 40)]
        drawn += [text(note, x, 190)] if note else []
        features = (f"{at + 1} projects", "Mail support", f"{(at + 1) * 5} GB storage")
        drawn += [text(one, x, 250 + line * 30) for line, one in enumerate(features)]
    return drawn


def dashboard() -> Drawn:
    tiles = (("Riders", "12,480"), ("Wait", "3.4 min"), ("Revenue", "€ 48,210"), ("Rating", "4.81"))
    drawn = [text("Overview", 20, 20, 28, heavy=True)]
    for at, (label, figure) in enumerate(tiles):
        x, y = 40 + at % 2 * 500, 100 + at // 2 * 150
        drawn += [text(label, x, y, 13), text(figure, x, y + 24, 32)]
    return drawn


def figures_over_labels() -> Drawn:
    tiles = (("99.95 %", "Uptime"), ("142 ms", "Latency"), ("7", "Incidents"))
    drawn: Drawn = []
    for at, (figure, label) in enumerate(tiles):
        drawn += [centred(figure, 200 + at * 400, 100, 36), centred(label, 200 + at * 400, 146, 15)]
    return drawn


def settings() -> Drawn:
    rows = (("Wi-Fi", "Kestrel is in reach", "On"), ("Night light", "From 21:30", "Off"))
    drawn = [text("Device", 20, 20, 26, heavy=True)]
    for at, (name, about, state) in enumerate(rows):
        y = 90 + at * 70
        drawn += [text(name, 20, y), text(about, 20, y + 22, 13), right(state, 800, y + 11)]
    return drawn


def receipt() -> Drawn:
    rows = (("2 x Flat white", "7.80"), ("1 x Croissant", "3.60"), ("Sum", "11.40"))
    drawn = [centred("Morel", 400, 20, 22)]
    for at, (what, amount) in enumerate(rows):
        drawn += [text(what, 220, 80 + at * 30), right(amount, 580, 80 + at * 30)]
    return drawn


TABLE_HEADER = ["Port", "Contact", "Pallets", "Leaves"]
TABLE = [
    ["Ostrava", "Ludmila Kral", "412", "18.06.2031"],
    ["Turku", "", "77", "02.07.2031"],
    ["Porto", "Rui Teles", "1,350", "11.06.2031"],
    ["Ghent", "Lotte Claes", "", "19.06.2031"],
]


def table() -> Drawn:
    drawn = [text("Shipments", 30, 30, 28, heavy=True)]
    for at, row in enumerate([TABLE_HEADER, *TABLE]):
        y = 100 + at * 38
        places = (text, text, right, text)
        for draw, content, x in zip(places, row, (30, 250, 700, 760), strict=True):
            drawn += [draw(content, x, y)] if content else []
    return drawn


def slide() -> Drawn:
    """All in red but the figures; a column's name was read too wide, up to the next one."""
    drawn = [text("Costs in thousand francs", 80, 60, 44, tone="red")]
    heads = ("Agreed", "Paid", "Outlook")
    drawn += [
        text(head, 240 + at * 130, 150, 22, tone="red", heavy=True) for at, head in enumerate(heads)
    ]
    agreed = drawn[1]
    wide = agreed.box.model_copy(update={"width": 134})
    drawn[1] = agreed.model_copy(update={"box": wide})
    for at, row in enumerate((("Halls", "910", "450", "960"), ("Desks", "70", "12", "64"))):
        y = 200 + at * 50
        xs = (80, 240, 371, 500)
        drawn += [text(content, x, y, 22) for content, x in zip(row, xs, strict=True)]
    return drawn


def wrapped_table() -> Drawn:
    """A description in two lines; the other places stand at the middle of them."""
    long = ("Pump housing with a flange for", "the cold side, without a seal ring")
    drawn = [
        text(one, x, 60) for one, x in zip(("Part", "About", "Stock"), (20, 140, 500), strict=True)
    ]
    for at, (part, stock) in enumerate((("RX-20", "12"), ("RX-47", "340"))):
        y = 110 + at * 80
        drawn += [text(part, 20, y + 11), text(stock, 500, y + 11)]
        drawn += [text(line, 140, y + 22 * number) for number, line in enumerate(long)]
    return drawn


TERMINAL = """mira@kiln:~$ df -h
Filesystem     Size Used Avail Use% Mounted on
/dev/nvme0n1p2 468G 391G   54G  88% /
tmpfs           16G 2.1M   16G   1% /run
/dev/sdb1      1.8T 1.1T  640G  64% /srv/media
mira@kiln:~$ make deploy
Building image atlas:3.2.0 ... done
error: quota exceeded for staging (limit 8 pods)
mira@kiln:~$"""


def terminal() -> Drawn:
    """As the OCR reads it: parted at two blanks and more, one blank stays inside of a text."""
    drawn: Drawn = []
    for row, line in enumerate(TERMINAL.splitlines()):
        begin = 0
        for part in line.split("  "):
            if part.strip():
                at = line.index(part.strip(), begin)
                drawn.append(mono(part.strip(), at, row))
                begin = at + len(part.strip())
    return drawn


CODE = (
    "import os",
    "",
    "MAX_RETRIES = 7",
    "def fetch(url, retries=MAX_RETRIES):",
    "    return url",
)


def editor() -> Drawn:
    drawn = [
        text(name, 8, 20 + at * 28, 14) for at, name in enumerate(("src", "fetch.py", "uv.lock"))
    ]
    for at, line in enumerate(CODE):
        drawn.append(mono(f"{at + 41}", 30, at + 2))
        drawn += [mono(line.strip(), 35 + len(line) - len(line.lstrip()), at + 2)] if line else []
    bar = (
        ("main", 10),
        ("2 errors", 90),
        ("Ln 47, Col 12", 880),
        ("UTF-8", 1100),
        ("Python", 1200),
    )
    return drawn + [text(content, x, 702, 13, tone="blue") for content, x in bar]


def dialog() -> Drawn:
    """Over a table: on a paper of its own."""
    drawn = [
        text(content, x, 60 + row * 37, paper=GREY)
        for row in range(10)
        for content, x in ((f"2031-{row:03d}", 30), (f"{row * 31}.20", 1100))
    ]
    lines = ("The bank declined the transfer to Silva.", "Nothing was charged.")
    drawn += [text("Payment failed", 430, 180, 20, tone="red", paper=WHITE)]
    drawn += [text(line, 430, 221 + at * 23, paper=WHITE) for at, line in enumerate(lines)]
    drawn += [text("Cancel", 640, 292, paper=WHITE)]
    drawn += [text("Try again", 730, 292, tone="blue", paper=(20, 80, 190))]
    return drawn


PUMPS = (
    ("P1", "North well", "Running"),
    ("P2", "South well", "Stopped"),
    ("P4", "Reservoir", "Running"),
    ("P7", "Harbour", "Idle"),
)
NOTICE = ("Pump P2 has stopped", "Motor too hot at 14:05")


def notice_beside_a_table() -> Drawn:
    """In a box of its own, as near to the rows as their columns are to each other."""
    drawn = [
        text(head, x, 60, 14, paper=WHITE)
        for head, x in (("No", 30), ("Place", 130), ("State", 330))
    ]
    tones: dict[str, Tone] = {"Running": "green", "Stopped": "red", "Idle": "amber"}
    for at, (number, place, state) in enumerate(PUMPS):
        y = 92 + at * 33
        drawn += [text(number, 30, y, paper=WHITE), text(place, 130, y, paper=WHITE)]
        drawn.append(text(state, 330, y, paper=WHITE, tone=tones[state]))
    red = (253, 226, 226)
    drawn.append(text(NOTICE[0], 520, 118, tone="red", heavy=True, paper=red))
    return [*drawn, text(NOTICE[1], 520, 137, tone="red", paper=red)]


def banner() -> Drawn:
    lines = ("Replication is lagging", "Replica 4 is 312 seconds behind.")
    return [
        text("Health", 20, 20, 28, heavy=True),
        *(text(f"Region {at}", 20, 80 + at * 30) for at in range(3)),
        *(text(line, 20, 240 + at * 23, tone="amber") for at, line in enumerate(lines)),
    ]


EVENTS = (("09:14", "Certificate renewed"), ("09:02", "Backup finished"), ("08:47", "Disk cleared"))


def events() -> Drawn:
    drawn = [text("Events", 20, 20, 22, heavy=True)]
    for at, (when, what) in enumerate(EVENTS):
        drawn += [text(when, 20, 80 + at * 32), text(what, 140, 80 + at * 32)]
    return drawn


CHANGES = (
    ("16:20 · Lena Ortmann", "Tour moved to 11:15"),
    ("14:05 · Pavel Hruska", "Guide changed to Ms. Adeyinka"),
    ("13:40 · Lena Ortmann", "Bus added"),
)


def change_log() -> Drawn:
    """Entries of two lines in one type, further from each other than their lines."""
    drawn = [text("Changes", 800, 40, 17)]
    for at, (who, what) in enumerate(CHANGES):
        drawn += [text(who, 800, 90 + at * 50), text(what, 800, 110 + at * 50)]
    return drawn


def calendar() -> Drawn:
    days = ("Mon 9", "Tue 10", "Wed 11")
    drawn = [text(day, 150 + at * 200, 80, heavy=True) for at, day in enumerate(days)]
    drawn += [text(f"{9 + hour}:00", 20, 140 + hour * 58) for hour in range(3)]
    return [*drawn, text("Stand-up", 150, 140), text("Review", 350, 256), text("Dentist", 550, 198)]


def legend() -> Drawn:
    shares = (("Solar", "42 %"), ("Wind", "31 %"), ("Hydro", "19 %"))
    drawn = [text("Share by source", 800, 60, heavy=True)]
    for at, (name, share) in enumerate(shares):
        y = 100 + at * 33
        drawn += [text("■", 800, y), text(name, 824, y), text(share, 930, y)]
    return drawn


FIELDS = {"First name": "Ingrid", "Last name": "Solheim", "Phone": "+47 555 01", "Desk": "B-214"}


def form() -> Drawn:
    """Two columns; labels above the fields, whose text is inside of a frame."""
    drawn = [text("New employee", 20, 20, 28, heavy=True)]
    for at, (label, value) in enumerate(FIELDS.items()):
        x, y = 40 + at % 2 * 420, 90 + at // 2 * 84
        drawn += [text(label, x, y, 14), text(value, x + 13, y + 34)]
    return drawn


CLAIMS = (
    (("Guest", "Ines Roth"), ("Room", "Attic, 14")),
    (("Arrival", "30.02.2031"), ("Meals", "Breakfast")),
    (("Deposit", "80 CHF"), ("Pays by", "Invoice")),
)
CLAIM_ERROR = "D-11: there is no such day"


def marked_form() -> Drawn:
    """Labels as near to the field over them as to their own; one field has an error under it."""
    drawn: Drawn = []
    y = 60
    for row in CLAIMS:
        for at, (label, value) in enumerate(row):
            x = 40 + at * 380
            drawn += [text(label, x, y, 14), text(value, x + 10, y + 29, 16)]
        if row is CLAIMS[1]:
            drawn.append(text(CLAIM_ERROR, 40, y + 60, 14, tone="red"))
            y += 20
        y += 66
    return drawn


GOODS = (
    ("Alder", "Birch, matt", "48.00", "9 in stock"),
    ("Fen", "Steel, black", "112.50", "Sold out"),
    ("Moss", "Clay, glazed", "23.90", "Ships in 3 days"),
)


def product_cards() -> Drawn:
    """Price and stock stand further from the name than what is said of it."""
    drawn = [text("Stools", 40, 60, 28)]
    for at, (name, about, price, stock) in enumerate(GOODS):
        x = 40 + at * 320
        drawn += [text(name, x, 300, 18, heavy=True), text(about, x, 322, 14)]
        drawn += [text(price, x, 354, 22, heavy=True), text(stock, x, 380, 14)]
    return drawn


def article_beside_a_menu() -> Drawn:
    words = (
        "Since Tuesday the large printer beside the",
        "kitchen prints every second page without",
        "text, and a new cartridge did not help.",
    )
    menu = [
        text(name, 20, 80 + at * 36)
        for at, name in enumerate(("Home", "Rooms", "Printers", "Help"))
    ]
    title = text("Printer prints blank pages", 300, 30, 26, heavy=True)
    return [*menu, title, *(text(line, 300, 90 + at * 23) for at, line in enumerate(words))]


SCREENS = (
    slide,
    price_cards,
    dashboard,
    figures_over_labels,
    settings,
    receipt,
    table,
    wrapped_table,
    terminal,
    editor,
    dialog,
    notice_beside_a_table,
    banner,
    events,
    change_log,
    calendar,
    legend,
    form,
    marked_form,
    product_cards,
    article_beside_a_menu,
)
