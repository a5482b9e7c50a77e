"""The options of `parley tenants set`, one for each setting of a tenant.

What they take is checked by the contract alone (`contracts.tenants`), which says what is wrong.
"""

from pathlib import Path
from typing import Annotated

import typer

from cli.command_line.errors import bad_input
from cli.command_line.options import require_file
from contracts.sessions import Addressing
from contracts.tenants import DescribePolicy, RoomAddressing, RoutingPolicy

Instructions = Annotated[
    str | None,
    typer.Option("--instructions", help="Told to every model that answers; @FILE reads a file."),
]
Personality = Annotated[
    str | None, typer.Option("--personality", help="How Parley comes across: warm, dry, brief.")
]
Language = Annotated[
    str | None,
    typer.Option("--language", metavar="de", help="In which Parley speaks of itself: en, de, ..."),
]
Policy = Annotated[RoutingPolicy | None, typer.Option("--policy", help="Which models are asked.")]
WeightsOption = Annotated[
    str | None,
    typer.Option("--weights", metavar="60,25,15", help="Percents, for the policy `weighted`."),
]
LastResort = Annotated[
    bool | None,
    typer.Option(
        "--offline-last-resort/--no-offline-last-resort",
        help="The offline answerer quotes when every provider fails.",
    ),
]
Knowledge = Annotated[
    bool | None,
    typer.Option("--knowledge/--no-knowledge", help="Answers may stand on the documents."),
]
AddressingOption = Annotated[
    Addressing | None,
    typer.Option("--addressing", help="Which speech of a recording is a question."),
]
RoomAddressingOption = Annotated[
    RoomAddressing | None,
    typer.Option("--room-addressing", help="Which speech of a live meeting is a question."),
]
Welcome = Annotated[
    str | None, typer.Option("--welcome", help="Said first in a live meeting; '' says nothing.")
]
Vision = Annotated[
    bool | None, typer.Option("--vision/--no-vision", help="Shared screens are looked at.")
]
Describe = Annotated[
    DescribePolicy | None,
    typer.Option("--describe", help="Which frames a vision model describes ahead of questions."),
]
Camera = Annotated[
    bool | None, typer.Option("--camera/--no-camera", help="People may show themselves.")
]
Consent = Annotated[
    bool | None, typer.Option("--consent/--no-consent", help="Who joins must agree first.")
]
IdleClose = Annotated[
    int | None, typer.Option("--idle-close-minutes", help="Until an idle session closes: 5 and up.")
]
Retention = Annotated[
    int | None, typer.Option("--retention-days", help="Until a closed session is forgotten.")
]


def instructions_text(instructions: str | None) -> str | None:
    """The words themselves, or those of the file that `@FILE` names.

    Raises:
        CliError: 3, there is no such file, or it is no text.
    """
    if instructions is None or not instructions.startswith("@"):
        return instructions
    path = Path(instructions[1:])
    require_file(path)
    try:
        return path.read_text(encoding="utf-8").strip()
    except ValueError as error:
        raise bad_input("no_text", f"The file {path} is no text (UTF-8).") from error
