"""Facts of a document, found by rules over its clean text: `extract(document, lexicon)`.

    zones -> names (mentions.py), activities (activities.py) -> settle (found.py) -> statements.py, themes.py, tasks.py

Every step reads one zone (a block, a heading, an item), so time grows with the length of the text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from corpus.types import Document, Span
from graph.activities import Activity, activities, listed_forms
from graph.coinages import heading_name
from graph.found import Found, settle
from graph.issuer import issuer_of
from graph.lexicon import Lexicon
from graph.mentions import congress_ordinals, names_in, stated_unit
from graph.model import Facts, Mention, Relation
from graph.rdf import document_iri
from graph.reader import Reader
from graph.relations import Scene, document_relations, outline_relations
from graph.statements import zone_relations
from graph.tasks import has_bare_brackets, tasks, unit_spans
from graph.zones import PROSE, Zone, trim, zones
from ontology.namespace import Names, local

_Read = tuple[Zone, Reader, list[Activity], list[Found]]  # a zone, and what was found in it
_READ = (*PROSE, "item", "section", "letterhead", "title", "adoption", "signature", "cc", "printing", "addressee")


def extract(document: Document, lexicon: Lexicon, names: Names | None = None) -> Facts:
    """All facts of a document in text order; the same document gives the same facts."""
    scene = Scene(document, lexicon, names or Names(), issuer_of(document, lexicon))
    ordinals = congress_ordinals(document.text.clean)
    bare = has_bare_brackets(document.text.clean, document.items)
    mentions: list[Mention] = list(_document_mentions(scene))
    relations: list[Relation] = [*document_relations(scene), *outline_relations(scene)]
    read: list[_Read] = []
    for zone in zones(document):
        if zone.role not in _READ:
            continue
        reader = _reader(scene, zone, ordinals, bare)
        acts, topics = activities(reader) if zone.role in ("item", "section", *PROSE) else ([], [])
        named = [*names_in(reader), *_heading(reader, zone), *_document_name(scene, zone), *_units(reader, zone)]
        found = settle([*_activity_names(reader, acts), *(topics if zone.item else ()), *named])
        read.append((zone, reader, acts, found))
    read = _one_class_each(read)
    aliases = _short_names(read)
    for zone, reader, acts, found in read:
        placed = [
            (one, scene.mention(one, zone)) for one in (replace(f, name=aliases.get(f.name, f.name)) for f in found)
        ]
        mentions += [mention for _, mention in placed]
        relations += zone_relations(scene, zone, reader, acts, placed)
    return Facts(_in_order(mentions), _without_repeats(relations), tuple(tasks(document, lexicon)))


def _one_class_each(read: list[_Read]) -> list[_Read]:
    """A quoted name is an initiative or a strategy in one document: what most of its mentions are, of equals the first.

    Head nouns such as 工作体系 and 建设 stand after both, so one mention alone may mislead.
    """
    quoted = [one for *_, found in read for one in found if _quoted_work(one)]
    count = Counter((one.name, one.cls, one.subclass) for one in quoted)
    chosen: dict[str, tuple[str, str | None]] = {}
    for (name, cls, subclass), _ in count.most_common():
        chosen.setdefault(name, (cls, subclass))

    def settled(one: Found) -> Found:
        cls, subclass = chosen.get(one.name, (one.cls, one.subclass))
        return replace(one, cls=cls, subclass=subclass) if _quoted_work(one) and one.cls != cls else one

    return [(zone, reader, acts, [settled(one) for one in found]) for zone, reader, acts, found in read]


def _quoted_work(one: Found) -> bool:
    return one.rule.startswith("quote") and one.cls in ("Initiative", "Strategy")


def _short_names(read: list[_Read]) -> dict[str, str]:
    """“A·B” and “B” in one document are one initiative: full name -> short name (schema rule 5)."""
    names = {one.name for *_, found in read for one in found if one.cls == "Initiative"}
    return {name: name.partition("·")[2] for name in sorted(names) if name.partition("·")[2] in names}


def _reader(scene: Scene, zone: Zone, ordinals: frozenset[tuple[str, str]], bare: bool) -> Reader:
    document = scene.document
    return Reader(
        document.text.clean,
        zone.span,
        scene.issuer,
        scene.lexicon,
        local(document_iri(document, scene.names)),
        document.metadata.year,
        ordinals,
        bare,
    )


def _activity_names(reader: Reader, acts: list[Activity]) -> Iterator[Found]:
    for act in acts:
        name = reader.text[act.span.start : act.span.end]
        yield Found(act.span, "Activity", None, name, "activity")
        yield from act.forms
        yield from act.topics
    if acts or reader.issuer.kind == "cppcc":
        yield from listed_forms(reader)


def _heading(reader: Reader, zone: Zone) -> Iterator[Found]:
    """The name that an item's heading is."""
    span = zone.node.heading_span if zone.node and zone.item else None
    if span and zone.span.start <= span.start and span.end <= zone.span.end:
        yield from heading_name(reader, span)


def _units(reader: Reader, zone: Zone) -> Iterator[Found]:
    """Units of responsibility brackets that no other rule may know."""
    if zone.item is not None:
        yield from (stated_unit(reader, span) for span in unit_spans(reader.text, zone.span, reader.bare_brackets))


def _document_name(scene: Scene, zone: Zone) -> Iterator[Found]:
    """The plan's own title where it is printed."""
    if zone.role == "title" and scene.title:
        text = scene.document.text.clean
        start, end = trim(text, zone.span)
        name = re.sub(r"\s", "", text[start:end])
        if name:
            yield Found(Span(start, end), "Document", "Plan", name, "metadata")


def _document_mentions(scene: Scene) -> Iterator[Mention]:
    """The document number stands for the plan."""
    for block in scene.document.blocks:
        number = scene.document.metadata.document_number
        at = scene.document.text.clean.find(number, block.span.start, block.span.end) if number else -1
        if block.role == "document_number" and number and at >= 0:
            yield Mention(scene.plan, Span(at, at + len(number)), None, "metadata", scene.trust("metadata"))


def _in_order(mentions: list[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(mentions, key=lambda m: (m.span.start, -m.span.end)))


def _without_repeats(relations: list[Relation]) -> tuple[Relation, ...]:
    """One relation per subject, predicate, object and place; of equal ones the first."""
    kept: dict[tuple[str, str, str, Span], Relation] = {}
    for relation in relations:
        kept.setdefault((relation.subject.iri, relation.predicate, relation.object.iri, relation.span), relation)
    return tuple(kept.values())
