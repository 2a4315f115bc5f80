"""Putting right what a base says: a request becomes a line of the journal, and its document is read again.

Everything happens under the writer's lock, on a copy of the snapshot, and is swapped in at once, as with `build`.
"""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from corpus.errors import NotFoundError, PlanError
from corpus.types import Document, Node, Span
from graph import model
from graph.assertions import FIELDS, MENTIONS, Assertion, Note, Standing, node_to, same_as
from graph.corrections import fact_id, find_quote, mention_id
from graph.deadlines import Times, first_deadline
from graph.links import entity_nodes, likenesses
from graph.rdf import node_iri
from graph.store import written
from graph.terms import Literal
from index import base
from index.build import Builder
from index.embed import Encoder
from index.requests import Add, Merge, Reject, Request, SetFrame, SetTheme, Undo
from ontology.namespace import local
from ontology.tables import theme_named, themes

_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_STRUCTURE = ("Item", "Section", "Theme")
_OF_FACT = re.compile(r"/id/(?:fact|mention)/")
_LONGEST_QUOTE = 2000  # characters


def amend(root: Path, request: Request, note: Note, encoder: Encoder, aliases: Path | None = None) -> Standing:
    """Carry a request out and say how its decision stands; what stands so already is left as it is.

    Raises NotFoundError for what the base does not hold, PlanError for what cannot be so, BaseError for a base that
    cannot be written; then the base is as it was.
    """
    base.read_manifest(root)  # a base that is absent is told, not made
    with base.writing(root) as stage, closing(Builder(stage, encoder, aliases=aliases)) as builder:
        stale = builder.stale()
        if stale:
            _take_in(builder, stale)
            builder.write_statements()
        line = _Desk(builder).line(request, note)
        before = builder.journal.standing().get(line.id)
        if before and before.holds and _decides_the_same(before.last, line):
            return before
        _refuse_what_is_rejected(builder, line)
        builder.journal = builder.journal.plus(line)
        document = line.what.get("document")
        if document and builder.catalogue.document(document):  # one that was removed stays so
            _take_in(builder, [builder.original(document)])
        stage.commit(builder.finish())
        return builder.journal.standing()[line.id]


def _take_in(builder: Builder, files: list[Path]) -> None:
    refused = builder.take_in(files, None)
    if refused:
        raise PlanError(refused[0].reason)


def _refuse_what_is_rejected(builder: Builder, line: Assertion) -> None:
    """Raise PlanError where a rejection keeps out what a line adds: it would be told as done and not show."""
    against = builder.overruling(line) if line.state == "asserted" else None
    if against:
        raise PlanError(
            f"a rejection keeps this out: {against.says[:200]}; take it back first "
            f"(yaodian correct undo {against.id}), or give other characters as the quote"
        )


def _decides_the_same(one: Assertion, other: Assertion) -> bool:
    return (one.what, one.state) == (other.what, other.state)


@dataclass(frozen=True)
class _Place:
    """An item with its document, read again."""

    document: Document
    facts: model.Facts
    unit: Node
    iri: str
    id: str

    @property
    def node(self) -> model.Node:
        return model.Node(self.iri, "Item", self.unit.path)

    def span(self, quote: str, start: int | None = None) -> Span:
        """Where the quote stands; raises PlanError where it does not."""
        if len(quote) > _LONGEST_QUOTE:
            raise PlanError(f"the quote has {len(quote)} characters; give at most {_LONGEST_QUOTE} that state it")
        span = find_quote(self.document, self.unit, quote, start)
        if span is None:
            raise PlanError(f"“{quote[:60]}” does not stand in item {self.unit.path}; quote the characters of its text")
        at = self.document.text.raw_span(span).start
        if start is not None and at != start:
            raise PlanError(f"“{quote[:60]}” does not stand at {start} in item {self.unit.path}; it first does at {at}")
        return span

    def evidence(self, span: Span) -> dict[str, Any]:
        """The characters of a span as the journal writes them."""
        return {"quote": self.document.clean(span), "start": self.document.text.raw_span(span).start}


