"""A document and its facts as quads of one named graph: `quads(document, facts)`.

Every resource is an IRI (see `ontology.namespace`), every offset comes in two kinds: in the repaired text
(`yao:start`) and in the text as read from the file (`yao:rawStart`). Nothing is said twice: a quotation ends where
its characters end (`yao:quote`, and `yao:rawQuote` where a repair changed them); a mention is the evidence of the facts
that it states; the confidence belongs to the rule. What outline and layout say stands as plain triples.
"""

import hashlib
from collections.abc import Iterator, Mapping

from corpus.types import Document, Metadata, Node, Repair, Span
from graph import model
from graph.terms import Literal, Quad, Term, day, en, integer, year, zh
from ontology.namespace import Names, expand, key, local, rule, term

_A = expand("rdf:type")
_LABEL = expand("rdfs:label")
_STATED_BY_LAYOUT = ("outline", "metadata")  # rules whose facts need no evidence of their own: the structure is it
_CHANGES_TEXT = ("join", "character", "character-form", "whitespace")  # repairs of markup change nothing that is read


def document_iri(document: Document, names: Names) -> str:
    """The IRI of a document version: identified by its text as read, whatever its name or path."""
    return names.document(document.text.raw)


def node_iri(document: Document, node: Node, names: Names) -> str:
    """The IRI of a unit of the outline."""
    return names.node(local(document_iri(document, names)), node.path, item=node.is_item)


def quads(document: Document, facts: model.Facts, names: Names) -> Iterator[Quad]:
    """Everything known of a document, as statements of its named graph; repeats are possible, order is the text's."""
    iri = document_iri(document, names)
    graph = names.graph(local(iri))
    for subject, predicate, value in _triples(document, facts, names):
        yield Quad(subject, predicate, value, graph)


Triple = tuple[str, str, Term]


def _triples(document: Document, facts: model.Facts, names: Names) -> Iterator[Triple]:
    writer = _Writer(document, names)
    yield from writer.describe_document()
    for position, node in enumerate(document.outline, 1):
        yield from writer.describe_node(node, position)
    for repair in document.text.repairs:
        if repair.kind in _CHANGES_TEXT:
            yield from writer.describe_repair(repair)
    for mention in facts.mentions:
        yield from writer.describe_mention(mention)
    mentioned = writer.mentions_by_place(facts.mentions)
    for relation in facts.relations:
        yield from writer.describe_relation(relation, mentioned)
    for task in facts.tasks:
        yield from writer.describe_task(task)


