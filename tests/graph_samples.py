"""Two tiny plans as a store, for the tests of views, exports, pictures and validation.

The texts are made up. The statements are written by `graph.rdf`, so the samples have the shape of real bases; the
schemes of themes and forms stand in graphs of their own.
"""

from collections.abc import Iterable

from corpus.types import Document, Metadata, Node, Repair, RepairedText, Span
from graph import model, rdf
from graph.ingest import VOCABULARY_FILE
from graph.store import Store, parse_turtle
from graph.terms import Literal, Quad, Term, decimal, en, zh
from ontology.namespace import DEFAULT_BASE, FORM, Names, expand, key, local, rule, term, theme

NAMES = Names()
THEMES = NAMES.graph("themes")
FORMS = NAMES.graph("forms")
RULES = NAMES.graph("rules")

PLAN_A = """青田市水务局2023年工作要点
一、守护河湖，改善水环境
1.开展“碧水行动”。围绕农村饮水安全，每季度组织专题调研，服务群众。\x0c
2.健全河长工作机制。落实河长制，方便群众。
二、“强基” & <惠民>
3.推进“碧水行动”。做好教育宣传。
"""
PLAN_B = """青田市教育局2023年工作要点
一、办好教育
1.深化“碧水行动”进校园。面向群众开展教育服务。
"""


def entity(cls: str, name: str, subclass: str | None = None, label_en: str | None = None) -> model.Node:
    """An entity with the IRI that its class and name give it."""
    return model.Node(NAMES.entity(cls, name), cls, name, subclass, label_en)


CLEAR_WATER = entity("Initiative", "碧水行动", "Campaign", "Clear Water Drive")
RIVER_CHIEFS = entity("Initiative", "河长制", "Mechanism", "river chief system")
RESIDENTS = entity("Group", "群众", label_en="residents")
DRINKING_WATER = entity("Topic", "农村饮水安全")
QUARTERLY = entity("Time", "每季度", "Frequency", "quarterly")
SURVEY = model.Node(FORM + "survey", "ActivityForm", "专题调研", "Research", "thematic survey")
EDUCATION = model.Node(theme("LV.edu"), "Theme", "教育")
WATER = model.Node(theme("EC.water"), "Theme", "水务")


def _outline(text: str, rows: Iterable[tuple[str, str, str | None, str, str | None, bool]]) -> tuple[Node, ...]:
    """Nodes from rows of path, first characters, last characters, heading, parent, is an item."""
    nodes = []
    for path, first, last, heading, parent, is_item in rows:
        start = text.index(first)
        end = text.index(last) + len(last) if last else len(text)
        at = text.index(heading, start)
        label = first.removesuffix(heading)
        number = int(label.rstrip(".")) if is_item else 1
        nodes.append(
            Node(path, path.count("/") + 1, "numbered", label, number, heading, Span(at, at + len(heading)),
                 Span(start, end), parent, is_item)
        )  # fmt: skip
    return tuple(nodes)


def plan_a() -> Document:
    """Two sections, three items, one repair (a form feed taken out)."""
    at = PLAN_A.index("\x0c")
    line = PLAN_A.count("\n", 0, at) + 1
    repair = Repair("whitespace", at, at + 1, "\x0c", "", "form feed", line)
    text = RepairedText(PLAN_A, (repair,))
    outline = _outline(
        text.clean,
        [
            ("一", "一、守护河湖，改善水环境", "方便群众。", "守护河湖，改善水环境", None, False),
            ("一/1", "1.开展“碧水行动”", "服务群众。", "开展“碧水行动”", "一", True),
            ("一/2", "2.健全河长工作机制", "方便群众。", "健全河长工作机制", "一", True),
            ("二", "二、“强基” & <惠民>", "教育宣传。", "“强基” & <惠民>", None, False),
            ("二/3", "3.推进“碧水行动”", "教育宣传。", "推进“碧水行动”", "二", True),
        ],
    )
    meta = Metadata(
        title="青田市水务局2023年工作要点",
        document_number="青水〔2023〕1号",
        date_of_issue_iso="2023-02-01",
        printing_date="2023-02-02",
        year=2023,
    )
    return Document("a.txt", text, meta, outline=outline)


