"""Nodes of a document, and the relations that its layout and outline state; its prose is read in `statements.py`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from corpus.types import Document, Span
from graph.found import Found
from graph.issuer import Issuer
from graph.lexicon import Lexicon
from graph.model import Mention, Node, Relation
from graph.rdf import document_iri, node_iri
from graph.zones import Zone, trim
from ontology.namespace import FORM, Names, local
from ontology.namespace import theme as theme_iri
from ontology.tables import forms, themes


@dataclass(frozen=True)
class Scene:
    """A document with all that is needed to make nodes and relations of it."""

    document: Document
    lexicon: Lexicon
    names: Names
    issuer: Issuer

    @cached_property
    def title(self) -> str | None:
        """The plan's title without the blanks of line breaks; None where it is not stated."""
        title = self.document.metadata.title
        return re.sub(r"\s", "", title) if title else None

    @cached_property
    def plan(self) -> Node:
        """The document itself."""
        iri = document_iri(self.document, self.names)
        return Node(iri, "Document", self.title or self.document.source, "Plan")

    @cached_property
    def id(self) -> str:
        """The document's id."""
        return local(self.plan.iri)

    @cached_property
    def units(self) -> dict[str, Node]:
        """The outline's nodes by path."""
        return {
            unit.path: Node(node_iri(self.document, unit, self.names), "Item" if unit.is_item else "Section", unit.path)
            for unit in self.document.outline
        }

    @cached_property
    def form_iris(self) -> dict[str, str]:
        """IRIs of the forms that the scheme knows by their label."""
        return {form.label_zh: FORM + form.notation for form in forms()}

    @cached_property
    def theme_nodes(self) -> dict[str, Node]:
        """The themes by notation."""
        return {t.notation: Node(theme_iri(t.notation), "Theme", t.label_zh, None, t.label_en) for t in themes()}

    def trust(self, rule: str) -> float:
        """The confidence of a rule."""
        return self.lexicon.confidence[rule]

    def subject(self, zone: Zone) -> Node:
        """What the sentences of a zone speak of: its unit, or the plan."""
        return self.units[zone.node.path] if zone.node else self.plan

    def mention(self, found: Found, zone: Zone) -> Mention:
        """A name as a mention of its entity."""
        return Mention(self.entity(found, zone.item), found.span, zone.item, found.rule, self.trust(found.rule))

    def entity(self, found: Found, item: str | None) -> Node:
        """The entity that a name stands for."""
        if found.cls == "Document" and found.name == self.title:
            return self.plan
        if found.cls == "Activity":
            iri = self.names.activity(self.id, item or "", found.name, self.document.text.raw_span(found.span).start)
        elif found.cls == "ActivityForm" and found.name in self.form_iris:
            iri = self.form_iris[found.name]
        else:
            iri = self.names.entity(found.cls, found.key or found.name)
        return Node(iri, found.cls, found.name, found.subclass, found.label_en)

    def relation(
        self,
        subject: Node,
        predicate: str,
        object_: Node,
        span: Span,
        item: str | None,
        rule: str,
        grade: int | None = None,
    ) -> Relation:
        """A relation with the confidence of its rule."""
        return Relation(subject, predicate, object_, span, item, rule, self.trust(rule), grade)


# ---------------------------------------------------------------- the document and its outline


def outline_relations(scene: Scene) -> Iterator[Relation]:
    """Items and sections are part of what holds them."""
    for unit in scene.document.outline:
        above = scene.units.get(unit.parent or "", scene.plan)
        span = unit.heading_span or Span(unit.span.start, min(unit.span.end, unit.span.start + 40))
        item = unit.path if unit.is_item else None
        yield scene.relation(scene.units[unit.path], "partOf", above, span, item, "outline")


def document_relations(scene: Scene) -> Iterator[Relation]:
    """Issuer, plan year, dates, recipients and printer, from the layout."""
    meta, text = scene.document.metadata, scene.document.text.clean
    blocks = {block.role: block.span for block in reversed(scene.document.blocks)}
    for name in meta.issuing_bodies or ():
        yield from _stated(
            scene, "performedBy", _body(scene, name), (name,), ("signature", "title", "letterhead"), blocks
        )
    if meta.year is not None and scene.title and "title" in blocks:
        node = _time(scene, f"{meta.year}年")
        yield from _stated(
            scene, "hasTime", node, (f"{meta.year}年", f"{meta.year} 年", str(meta.year)), ("title",), blocks
        )
    for iso, role in (
        (meta.adopted_date, "adoption"),
        (meta.date_of_issue_iso, "signature"),
        (meta.printing_date, "printing"),
    ):
        printed = _printed_date(iso)
        if printed and role in blocks:
            yield scene.relation(
                scene.plan, "hasTime", _time(scene, printed), trim(text, blocks[role]), None, "metadata"
            )
    if meta.printing_office:
        name = meta.printing_office
        yield from _stated(scene, "performedBy", _body(scene, name), (name,), ("printing",), blocks)
    for name in re.split(r"[，、；。]", meta.cc or ""):
        name = re.sub(r"^抄[送报][:：]", "", name.strip())
        if len(name) >= 3:
            yield from _stated(scene, "involves", _body(scene, name), (name,), ("cc",), blocks)


def _stated(
    scene: Scene, predicate: str, node: Node, printed: tuple[str, ...], roles: tuple[str, ...], blocks: dict[str, Span]
) -> Iterator[Relation]:
    """A relation of the plan where one of the blocks prints the words."""
    text = scene.document.text.clean
    for role in roles:
        if role not in blocks:
            continue
        for words in printed:
            at = text.find(words, *blocks[role])
            if at >= 0:
                yield scene.relation(scene.plan, predicate, node, Span(at, at + len(words)), None, "metadata")
                return


def _time(scene: Scene, name: str) -> Node:
    kind = "Date" if "日" in name else "Period"
    return Node(scene.names.entity("Time", name), "Time", name, kind)


def _printed_date(iso: str | None) -> str | None:
    """2022-05-13 as the text prints it: 2022年5月13日."""
    if not iso or len(parts := iso.split("-")) != 3:
        return None
    year, month, day = (int(part) for part in parts)
    return f"{year}年{month}月{day}日"


def _body(scene: Scene, name: str) -> Node:
    """A body that the layout states; 金华市政协办公室 is read as in the text."""
    subclass = "CPPCC" if "政协" in name else "Government" if re.search(r"政府|[厅局委部]$", name) else None
    if re.match(r"中共|中国共产党|.*党组$", name):
        subclass = "Party"
    return Node(scene.names.entity("Body", name), "Body", name, subclass)
