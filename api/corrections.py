"""`/corrections`: what users put right. Reading is open like all else; writing only where `serve` is writable."""

import json
from dataclasses import fields
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from api import present
from api.protocol import read_body
from api.routes import ONCE, Base, Identifier
from api.settings import Settings
from api.writes import may_write
from graph.assertions import Note, note
from index.library import Library
from index.requests import Add, Merge, Reject, SetFrame, SetTheme, Undo
from index.types import AssertionView

router = APIRouter(dependencies=[ONCE], tags=["Corrections"])
_LARGEST = 64 * 1024  # bytes of a request to correct something
_Wanted = Annotated[Reject | Add | SetTheme | SetFrame | Merge, Field(discriminator="kind")]


class Why(BaseModel):
    """Who asserts it, why, and when (ISO 8601; by default now)."""

    model_config = ConfigDict(extra="ignore")
    reason: str = Field(max_length=1000)
    author: str = Field("", max_length=200)
    date: str | None = Field(None, max_length=40)


class Corrections(BaseModel):
    """What users assert, oldest first."""

    corrections: list[AssertionView]


_REQUEST: TypeAdapter[Reject | Add | SetTheme | SetFrame | Merge] = TypeAdapter(_Wanted)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "required": ["kind", "reason"]}}},
    }
}


@router.get("/corrections", response_model=Corrections)
def corrections(
    library: Base,
    proposals: Annotated[bool, Query(description="The pairs of entities that may be one, instead.")] = False,
) -> Response:
    """What users assert, with what was taken back; or what the base proposes as the same."""
    found = {"proposals": library.proposals()} if proposals else {"corrections": library.assertions()}
    return Response(present.dumps(found), media_type="application/json")


@router.post("/corrections", response_model=AssertionView, status_code=201, openapi_extra=_BODY)
async def correct(request: Request) -> Response:
    """Put something right: `kind` is reject, add, theme, frame or same; the other members as in docs/reference.md."""
    may_write(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, f"Send the correction as application/json, not as {media_type or 'nothing'}.")
    text = await read_body(request, _LARGEST, f"The correction is larger than {_LARGEST // 1024} KiB; make it shorter.")
    try:
        why, wanted = Why.model_validate_json(text), _without_why(text)
    except ValidationError as error:
        raise HTTPException(422, "; ".join(map(_complaint, error.errors(include_url=False)))) from None
    made = await _amend(request, wanted, note(why.author, why.reason, why.date))
    return Response(present.dumps(made), 201, {"Location": f"/id/assertion/{made.id}"}, "application/json")


@router.delete("/corrections/{id}", response_model=AssertionView)
async def undo(
    request: Request,
    id: Identifier,
    reason: Annotated[str, Query(max_length=1000, description="Why it is taken back.")] = "taken back",
    author: Annotated[str, Query(max_length=200, description="Who takes it back.")] = "",
) -> Response:
    """Take back what has this id: a correction, a merge, a reversal; a proposal is refused. Nothing is forgotten."""
    may_write(request)
    return Response(present.dumps(await _amend(request, Undo(id), note(author, reason))), media_type="application/json")


async def _amend(request: Request, wanted: Any, why: Note) -> AssertionView:
    library: Library = request.app.state.library
    settings: Settings = request.app.state.settings
    return await to_thread.run_sync(lambda: library.amend(wanted, why, settings.aliases))


def _without_why(text: str) -> Reject | Add | SetTheme | SetFrame | Merge:
    """The request; raises HTTPException for a member that it does not have, such as a misspelt one."""
    wanted = _REQUEST.validate_json(text)
    known = [*(field.name for field in fields(wanted)), *Why.model_fields]
    unknown = [name for name in json.loads(text, parse_int=str) if name not in known]
    if unknown:
        raise HTTPException(422, f"{unknown[0][:60]}: no such member; {wanted.kind} takes {', '.join(known)}")
    return wanted


def _complaint(found: Any) -> str:
    name = ".".join(map(str, found["loc"])) or "body"
    return f"{name}: {found['msg'][0].lower()}{found['msg'][1:]}"
