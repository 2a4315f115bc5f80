"""Errors over HTTP: every one is problem JSON (RFC 9457), says what to do, and shows no stack."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api import present
from api.errors import line, meaning
from corpus.errors import PlanError

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("yaodian")

# What to do about a status that the framework raises on its own.
_ADVICE = {
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address does not take that method; the Allow header lists those it takes.",
}


def problem(
    status: int, detail: str, title: str | None = None, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem document; members of `more` that are None are left out."""
    body = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    body |= {name: value for name, value in more.items() if value is not None}
    return Response(present.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every kind of error of an application in this form."""
    app.add_exception_handler(PlanError, _plan_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def of_error(error: PlanError) -> Response:
    """The problem document of an error that the user can mend."""
    kind = meaning(error)
    headers = {"Retry-After": "1"} if kind.http == HTTPStatus.SERVICE_UNAVAILABLE else None
    more = {"line": getattr(error, "line", None), "column": getattr(error, "column", None)}
    return problem(kind.http, line(error), kind.title, headers, **more)


def unexpected(error: Exception) -> Response:
    """The problem document of a fault of ours; its stack goes to the log and nowhere else."""
    _log.error("unexpected error", exc_info=error)
    return problem(500, "The server made a mistake; its log says more.")


async def _plan_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, PlanError):
        raise error
    return of_error(error)


async def _http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    phrase = HTTPStatus(error.status_code).phrase
    detail = _ADVICE.get(error.status_code, phrase) if error.detail == phrase else error.detail
    return problem(error.status_code, detail, headers=error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return problem(422, "; ".join(map(_complaint, error.errors())), "A parameter cannot be used")


def _complaint(found: Mapping[str, Any]) -> str:
    """One complaint of the validator as a clause: which parameter, what it should be, what came."""
    place, *path = found["loc"]
    name = ".".join(map(str, path))
    came = "" if found["type"] == "missing" else f", not {str(found['input'])[:60]!r}"
    return f"{place} parameter {name}: {found['msg'][0].lower()}{found['msg'][1:]}{came}"