def plan_b() -> Document:
    """One section, one item."""
    outline = _outline(
        PLAN_B,
        [
            ("一", "一、办好教育", "教育服务。", "办好教育", None, False),
            ("一/1", "1.深化“碧水行动”进校园", "教育服务。", "深化“碧水行动”进校园", "一", True),
        ],
    )
    return Document(
        "b.txt", RepairedText(PLAN_B), Metadata(title="青田市教育局2023年工作要点", year=2023), outline=outline
    )


class _Reader:
    """Finds spans in a document, so that the facts below read as sentences."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def span(self, path: str, quote: str) -> Span:
        node = self.document.by_path[path]
        start = self.document.text.clean.index(quote, node.span.start, node.span.end)
        return Span(start, start + len(quote))

    def item(self, path: str) -> model.Node:
        node = self.document.by_path[path]
        return model.Node(rdf.node_iri(self.document, node, NAMES), "Item", path)

    def mention(self, path: str, named: model.Node) -> model.Mention:
        return model.Mention(named, self.span(path, named.name), path, "lexicon", 0.9)

    def relation(
        self, path: str, predicate: str, named: model.Node, quote: str, confidence: float, grade: int | None = None
    ) -> model.Relation:
        span = self.span(path, quote)
        rule = f"trigger-{confidence}"  # a rule has one confidence
        return model.Relation(self.item(path), predicate, named, span, path, rule, confidence, grade)


def facts_a() -> model.Facts:
    """Mentions, relations and a task frame of plan A."""
    read = _Reader(plan_a())
    return model.Facts(
        mentions=(
            read.mention("一/1", CLEAR_WATER),
            read.mention("一/1", DRINKING_WATER),
            read.mention("一/1", QUARTERLY),
            read.mention("一/1", SURVEY),
            read.mention("一/1", RESIDENTS),
            read.mention("一/2", RIVER_CHIEFS),
            read.mention("一/2", RESIDENTS),
            read.mention("二/3", CLEAR_WATER),
        ),
        relations=(
            read.relation("一/1", "implements", CLEAR_WATER, "开展“碧水行动”", 0.95),
            read.relation("一/1", "onTopic", DRINKING_WATER, "围绕农村饮水安全", 0.8),
            read.relation("一/1", "hasForm", SURVEY, "组织专题调研", 0.8),
            read.relation("一/1", "hasTime", QUARTERLY, "每季度", 1.0),
            read.relation("一/1", "targetsGroup", RESIDENTS, "服务群众", 0.7),
            read.relation("一/1", "concerns", WATER, "农村饮水安全", 0.9, grade=2),
            read.relation("一/1", "concerns", WATER, "碧水", 0.6, grade=2),
            read.relation("一/2", "continues", RIVER_CHIEFS, "落实河长制", 0.75),
            read.relation("一/2", "concerns", WATER, "河长", 0.9, grade=2),
            read.relation("二/3", "continues", CLEAR_WATER, "推进“碧水行动”", 0.85),
            read.relation("二/3", "concerns", EDUCATION, "教育宣传", 0.6, grade=1),
        ),
        tasks=(
            model.Task("一/1", ("水务局",), ("教育局",), model.Deadline("2023年底前", "../2023-12-31", "deadline")),
            model.Task("一/2"),
            model.Task("二/3"),
        ),
    )


def facts_b() -> model.Facts:
    """Mentions and relations of plan B."""
    read = _Reader(plan_b())
    return model.Facts(
        mentions=(read.mention("一/1", CLEAR_WATER), read.mention("一/1", RESIDENTS)),
        relations=(
            read.relation("一/1", "continues", CLEAR_WATER, "深化“碧水行动”", 0.85),
            read.relation("一/1", "targetsGroup", RESIDENTS, "面向群众", 0.7),
            read.relation("一/1", "concerns", EDUCATION, "教育服务", 0.9, grade=2),
        ),
        tasks=(model.Task("一/1"),),
    )


def scheme_quads() -> list[Quad]:
    """Three themes, one below another, one form, and the rules of the facts above."""
    rows = [
        (theme("LV"), "LV", "民生", "Livelihood", None),
        (theme("LV.edu"), "LV.edu", "教育", "Education", theme("LV")),
        (theme("EC.water"), "EC.water", "水务", "Water", None),
    ]
    quads = [quad for row in rows for quad in _concept(THEMES, THEME_SCHEME, *row)]
    quads += _concept(FORMS, FORM_SCHEME, SURVEY.iri, "survey", SURVEY.name, "thematic survey", None)
    confidences = {r.rule: r.confidence for facts in (facts_a(), facts_b()) for r in facts.relations} | {"lexicon": 0.9}
    return quads + [quad for name, value in confidences.items() for quad in _rule(name, value)]


def _rule(name: str, confidence: float) -> Iterable[Quad]:
    yield Quad(rule(name), expand("rdf:type"), term("ExtractionRule"), RULES)
    yield Quad(rule(name), expand("rdfs:label"), en(name), RULES)
    yield Quad(rule(name), term("confidence"), decimal(confidence), RULES)


THEME_SCHEME = DEFAULT_BASE + "id/scheme/" + key("scheme", "themes")
FORM_SCHEME = DEFAULT_BASE + "id/scheme/" + key("scheme", "forms")


def _concept(
    graph: str, scheme: str, iri: str, notation: str, label: str, label_en: str, broader: str | None
) -> Iterable[Quad]:
    values: list[tuple[str, Term]] = [
        ("rdf:type", expand("skos:Concept")),
        ("skos:inScheme", scheme),
        ("skos:notation", Literal(notation)),
        ("skos:prefLabel", zh(label)),
        ("skos:prefLabel", en(label_en)),
    ]
    if broader:
        values.append(("skos:broader", broader))
    yield Quad(scheme, expand("rdf:type"), expand("skos:ConceptScheme"), graph)
    yield from (Quad(iri, expand(name), value, graph) for name, value in values)


def document_id(document: Document) -> str:
    """The id of a sample document."""
    return local(rdf.document_iri(document, NAMES))


def graph_of(document: Document) -> str:
    """The named graph of a sample document."""
    return NAMES.graph(document_id(document))


def item_iri(document: Document, path: str) -> str:
    """The IRI of a unit of a sample document."""
    return rdf.node_iri(document, document.by_path[path], NAMES)


def vocabulary_quads() -> list[Quad]:
    """The published vocabulary, which says what the relations join."""
    return [Quad(*triple, NAMES.graph("ontology")) for triple in parse_turtle(VOCABULARY_FILE)]


def sample_store(*, reverse: bool = False) -> Store:
    """Both plans and both schemes; `reverse` adds the same statements in the opposite order."""
    quads = [*scheme_quads(), *rdf.quads(plan_a(), facts_a(), NAMES), *rdf.quads(plan_b(), facts_b(), NAMES)]
    store = Store.in_memory()
    store.add(reversed(quads) if reverse else quads)
    return store


def edited(store: Store, *, drop: Iterable[Quad] = (), add: Iterable[Quad] = ()) -> Store:
    """A copy of a store without some statements and with others: a seeded fault."""
    gone = set(drop)
    copy = Store.in_memory()
    copy.add([quad for quad in store.quads() if quad not in gone])
    copy.add(add)
    return copy


def with_value(store: Store, subject: str, predicate: str, value: Term | None) -> Store:
    """A copy in which a property of `subject` has one value instead of those it had (None: no value)."""
    old = [quad for quad in store.quads() if quad.subject == subject and quad.predicate == predicate]
    graph = next(quad.graph for quad in store.quads() if quad.subject == subject)
    return edited(store, drop=old, add=[] if value is None else [Quad(subject, predicate, value, graph)])


def found(store: Store, predicate: str, object_: str) -> str:
    """The first subject (by IRI) that has this value: a mention by its entity, a fact by its predicate."""
    return min(q.subject for q in store.quads() if (q.predicate, q.object) == (predicate, object_))
