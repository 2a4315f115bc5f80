"""What people see: the search page, the documentation page, and a page for every IRI of the base."""

from html import escape
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse

from api.negotiate import GRAPH, choose, content_type
from api.present import cell
from graph import reference
from graph.store import QueryResult
from graph.terms import Term
from ontology.namespace import DEFAULT_BASE, FORM, PREFIXES, STRENGTH, THEME

router = APIRouter()
STATIC = Path(__file__).parent / "static"
_HTML = "text/html"
_OFFERS = (*GRAPH, _HTML)
_LABELS = (PREFIXES["rdfs"] + "label", PREFIXES["skos"] + "prefLabel")
_DESCRIPTION = (STATIC / "description.html").read_text(encoding="utf-8")


@router.get("/", include_in_schema=False)
async def page() -> Response:
    """The search page."""
    return FileResponse(STATIC / "index.html")


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """The routes, drawn from /openapi.json by a page that asks nobody else."""
    return FileResponse(STATIC / "docs.html")


@router.get("/health", tags=["Operation"])
async def health() -> Response:
    """Whether the server is alive; answers at once, whatever else is running."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/ready", tags=["Operation"], responses={503: {"description": "Still warming up."}})
async def ready(request: Request) -> Response:
    """Whether the first question would be answered without delay."""
    done = request.app.state.warm.is_set()
    body = {"status": "ready" if done else "warming up", "snapshot": request.app.state.library.snapshot}
    return JSONResponse(body, 200 if done else 503, headers={"Cache-Control": "no-store"})


@router.get("/id/{rest:path}", tags=["Resources"], responses={200: {"content": {offer: {} for offer in _OFFERS}}})
async def dereference(request: Request, rest: str, accept: Annotated[str | None, Header()] = None) -> Response:
    """What the base says about one of its IRIs: RDF as the Accept header likes it, or a page for people."""
    offer = choose(accept, _OFFERS)
    if offer is None:
        raise HTTPException(406, f"No accepted format can hold this; there are: {', '.join(_OFFERS)}.")
    iri = _iri(rest, request.app.state.base)
    body = await to_thread.run_sync(_describe, request, iri, offer)
    return Response(body, headers={"Content-Type": content_type(offer), "Vary": "Accept"})


_VOCABULARY = ("text/html", "text/turtle")


@router.get("/ontology", tags=["Resources"], responses={200: {"content": {offer: {} for offer in _VOCABULARY}}})
async def ontology(accept: Annotated[str | None, Header()] = None) -> Response:
    """The vocabulary: a page with every class and property, or Turtle."""
    offer = choose(accept, _VOCABULARY)
    if offer is None:
        raise HTTPException(406, f"No accepted format can hold this; there are: {', '.join(_VOCABULARY)}.")
    body = await to_thread.run_sync(_vocabulary_page if offer == _HTML else reference.turtle)
    return Response(body, headers={"Content-Type": content_type(offer), "Vary": "Accept"})


def _vocabulary_page() -> str:
    """The page as this server's content policy lets it be shown: with a style sheet of its own address."""
    return reference.page('<link rel="stylesheet" href="/static/style.css"/>')


_SHARED = (
    THEME,
    FORM,
    STRENGTH,
)  # these schemes are the vocabulary's own, whatever base a knowledge base describes things under


def _iri(rest: str, base: str) -> str:
    """The IRI behind the address /id/`rest`."""
    shared = f"{DEFAULT_BASE}id/{rest}"
    return shared if shared.startswith(_SHARED) else f"{base}id/{rest}"


def _path(iri: str, base: str) -> str | None:
    """The address of an IRI on this server, whatever host it has; None where it is none of ours."""
    home = DEFAULT_BASE if iri.startswith(_SHARED) else base
    return "/" + iri.removeprefix(home) if iri.startswith(home + "id/") else None


def _describe(request: Request, iri: str, offer: str) -> bytes:
    result = request.app.state.library.describe(iri)
    return _page(iri, result, request.app.state.base).encode() if offer == _HTML else result.serialize(GRAPH[offer])


def _page(iri: str, result: QueryResult, base: str) -> str:
    """A resource as an HTML page without scripts: its label, then every statement about it."""
    statements = sorted({(predicate, value) for _, predicate, value in result.triples()}, key=_order)
    label = next((value.value for name, value in statements if name in _LABELS and not isinstance(value, str)), iri)
    rows = "\n".join(
        f"<tr><th>{escape(cell(name))}</th><td>{_value(value, base)}</td></tr>" for name, value in statements
    )
    fills = {"title": escape(label), "iri": escape(iri), "path": escape(_path(iri, base) or ""), "rows": rows}
    text = _DESCRIPTION
    for name, fill in fills.items():
        text = text.replace(f"<!--{name}-->", fill)
    return text


def _order(statement: tuple[str, Term]) -> tuple[str, str]:
    name, value = statement
    return name, value if isinstance(value, str) else f"{value.lang or ''}{value.value}"


def _value(term: Term, base: str) -> str:
    if not isinstance(term, str):
        tag = f' <span class="tag">{escape(term.lang)}</span>' if term.lang else ""
        return f'<span lang="{escape(term.lang or "")}">{escape(term.value)}</span>{tag}'
    if path := _path(term, base):
        return f'<a href="{escape(path)}">{escape(path.removeprefix("/"))}</a>'
    return escape(cell(term))