class _Writer:
    def __init__(self, document: Document, names: Names) -> None:
        self.document = document
        self.names = names
        self.iri = document_iri(document, names)
        self.id = local(self.iri)
        self.iri_by_path = {node.path: node_iri(document, node, names) for node in document.outline}

    def describe_document(self) -> Iterator[Triple]:
        text, meta = self.document.text, self.document.metadata
        yield self.iri, _A, term("WorkPlan")
        yield self.iri, term("digest"), Literal(hashlib.sha256(text.raw.encode("utf-8", "surrogatepass")).hexdigest())
        yield self.iri, expand("dcterms:language"), Literal("zh")
        yield self.iri, _LABEL, zh(meta.title or self.id)  # never the file's name: the dump must not depend on it
        for name, value in _metadata(meta):
            yield self.iri, name, value

    def describe_node(self, node: Node, position: int) -> Iterator[Triple]:
        iri = self.iri_by_path[node.path]
        yield iri, _A, term("Item" if node.is_item else "Section")
        yield iri, _LABEL, zh(node.heading or node.path)
        yield iri, term("path"), zh(node.path)
        yield iri, term("position"), integer(position)
        yield iri, term("inDocument"), self.iri
        yield iri, term("partOf"), self.iri_by_path.get(node.parent or "", self.iri)
        if node.heading:
            yield iri, term("heading"), zh(node.heading)
        if node.label:
            yield iri, term("label"), zh(node.label)
        if node.number is not None:
            yield iri, term("number"), integer(node.number)
        if node.is_item:
            yield iri, term("text"), zh(self.document.clean(node.span))
        yield from self._offsets(iri, node.span)

    def describe_repair(self, repair: Repair) -> Iterator[Triple]:
        iri = f"{self.names.base}id/repair/{key('repair', self.id, str(repair.start), str(repair.end))}"
        yield iri, _A, term("Repair")
        yield iri, term("inDocument"), self.iri
        yield iri, term("repairKind"), Literal(repair.kind)
        yield iri, term("before"), zh(repair.before)
        yield iri, term("after"), zh(repair.after)
        yield iri, term("reason"), en(repair.reason)
        yield iri, term("line"), integer(repair.line)
        yield iri, term("rawStart"), integer(repair.start)
        yield iri, term("rawEnd"), integer(repair.end)

    def mention_iri(self, mention: model.Mention) -> str:
        raw = self.document.text.raw_span(mention.span)
        return self.names.mention(self.id, local(mention.entity.iri), raw.start, raw.end)

    def mentions_by_place(self, mentions: tuple[model.Mention, ...]) -> dict[Span, str]:
        """The mention at each place that has one; of several the first in order."""
        found: dict[Span, str] = {}
        for mention in mentions:
            iri = self.mention_iri(mention)
            found[mention.span] = min(found.get(mention.span, iri), iri)
        return found

    def describe_mention(self, mention: model.Mention) -> Iterator[Triple]:
        iri = self.mention_iri(mention)
        yield from self._describe(mention.entity)
        yield iri, _A, term("Mention")
        yield iri, term("mentionOf"), mention.entity.iri
        yield iri, term("rule"), rule(mention.rule)
        yield from self._place(iri, mention.span, mention.item)

    def describe_relation(self, relation: model.Relation, mentioned: Mapping[Span, str]) -> Iterator[Triple]:
        subject, object_ = relation.subject, relation.object
        yield from self._describe(subject)
        yield from self._describe(object_)
        predicate = term(relation.predicate)
        yield subject.iri, predicate, object_.iri
        if relation.rule in _STATED_BY_LAYOUT:
            return
        raw = self.document.text.raw_span(relation.span)
        iri = self.names.fact(self.id, local(subject.iri), relation.predicate, local(object_.iri), raw.start, raw.end)
        yield iri, expand("rdf:subject"), subject.iri
        yield iri, expand("rdf:predicate"), predicate
        yield iri, expand("rdf:object"), object_.iri
        yield iri, term("rule"), rule(relation.rule)
        if relation.grade is not None:
            yield iri, term("grade"), integer(relation.grade)
        place = mentioned.get(relation.span) or self.names.evidence(self.id, raw.start, raw.end)
        yield iri, term("evidence"), place
        yield from self._place(place, relation.span, relation.item)

    def describe_task(self, task: model.Task) -> Iterator[Triple]:
        item = self.iri_by_path[task.path]
        iri = self.names.task(local(item))
        yield iri, _A, term("TaskFrame")
        yield iri, term("frameOf"), item
        yield iri, term("inDocument"), self.iri
        for unit in task.lead:
            yield iri, term("leadUnit"), zh(unit)
        for unit in task.participants:
            yield iri, term("participatingUnit"), zh(unit)
        for frequency in task.frequency:
            yield iri, term("frequency"), zh(frequency)
        for measure in task.measures:
            yield iri, term("measure"), zh(measure)
        for span in task.evidence:
            raw = self.document.text.raw_span(span)
            place = self.names.evidence(self.id, raw.start, raw.end)
            yield iri, term("evidence"), place
            yield from self._place(place, span, task.path)
        if task.deadline:
            yield iri, term("deadlinePrinted"), zh(task.deadline.printed)
            yield iri, term("deadlineKind"), Literal(task.deadline.kind)
            if task.deadline.iso:
                yield iri, term("deadlineISO"), Literal(task.deadline.iso)

    def _place(self, iri: str, span: Span, item: str | None) -> Iterator[Triple]:
        """Where evidence lies and what it says; as printed too where a repair changed it."""
        quote, printed = self.document.clean(span), self.document.raw(span)
        yield iri, term("quote"), zh(quote)
        if printed != quote:
            yield iri, term("rawQuote"), zh(printed)
        yield iri, term("start"), integer(span.start)
        yield iri, term("rawStart"), integer(self.document.text.raw_span(span).start)
        if item in self.iri_by_path:
            yield iri, term("inItem"), self.iri_by_path[item]
        else:
            yield iri, term("inDocument"), self.iri

    def _describe(self, node: model.Node) -> Iterator[Triple]:
        """Class and labels of an entity; outline, themes and the plan's own label are described elsewhere."""
        if node.cls in _STRUCTURE:
            return
        yield node.iri, _A, term(node.cls)
        if node.subclass:
            yield node.iri, _A, term(class_name(node.subclass))
        if node.iri == self.iri:
            return
        yield node.iri, _LABEL, zh(node.name)
        if node.label_en:
            yield node.iri, _LABEL, en(node.label_en)

    def _offsets(self, iri: str, span: Span) -> Iterator[Triple]:
        raw = self.document.text.raw_span(span)
        yield iri, term("start"), integer(span.start)
        yield iri, term("end"), integer(span.end)
        yield iri, term("rawStart"), integer(raw.start)
        yield iri, term("rawEnd"), integer(raw.end)


def class_name(words: str) -> str:
    """A (sub)class as one CamelCase word: `United front` becomes `UnitedFront`."""
    return "".join(word[0].upper() + word[1:] for word in words.split())


_STRUCTURE = frozenset({"Item", "Section", "Theme"})  # described by the outline and by the scheme


def _metadata(meta: Metadata) -> Iterator[tuple[str, Term]]:
    texts: tuple[tuple[str, str | None], ...] = (
        (expand("dcterms:title"), meta.title),
        (term("documentType"), meta.document_type),
        (term("documentNumber"), meta.document_number),
        (term("letterhead"), meta.letterhead),
        (term("addressee"), meta.addressee),
        (term("adoptedBy"), meta.adopted_by),
        (term("approvalNote"), meta.approval_note),
        (term("copiedTo"), meta.cc),
        (term("printedBy"), meta.printing_office),
        (term("effective"), meta.effective),
        (term("validUntil"), meta.valid_until),
        (term("publicity"), meta.publicity),
        (term("secrecy"), meta.secrecy),
        (term("secrecyPeriod"), meta.secrecy_period),
        (term("urgency"), meta.urgency),
        (term("copyNumber"), meta.copy_number),
        (term("signer"), meta.signer),
        (term("note"), meta.note),
        *((term("issuingBody"), body) for body in meta.issuing_bodies or ()),
        *((term("attachment"), name) for name in meta.attachments or ()),
    )
    yield from ((name, zh(text)) for name, text in texts if text)
    dates = (
        (expand("dcterms:issued"), meta.date_of_issue_iso),
        (term("adoptedOn"), meta.adopted_date),
        (term("printedOn"), meta.printing_date),
    )
    yield from ((name, day(iso)) for name, iso in dates if iso)
    if meta.year is not None:
        yield term("year"), year(meta.year)
