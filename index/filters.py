"""Limits to a question that are given beside it: document, theme, issuer, place, year, unit."""

from collections.abc import Callable
from dataclasses import dataclass

from corpus.errors import NotFoundError, QueryError
from index.catalogue import DocumentRow
from index.conditions import About, Condition, OfDocument
from index.known import Known
from index.query import language_of
from index.tokens import normalise
from ontology.tables import theme_named


@dataclass(frozen=True, slots=True)
class Limits:
    """What a question is limited to, as given; None for what is not. `document` is an id, an IRI or a source name."""

    document: str | None = None
    theme: str | None = None
    issuer: str | None = None
    place: str | None = None
    year: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """The documents among which to look (None: all), and what their items must fulfil."""

    documents: frozenset[str] | None
    conditions: tuple[Condition, ...]

    def all_conditions(self, known: Known) -> tuple[Condition, ...]:
        """The same with the documents as a condition."""
        if self.documents is None:
            return self.conditions
        iris = tuple(sorted(row.iri for row in known.documents if row.id in self.documents))
        return OfDocument(iris), *self.conditions


def find(limits: Limits, known: Known, document: Callable[[str], DocumentRow]) -> Filter:
    """What the limits come to in a base; raises NotFoundError, in one line, for a value that it does not know."""
    chosen: list[frozenset[str]] = []
    if limits.document is not None:
        chosen.append(frozenset({document(limits.document).id}))
    for value, among in ((limits.issuer, _issued), (limits.place, _placed), (limits.year, _dated)):
        if value is not None:
            chosen.append(frozenset(row.id for row in among(value, known)))
    found: list[Condition] = []
    if limits.theme is not None:
        found.append(About((theme_named(limits.theme).notation,)))
    if limits.unit is not None:
        found.append(_unit(limits.unit, known))
    return Filter(frozenset.intersection(*chosen) if chosen else None, tuple(found))


def _issued(value: object, known: Known) -> list[DocumentRow]:
    name = _given(value, "issuer")
    rows = known.named_documents(name, language_of(name))
    if rows:
        return rows
    issuers = {body for row in known.documents for body in _bodies(row)}
    there = f"; there are: {'、'.join(sorted(issuers)[:8])}" if issuers else ""
    raise NotFoundError(f"no document in this base is issued by {value}{there}")


def _bodies(row: DocumentRow) -> list[str]:
    bodies = row.metadata.get("issuing_bodies")
    return [str(body) for body in bodies] if isinstance(bodies, list | tuple) else []


def _placed(value: object, known: Known) -> list[DocumentRow]:
    rows = known.of_place(_given(value, "place"))
    if rows:
        return rows
    raise NotFoundError(f"no document in this base is of {value}; list the documents with: yaodian list")


def _dated(value: object, known: Known) -> list[DocumentRow]:
    rows = known.of_year(int(str(value)))
    if rows:
        return rows
    years = sorted({year for row in known.documents if (year := known.year_of(row))})
    there = f"; there are: {', '.join(years)}" if years else ""
    raise NotFoundError(f"no document in this base is for the year {value}{there}")


def _unit(value: str, known: Known) -> Condition:
    name = _given(value, "unit")
    found = known.unit(name, language_of(name), "responsible")
    if found is None:
        raise NotFoundError(
            f"no task in this base names the unit {value}; list the units with: yaodian sparql --named units"
        )
    return found


def _given(value: object, what: str) -> str:
    text = normalise(str(value)).strip()
    if not text:
        raise QueryError(f"the {what} is empty; name one or leave it out")
    return text
