"""What goes wrong between the command and a gateway, as the command's own errors."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from cli.command_line.errors import CliError, Exit, missing


def refused(response: httpx.Response) -> CliError:
    """The gateway's problem+json as the command's error."""
    try:
        problem: Mapping[str, Any] = response.json()
    except ValueError:
        problem = {}
    code = str(problem.get("code", HTTPStatus(response.status_code).name.lower()))
    detail = str(problem.get("detail", f"The gateway answered {response.status_code}."))
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return missing(code, detail, "Check PARLEY_API_KEY.")
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return missing(code, detail, "`parley doctor` shows what is missing.")
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
        return CliError(Exit.BAD_INPUT, code, detail)
    return CliError(Exit.NOT_GOOD, code, detail)


def unreachable(url: str) -> CliError:
    """Nothing answers at the gateway's address."""
    return missing(
        "gateway_unreachable",
        f"The gateway at {url} does not answer.",
        "Start one with `parley up`, or check PARLEY_URL; `parley doctor` shows more.",
    )


def not_a_gateway(url: str) -> CliError:
    """What answers there is not what this version expects."""
    return missing(
        "not_a_gateway",
        f"What answers at {url} is no gateway of this version.",
        "Check PARLEY_URL or --target.",
    )
