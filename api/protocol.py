"""`/sparql`: the SPARQL 1.1 Protocol, query only, evaluated in processes that can be killed."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from anyio import fail_after
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from api.negotiate import GRAPH, ROWS, choose, content_type
from api.turns import Turns
from corpus.errors import QueryError

router = APIRouter(tags=["SPARQL"])
MAX_QUERY = 64 * 1024
_BODY_SECONDS = 30
_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_DATASET = ("default-graph-uri", "named-graph-uri")
_MEDIA_TYPES = (*ROWS, *(media_type for media_type in GRAPH if media_type not in ROWS))
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in _MEDIA_TYPES}, "description": "The result."}
}


@router.get("/sparql", responses=_RESPONSES)
async def sparql_get(
    request: Request,
    query: Annotated[str | None, Query(description="A SPARQL 1.1 query; SERVICE and updates are refused.")] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Evaluate a query; the default graph is the union of all graphs."""
    if query is None and choose(accept, ("application/sparql-results+json", "text/html")) == "text/html":
        return RedirectResponse("/?view=sparql", 303)
    return await _respond(request, list(request.query_params.multi_items()), accept)


@router.post(
    "/sparql",
    responses=_RESPONSES,
    openapi_extra={
        "requestBody": {
            "content": {
                _QUERY: {"schema": {"type": "string"}},
                _FORM: {"schema": {"type": "object", "properties": {"query": {"type": "string"}}}},
            }
        }
    },
)
async def sparql_post(request: Request, accept: Annotated[str | None, Header()] = None) -> Response:
    """Evaluate a query sent as a form or as it stands (`application/sparql-query`)."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (_FORM, _QUERY):
        raise HTTPException(415, f"Send the query as {_QUERY} or {_FORM}, not as {media_type or 'nothing'}.")
    limit = MAX_QUERY * (3 if media_type == _FORM else 1)  # %XX for each byte
    text = await read_body(request, limit, f"The query is larger than {MAX_QUERY // 1024} KiB; make it shorter.")
    in_address = list(request.query_params.multi_items())
    # parse_qsl decodes once; a second decoding would turn %25 in an IRI of the query into another IRI
    parameters = parse_qsl(text, keep_blank_values=True) if media_type == _FORM else [("query", text)]
    return await _respond(request, [*parameters, *in_address], accept)


async def read_body(request: Request, limit: int, too_large: str) -> str:
    """The body as text; raises HTTPException where it has more than `limit` bytes, is no UTF-8, or does not come."""
    data = bytearray()
    try:
        with fail_after(_BODY_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > limit:
                    raise HTTPException(413, too_large)
    except TimeoutError:
        raise HTTPException(408, f"The body did not come within {_BODY_SECONDS} s; send it at once.") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"The body is not UTF-8 at byte {error.start}; send it as UTF-8.") from None


async def _respond(request: Request, parameters: list[tuple[str, str]], accept: str | None) -> Response:
    text = _one_query(parameters)
    rows, graph = choose(accept, tuple(ROWS)), choose(accept, tuple(GRAPH))
    if rows is None and graph is None:
        raise _not_acceptable()
    formats = {"select": ROWS.get(rows or ""), "ask": ROWS.get(rows or ""), "graph": GRAPH.get(graph or "")}
    turns: Turns = request.app.state.queries
    store = request.app.state.library.store_path
    reply = await turns.run(lambda stop: turns.workers.query(store, text, formats, stop), request)
    media_type = graph if reply.kind == "graph" else rows
    if reply.format is None or media_type is None:
        raise _not_acceptable()
    return Response(reply.body, headers={"Content-Type": content_type(media_type), "Vary": "Accept"})


def _one_query(parameters: list[tuple[str, str]]) -> str:
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) != 1:
        raise QueryError(f"{len(queries)} parameters `query` where one is needed; send exactly one SPARQL query")
    if any(name in _DATASET for name, _ in parameters):
        raise QueryError(f"{' and '.join(_DATASET)} are not taken here; name graphs in the query with FROM or GRAPH")
    if len(queries[0].encode("utf-8", "replace")) > MAX_QUERY:
        raise HTTPException(413, f"The query is larger than {MAX_QUERY // 1024} KiB; make it shorter.")
    return queries[0]


def _not_acceptable() -> HTTPException:
    return HTTPException(406, f"No accepted format can hold this result; there are: {', '.join(_MEDIA_TYPES)}.")
