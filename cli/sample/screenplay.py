"""What is said, what is done, and what a right answer is. Times in ms from the start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from actor import Actor

LENGTH_MS: Final = 94_000

VOICE_OF: Final = {"Robin": "rms", "Sam": "heart", "Alex": "slt"}
"""Robin presents, Sam and Alex are customers. The voices are those of `voice.py`."""


@dataclass(frozen=True)
class Answer:
    """What makes an answer right."""

    id: str
    kind: Literal["documents", "screen", "both", "changed", "neither"]
    contains: tuple[tuple[str, ...], ...] = ()
    """Of every group one must occur, in any case of letters."""
    document: str | None = None
    screen: str | None = None
    """Id of the change that shows it."""
    outdated: tuple[str, str] | None = None
    """A document and what it says still."""


@dataclass(frozen=True)
class Line:
    """One utterance; a question where there is an answer to it."""

    at_ms: int
    speaker: str
    text: str
    answer: Answer | None = None


@dataclass(frozen=True)
class Shows:
    """A change that matters. It is gone with the scene, or with the next change of its place."""

    id: str
    scene: str
    text: tuple[str, ...]
    """What can be read then and could not before."""
    place: str = "page"


@dataclass(frozen=True)
class Cue:
    """Something to do. It may take several pictures; what it shows is shown after the last."""

    at_ms: int
    do: Callable[[Actor], None]
    shows: Shows | None = None


def _documents(id: str, says: str, document: str) -> Answer:
    return Answer(id, "documents", ((says,),), document=document)


LINES: Final = (
    Line(800, "Robin", "Good morning, and welcome to the call. Let me share my screen."),
    Line(
        6_600,
        "Sam",
        "How many days does a customer have to ask for a refund?",
        _documents("refund", "21 days", "refunds-and-data.html"),
    ),
    Line(
        14_600,
        "Alex",
        "When is the next maintenance window?",
        Answer("maintenance", "screen", (("22 March",), ("02:00",)), screen="slide-dates"),
    ),
    Line(19_400, "Robin", "Okay, I will open the payment form and type in a card number."),
    Line(
        28_400,
        "Sam",
        "What does the error on the screen say?",
        Answer("error", "screen", (("PAY-4012",), ("incomplete",)), screen="form-error"),
    ),
    Line(
        36_400,
        "Sam",
        "How do I fix this error?",
        Answer(
            "fix",
            "both",
            (("16 digits", "sixteen digits"),),
            document="error-codes.md",
            screen="form-error",
        ),
    ),
    Line(42_000, "Robin", "Thank you, that helps. Here is the page with our prices."),
    Line(
        49_600,
        "Sam",
        "How much does the Team plan cost per month?",
        Answer(
            "price",
            "changed",
            (("34",),),
            screen="price-changed",
            outdated=("plans-and-prices.pdf", "29 USD"),
        ),
    ),
    Line(55_400, "Robin", "I will scroll down a bit."),
    Line(
        60_000,
        "Sam",
        "How long are deleted invoices kept?",
        _documents("deleted", "90 days", "refunds-and-data.html"),
    ),
    Line(65_600, "Robin", "Now I switch to the terminal and upload the invoices."),
    Line(
        73_600,
        "Alex",
        "How many invoices were uploaded in the terminal?",
        Answer("uploaded", "screen", (("214",),), screen="terminal-uploaded"),
    ),
    Line(
        80_600,
        "Sam",
        "Where does the command line tool keep its access token?",
        _documents("token", "credentials.toml", "command-line.md"),
    ),
    Line(87_200, "Sam", "Who is the chief executive of the company?", Answer("chief", "neither")),
    Line(90_700, "Robin", "That was all for today. Thank you and goodbye."),
)

SLIDES, PAY, PRICES = "/slides.html", "/pay.html", "/prices.html"

CUES: Final = (
    Cue(0, lambda a: a.move(640, 520)),
    Cue(
        5_200, lambda a: a.key("Right"), Shows("slide-topics", "slides", ("What we will look at",))
    ),
    Cue(9_800, lambda a: a.move(980, 300)),
    Cue(
        12_000,
        lambda a: a.key("Right"),
        Shows("slide-dates", "slides", ("Sunday, 22 March", "02:00 to 04:00")),
    ),
    Cue(13_000, lambda a: a.move(820, 420)),
    Cue(18_600, lambda a: a.point(SLIDES, "pay")),
    Cue(20_000, lambda a: a.click(), Shows("form", "form", ("Pay invoice 2031", "Card number"))),
    Cue(20_600, lambda a: a.point(PAY, "name")),
    Cue(21_600, lambda a: a.click()),
    Cue(21_800, lambda a: a.type("Sam Okafor"), Shows("form-name", "form", ("Okafor",), "name")),
    Cue(23_000, lambda a: a.key("Tab")),
    Cue(
        23_200,
        lambda a: a.type("4929 1180 37"),
        Shows("form-number", "form", ("4929 1180 37",), "number"),
    ),
    Cue(24_800, lambda a: a.point(PAY, "submit")),
    Cue(
        26_000,
        lambda a: a.click(),
        Shows("form-error", "form", ("PAY-4012", "card number is incomplete"), "error"),
    ),
    Cue(27_000, lambda a: a.move(760, 560)),
    Cue(33_000, lambda a: a.move(560, 640)),
    Cue(41_600, lambda a: a.point(PAY, "prices")),
    Cue(43_000, lambda a: a.click(), Shows("prices", "prices", ("Price per month", "Business"))),
    Cue(44_000, lambda a: a.move(600, 330)),
    Cue(
        46_800,
        lambda a: a.portal.set_team_price(34),
        Shows("price-changed", "prices", ("34 USD",), "team-price"),
    ),
    Cue(53_400, lambda a: a.move(700, 480)),
    Cue(
        56_000,
        lambda a: a.scroll(9),
        Shows("prices-end", "prices", ("Questions that customers ask", "Is there a trial")),
    ),
    Cue(62_600, lambda a: a.move(900, 420)),
    Cue(66_400, lambda a: a.open_terminal(), Shows("terminal", "terminal", ("northwind",))),
    Cue(
        67_000,
        lambda a: a.run("head -n 4 invoices.csv"),
        Shows("terminal-head", "terminal", ("number,customer,amount",), "head"),
    ),
    Cue(
        69_600,
        lambda a: a.run("harbor upload invoices.csv"),
        Shows("terminal-uploaded", "terminal", ("Uploaded 214 invoices",), "uploaded"),
    ),
    Cue(
        77_600,
        lambda a: a.run("harbor --version"),
        Shows("terminal-version", "terminal", ("harbor 2.8.1",), "version"),
    ),
    Cue(85_000, lambda a: a.move(420, 300)),
    Cue(
        90_200,
        lambda a: a.leave(),
        Shows("prices-again", "prices-again", ("Questions that customers ask",)),
    ),
)
