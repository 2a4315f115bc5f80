"""What can be read over HTTP: search, items, documents, entities, themes. Each calls one `Library` method.

The handlers are plain functions: FastAPI runs them in its thread pool, so that they never block the event loop.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api import present
from api.queries import named_queries, named_query
from corpus.errors import QueryError
from graph.model import CLASSES
from index.library import Library
from index.types import (
    Answer,
    Comparison,
    DocumentRef,
    DocumentView,
    EntityView,
    ItemView,
    Page,
    RelatedItem,
    ThemeSummary,
)
from ontology.namespace import local


def _once(request: Request) -> None:
    """Refuse a parameter that is given twice: none of the two can be the one that was meant."""
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if given.count(name) > 1:
            raise HTTPException(422, f"The parameter {name[:60]} is given {given.count(name)} times; give it once.")


ONCE = Depends(_once)
router = APIRouter(dependencies=[ONCE])


def _library(request: Request) -> Library:
    library: Library = request.app.state.library
    return library


Base = Annotated[Library, Depends(_library)]
Identifier = Annotated[str, Path(max_length=200, description="The id: the last segment of the IRI.")]
DocumentFilter = Annotated[
    str | None, Query(max_length=500, description="Only this document: an id, an IRI or a unique source name.")
]


class Documents(BaseModel):
    """The documents in the base."""

    documents: list[DocumentRef]


class Related(BaseModel):
    """The items related to one, best first."""

    related: list[RelatedItem]


class Themes(BaseModel):
    """The themes, with the number of items linked to each."""

    themes: list[ThemeSummary]


def json(value: Any) -> Response:
    """A value as a JSON response; encoding it here is several times faster than FastAPI's own encoder."""
    return Response(present.dumps(value), media_type="application/json")


@router.get("/search", response_model=Answer, tags=["Search"])
def search(
    library: Base,
    q: Annotated[str, Query(max_length=1000, description="A question or words, in Chinese or English.")],
    limit: Annotated[int, Query(ge=1, le=100, description="At most this many results.")] = 10,
    document: DocumentFilter = None,
    theme: Annotated[str | None, Query(max_length=500, description="A theme's IRI, notation or label.")] = None,
    issuer: Annotated[str | None, Query(max_length=200, description="Only documents issued by this body.")] = None,
    place: Annotated[str | None, Query(max_length=200, description="Only documents of this place.")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2199, description="Only documents for this year.")] = None,
    unit: Annotated[str | None, Query(max_length=200, description="Only tasks of this unit.")] = None,
    explain: Annotated[bool, Query(description="Weigh every reason.")] = False,
) -> Response:
    """The items that answer, best first; none where nothing answers, and what came near apart."""
    limits = {"issuer": issuer, "place": place, "unit": unit}
    found = library.search(q, limit=limit, document=document, theme=theme, explain=explain, year=year, **limits)
    return json(found)


@router.get("/items/{id}", response_model=ItemView, tags=["Resources"])
def item(library: Base, id: Identifier) -> Response:
    """An item with its text, themes, facts, mentions and task frame, each with its characters."""
    return json(library.item(id))


@router.get("/items/{id}/related", response_model=Related, tags=["Resources"])
def related(
    library: Base,
    id: Identifier,
    limit: Annotated[int, Query(ge=1, le=100, description="At most this many items.")] = 10,
) -> Response:
    """The items of all documents that share entities or themes with an item or mean alike, best first, with reasons."""
    return json(present.related(library.related(id, limit)))


@router.get("/documents", response_model=Documents, tags=["Resources"])
def documents(library: Base) -> Response:
    """The documents in the base."""
    return json(present.documents(library.documents()))


@router.get("/documents/{id}", response_model=DocumentView, tags=["Resources"])
def document(library: Base, id: Identifier) -> Response:
    """A document with its metadata, sections and items."""
    return json(library.document(id))


@router.get("/compare", response_model=Comparison, tags=["Resources"])
def compare(
    library: Base,
    a: Annotated[str, Query(max_length=500, description="The earlier document: id, IRI or unique source name.")],
    b: Annotated[str, Query(max_length=500, description="The later document.")],
) -> Response:
    """What changed from one document to another: items new, dropped, reworded, word by word; themes gained and lost."""
    return json(library.compare(a, b))


@router.get("/entities", response_model=Page, tags=["Resources"])
def entities(
    library: Base,
    cls: Annotated[
        str | None, Query(alias="class", max_length=100, description="A class, such as Body or City.")
    ] = None,
    q: Annotated[str | None, Query(max_length=200, description="A part of the name.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """Entities by class and by a part of their name, most mentioned first."""
    if cls is not None and cls not in (known := _entity_classes(library)):
        raise QueryError(f"no entity is of a class {cls!r}; there are: {', '.join(sorted(known))}")
    return json(library.entities(cls, q, limit, offset))


_SUBCLASSES = "SELECT ?c { ?c rdfs:subClassOf+ yao:Entity FILTER(STRSTARTS(STR(?c), STR(yao:))) }"


def _entity_classes(library: Library) -> set[str]:
    """The classes that an entity can have: those of the facts, and what the base's vocabulary puts under Entity."""
    return {*CLASSES, *(local(str(row["c"])) for row in library.sparql(_SUBCLASSES).rows())}


@router.get("/entities/{id}", response_model=EntityView, tags=["Resources"])
def entity(library: Base, id: Identifier) -> Response:
    """An entity with its mentions and the facts it takes part in."""
    return json(library.entity(id))


@router.get("/themes", response_model=Themes, tags=["Resources"])
def themes(library: Base) -> Response:
    """The themes, with the number of items linked to each."""
    return json({"themes": library.themes()})


@router.get("/queries", tags=["SPARQL"])
def queries() -> Response:
    """The named SPARQL queries: name, what each asks in Chinese and English, columns, parameter, text."""
    return json({"queries": list(named_queries().values())})


@router.get("/queries/{name}", tags=["SPARQL"])
def query(name: Annotated[str, Path(max_length=100, description="The name of a query.")]) -> Response:
    """One named SPARQL query, to be read, changed and sent to /sparql."""
    return json(named_query(name))