class _Desk:
    """Finds what a request names in the base that is being written, and says it as a line of the journal."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._names = builder.names

    def line(self, request: Request, note: Note) -> Assertion:
        """The request as a line; raises NotFoundError or PlanError."""
        make: dict[type, Callable[[Any, Note], Assertion]] = {
            Reject: self._reject,
            Add: self._add,
            SetTheme: self._theme,
            SetFrame: self._frame,
            Merge: self._merge,
            Undo: self._undo,
        }
        return make[type(request)](request, note)

    def _reject(self, request: Reject, note: Note) -> Assertion:
        name = local(request.fact)
        known = self._rejected(name)
        if known:
            return Assertion(known.kind, known.what, known.says, note)
        iri, graph = self._fact(request.fact)
        document, facts = self._builder.read(local(graph))
        what = {"document": local(graph), "fact": local(iri), "iri": iri}
        for relation in facts.relations:
            if fact_id(document, relation, self._names) == local(iri):
                return Assertion("reject", what, _relation_in_words(document, relation), note)
        for mention in facts.mentions:
            if mention_id(document, mention, self._names) == local(iri):
                return Assertion("reject", what, _mention_in_words(document, mention), note)
        raise NotFoundError(f"{name} was found by another version of this program; build its document again")

    def _rejected(self, name: str) -> Assertion | None:
        """What already rejects a fact, which its document therefore does not hold any more."""
        standings = self._builder.journal.standing().values()
        found = (s.last for s in standings if s.holds and s.last.kind == "reject" and s.last.what["fact"] == name)
        return next(found, None)

    def _fact(self, name: str) -> tuple[str, str]:
        """The IRI of a fact or mention and the graph that states it."""
        for iri in (name, *(f"{self._names.base}id/{kind}/{name}" for kind in ("fact", "mention"))):
            if not _is_iri(iri) or not _OF_FACT.search(iri):
                continue
            row = next(self._builder.store.query(f"SELECT ?g {{ GRAPH ?g {{ {written(iri)} ?p ?o }} }}").rows(), None)
            if row:
                return iri, str(row["g"])
        raise NotFoundError(f"no fact or mention {name[:80]} in this base; /items/{{id}} lists those of an item")

    def _add(self, request: Add, note: Note) -> Assertion:
        place = self._item(request.item or request.subject, request.document)
        span = place.span(request.quote, request.start)
        object_ = self._node(request.object, place)
        if request.predicate == MENTIONS:
            subject = place.node
        else:
            subject = self._node(request.subject, place)
            _check_relation(subject, request.predicate, object_)
            self._check_ends(subject, request.predicate, object_)
        if object_.cls in _STRUCTURE and request.predicate == MENTIONS:
            raise PlanError(f"{object_.name} is no entity; only entities are mentioned")
        what = {
            "document": place.id,
            "item": place.unit.path,
            "subject": node_to(subject),
            "predicate": request.predicate,
            "object": node_to(object_),
            **place.evidence(span),
        }
        where = "" if subject.name == place.unit.path else f"{place.unit.path}: "
        says = f"{where}{subject.name} {request.predicate} {object_.name} “{place.document.clean(span)}”"
        return Assertion("add", what, says, note)

    def _check_ends(self, subject: model.Node, predicate: str, object_: model.Node) -> None:
        """Raise PlanError where the vocabulary lets the predicate join no such things, as the shapes would tell."""
        for node, side in ((subject, "domainIncludes"), (object_, "rangeIncludes")):
            rows = self._builder.store.query(f"SELECT DISTINCT ?c {{ yao:{predicate} schema:{side} ?c }}").rows()
            allowed = {str(row["c"]) for row in rows}
            types = self._builder.store.query(f"SELECT DISTINCT ?c {{ {written(node.iri)} a ?c }}").rows()
            if allowed and allowed.isdisjoint(str(row["c"]) for row in types):
                end, classes = "subject" if node is subject else "object", ", ".join(sorted(map(local, allowed)))
                raise PlanError(f"{predicate} has no {node.cls} as its {end}, such as {node.name}; it has: {classes}")

    def _theme(self, request: SetTheme, note: Note) -> Assertion:
        if request.grade not in (0, 1, 2):
            raise PlanError(f"the grade is {request.grade}; give 2 (main line), 1 (in passing) or 0 (not at all)")
        place, theme = self._item(request.item, request.document), theme_named(request.theme)
        found = place.evidence(place.span(request.quote)) if request.quote else {"quote": "", "start": -1}
        what = {"document": place.id, "item": place.unit.path, "theme": theme.notation, "grade": request.grade, **found}
        return Assertion("theme", what, f"{place.unit.path}: {theme.label_zh}, grade {request.grade}", note)

    def _frame(self, request: SetFrame, note: Note) -> Assertion:
        if request.field not in FIELDS:
            raise PlanError(f"a task frame has no {request.field!r}; set one of {', '.join(FIELDS)}")
        values = tuple(dict.fromkeys(value.strip() for value in request.values))
        if "" in values:
            raise PlanError("a value is empty; leave all values away to clear the field")
        place = self._item(request.item, request.document)
        for quote in request.quotes or values:
            place.span(quote)
        deadline, stated = None, request.quotes or values
        if request.field == "deadline" and values:
            deadline, values = _deadline(place, values, request.iso), ()
        elif request.iso:
            raise PlanError("only a deadline has a date; leave --iso away")
        what = {
            "document": place.id,
            "item": place.unit.path,
            "field": request.field,
            "values": list(values),
            "deadline": deadline,
            "quotes": list(stated),
        }
        shown = "、".join(v.strip() for v in request.values) or "nothing stated"
        return Assertion("frame", what, f"{place.unit.path}: {request.field} {shown}", note)

    def _merge(self, request: Merge, note: Note) -> Assertion:
        one, other = self._entity(request.first), self._entity(request.second)
        if one.iri == other.iri:
            raise PlanError(f"{one.name} is one entity already; name two")
        if one.cls != other.cls:
            raise PlanError(f"{one.name} is a {one.cls}, {other.name} a {other.cls}; only two of one class can be one")
        if one.cls in ("Theme", "ActivityForm", "Activity"):
            raise PlanError(f"{one.name} is of class {one.cls}, whose members stay apart; merge named entities")
        return same_as(one, other, note)

    def _undo(self, request: Undo, note: Note) -> Assertion:
        """Taken back what holds; asserted again what was taken back; refused what is only proposed."""
        name = local(request.id)
        standing = self._builder.journal.standing().get(name)
        if standing and standing.last.state != "open":
            if standing.holds:
                return Assertion(standing.last.kind, standing.last.what, standing.last.says, note, "undone")
            made = standing.made
            line = made or standing.last
            return Assertion(line.kind, line.what, line.says, note, "asserted" if made else "open")
        for pair in likenesses(self._builder.store):
            if pair.assertion == name:
                both = entity_nodes(self._builder.store, (pair.first.iri, pair.second.iri))
                return same_as(both[pair.first.iri], both[pair.second.iri], note, "undone")
        raise NotFoundError(f"nothing asserted or proposed has the id {name[:80]}; list them: yaodian correct list")

    # ---- finding what is named

    def _item(self, name: str, document: str | None) -> _Place:
        identifier = self._document(document) if document else None
        row = self._builder.catalogue.item(name.removeprefix(f"{self._names.base}id/item/"))
        if row and identifier not in (None, row.document):
            raise NotFoundError(f"the item {name[:80]} is not in the document {document}; leave the document away")
        if row is None and (identifier or len(self._builder.catalogue.documents()) == 1):
            identifier = identifier or self._document(None)
            row = next((n for n in self._builder.catalogue.nodes(identifier) if n.path == name), None)
        if row is None or not row.is_item:
            raise NotFoundError(f"no item {name[:80]} in this base; give its id, or its path with --document D")
        read, facts = self._builder.read(row.document)
        unit = read.by_path[row.path]
        return _Place(read, facts, unit, node_iri(read, unit, self._names), row.document)

    def _document(self, name: str | None) -> str:
        rows = self._builder.catalogue.documents()
        found = [row.id for row in rows if name is None or name in (row.id, row.iri, row.source)]
        if len(found) != 1:
            raise NotFoundError(f"{len(found)} documents are called {name}; name one by its id: yaodian list")
        return found[0]

    def _node(self, name: str, place: _Place) -> model.Node:
        """An item, section or theme by its id, IRI or (in the place's document) path, else an entity."""
        if name in (place.iri, place.id, local(place.iri), place.unit.path):
            return place.node
        document = place.document
        by_path = document.by_path.get(name)
        by_id = (u for u in document.outline if name in _names_of(node_iri(document, u, self._names)))
        units = [by_path] if by_path else list(by_id)
        if units:
            iri = node_iri(document, units[0], self._names)
            return model.Node(iri, "Item" if units[0].is_item else "Section", units[0].path)
        try:
            return self._entity(name)
        except NotFoundError:
            theme = next((t for t in themes() if name in (t.iri, t.notation, t.label_zh)), None)
            if theme is None:
                raise
            return model.Node(theme.iri, "Theme", theme.label_zh, None, theme.label_en)

    def _entity(self, name: str) -> model.Node:
        """An entity by its id, IRI or exact name; raises NotFoundError where none or several bear it."""
        kinds = (f"{self._names.base}id/{kind}/{name}" for kind in ("entity", "document"))
        found = entity_nodes(self._builder.store, filter(_is_iri, (name, *kinds)))
        if not found:
            label = written(Literal(name, lang="zh"))
            rows = self._builder.store.query(f"SELECT DISTINCT ?e {{ ?e rdfs:label|skos:prefLabel {label} }}").rows()
            found = entity_nodes(self._builder.store, (str(row["e"]) for row in rows))
        if len(found) == 1:
            return next(iter(found.values()))
        if not found:
            raise NotFoundError(f"no entity {name[:80]} in this base; look for it with /entities?q=")
        ids = ", ".join(f"{local(iri)} ({node.cls})" for iri, node in sorted(found.items()))
        raise NotFoundError(f"{len(found)} entities are called {name[:80]}; name one by its id: {ids}")


def _names_of(iri: str) -> tuple[str, str]:
    return iri, local(iri)


def _check_relation(subject: model.Node, predicate: str, object_: model.Node) -> None:
    if predicate not in model.PREDICATES:
        raise PlanError(f"no predicate {predicate!r}; use one of {', '.join((*model.PREDICATES, MENTIONS))}")
    if object_.cls == "Theme":
        raise PlanError("an item's theme has a grade; give it with: yaodian correct theme ITEM THEME --grade N")
    if subject.iri == object_.iri:
        raise PlanError("a fact joins two things; subject and object are one")


def _deadline(place: _Place, values: tuple[str, ...], iso: str | None) -> dict[str, str | None]:
    """The deadline as printed, with its date: the given one, else what the rules read in the words themselves."""
    if len(values) != 1:
        raise PlanError(f"an item has one deadline, not {len(values)}; give one")
    if iso is not None:
        if not _is_interval(iso):
            raise PlanError(f"{iso[:40]!r} is no ISO 8601 date or interval; write 2026-06-30 or ../2026-06-30")
        return {"printed": values[0], "iso": iso, "kind": "deadline"}
    year = place.document.metadata.year
    found = first_deadline(values[0], Span(0, len(values[0])), Times(year, year))
    kind = found[0].kind if found else "relative"
    return {"printed": values[0], "iso": found[0].iso if found else None, "kind": kind}


def _is_interval(iso: str) -> bool:
    """Whether it is a year, month or day of the calendar, or two of them; an open end is `..`, but not both."""
    ends = iso.split("/")
    return len(ends) <= 2 and set(ends) != {".."} and all(end == ".." or _is_day(end) for end in ends)


def _is_day(text: str) -> bool:
    found = _DAY.fullmatch(text)
    try:
        return bool(found and date(*(int(part or 1) for part in found.groups())))
    except ValueError:
        return False


def _relation_in_words(document: Document, relation: model.Relation) -> str:
    quote, within = document.clean(relation.span), relation.item or ""
    where = f"{within}: " if within and relation.subject.name != within else ""
    return f"{where}{relation.subject.name} {relation.predicate} {relation.object.name} “{quote[:200]}”"


def _mention_in_words(document: Document, mention: model.Mention) -> str:
    where = f"{mention.item}: " if mention.item else ""
    return f"{where}mentions {mention.entity.cls} {mention.entity.name} “{document.clean(mention.span)[:200]}”"


def _is_iri(text: str) -> bool:
    try:
        written(text)
    except ValueError:
        return False
    return "://" in text
