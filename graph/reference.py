"""The reference page of the vocabulary: `python -m graph.reference -o FILE` writes it from `ontology/yaodian.ttl`.

One self-contained page, well-formed as XML: every class and property with its labels, comments, domain, range, mappings
and an example from the bundled plan, and a picture of the classes and the relations that join them. An id on the page
is the local name of the term, so that `…/ontology#Item` lands where Item is described.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path

from corpus.parse import parse_file
from corpus.sample import SAMPLE
from graph.extract import extract
from graph.ingest import VOCABULARY_FILE, document_quads
from graph.lexicon import Lexicon
from graph.model import CLASSES, PREDICATES
from graph.picture import COLOURS, FONTS, text_width
from graph.store import parse_turtle
from graph.terms import Literal
from ontology.namespace import PREFIXES, VOCABULARY, Names, expand, local

_OTHER_PREFIXES = {
    "oa": "http://www.w3.org/ns/oa#",
    "doco": "http://purl.org/spar/doco/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "time": "http://www.w3.org/2006/time#",
    "p-plan": "http://purl.org/net/p-plan#",
}
_KINDS = {"Class": "类 class", "ObjectProperty": "关系 relation", "DatatypeProperty": "属性 attribute"}
_MAPPINGS = ("rdfs:subClassOf", "rdfs:subPropertyOf", "skos:closeMatch")
_STRUCTURE = ("WorkPlan", "Section", "Item")
_LONGEST = 60  # characters of an example

# The picture: three columns, a box for each class, its subclasses named in it.
_LEFT, _MIDDLE, _RIGHT, _BOX, _ROW, _GAP, _TOP = 20.0, 330.0, 700.0, 190.0, 20.0, 14.0, 30.0
_WIDTH = _RIGHT + 300.0 + _LEFT
_WIDE = {_LEFT: 130.0, _MIDDLE: _BOX, _RIGHT: 300.0}


@dataclass
class Entry:
    """A class or property: its IRI and, by the prefixed name of the predicate, its values in the order of the file."""

    iri: str
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        """The local name."""
        return local(self.iri)

    @property
    def kind(self) -> str:
        """`Class`, `ObjectProperty` or `DatatypeProperty`."""
        return local(self.values["rdf:type"][0])

    def own(self, predicate: str) -> list[str]:
        """The values of a predicate that are terms of this vocabulary, by local name."""
        return [local(value) for value in self.values.get(predicate, ()) if value.startswith(VOCABULARY)]


@cache
def entries() -> tuple[Entry, ...]:
    """Every class and property of the vocabulary, in the order of its file."""
    found: dict[str, Entry] = {}
    for subject, predicate, value in parse_turtle(VOCABULARY_FILE):
        key = curie(predicate)
        text = f"{key}@{value.lang}" if isinstance(value, Literal) else key
        entry = found.setdefault(subject, Entry(subject))
        entry.values[text].append(value.value if isinstance(value, Literal) else value)
    return tuple(entry for entry in found.values() if entry.kind in _KINDS)


def curie(iri: str) -> str:
    """An IRI as prefix and name where a prefix is known, else as it stands."""
    for prefix, start in (PREFIXES | _OTHER_PREFIXES).items():
        if iri.startswith(start):
            return f"{prefix}:{iri.removeprefix(start)}"
    return iri


# ---- examples


@cache
def examples() -> Mapping[str, str]:
    """By local name of a class or property: the first example in the text of the bundled plan."""
    names = Names()
    document = parse_file(SAMPLE)
    quads = document_quads(document, extract(document, Lexicon.load(), names), names)
    shown: dict[str, str] = {}
    for name in ("yao:before", "yao:quote", "yao:text", "yao:heading", "rdfs:label"):  # the later says it better
        for quad in quads:
            if quad.predicate == expand(name) and isinstance(quad.object, Literal) and quad.object.lang == "zh":
                shown[quad.subject] = quad.object.value
    found: dict[str, str] = {}
    for quad in quads:
        value = quad.object.value if isinstance(quad.object, Literal) else shown.get(quad.object, curie(quad.object))
        if quad.predicate == expand("rdf:type") and quad.object != quad.subject:
            found.setdefault(local(str(quad.object)), _short(shown.get(quad.subject, local(quad.subject))))
        elif quad.predicate.startswith(VOCABULARY):
            subject = _short(shown.get(quad.subject, local(quad.subject)))
            found.setdefault(local(quad.predicate), f"{subject} → {_short(value)}")
    return found


def _short(text: str) -> str:
    line = " ".join(text.split()) or "␤"
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


# ---- the page


def turtle() -> str:
    """The vocabulary as it is published: the file itself."""
    return VOCABULARY_FILE.read_text(encoding="utf-8")


_STYLE = """
body{font:16px/1.6 sans-serif;max-width:64rem;margin:0 auto;padding:1rem;color:#1f2933;background:#fff}
h1,h2,h3{line-height:1.25}h3{margin:1.6rem 0 .2rem}h3 small{color:#555;font-weight:normal}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.1rem 1rem;margin:.2rem 0}
dt{color:#555}dd{margin:0;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}nav a{margin-right:.6rem;white-space:nowrap}a{color:#1f3f77}:target{background:#fff4c2}
"""


@cache
def page(style: str = f"<style>{_STYLE}</style>") -> str:
    """The whole page; `style` is the element that says how it looks, by default within the page."""
    terms = entries()
    classes = [entry for entry in terms if entry.kind == "Class"]
    properties = [entry for entry in terms if entry.kind != "Class"]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html xmlns="http://www.w3.org/1999/xhtml" lang="zh-Hans">',
            '<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width"/>',
            f"<title>要点词汇 Yaodian vocabulary</title>{style}</head>",
            "<body><h1>要点词汇 <span lang='en'>Yaodian vocabulary</span></h1>",
            f"<p><code>{VOCABULARY}</code> · {len(classes)} 类 classes · {len(properties)} 属性 properties</p>",
            *_contents(classes, properties),
            "<h2 id='picture'>类与关系 Classes and relations</h2>",
            picture(terms),
            "<h2 id='classes'>类 Classes</h2>",
            *(_entry(entry, terms) for entry in classes),
            "<h2 id='properties'>属性 Properties</h2>",
            *(_entry(entry, terms) for entry in properties),
            "</body></html>",
            "",
        ]
    )


def _contents(classes: Sequence[Entry], properties: Sequence[Entry]) -> Iterator[str]:
    for title, group in (("类 Classes", classes), ("属性 Properties", properties)):
        yield f"<nav><b>{title}</b> {''.join(_link(entry.name) + ' ' for entry in group)}</nav>"


def _entry(entry: Entry, terms: Iterable[Entry]) -> str:
    values = entry.values
    zh, en = values["rdfs:label@zh"][0], values["rdfs:label@en"][0]
    rows = [
        ("IRI", f"<code>{escape(curie(entry.iri))}</code>"),
        (
            "说明 comment",
            f"{escape(values['rdfs:comment@zh'][0])} <span lang='en'>{escape(values['rdfs:comment@en'][0])}</span>",
        ),
        *((title, _terms(values[key])) for title, key in _ROWS if values.get(key)),
    ]
    narrower = [e.name for e in terms if entry.name in (*e.own("rdfs:subClassOf"), *e.own("rdfs:subPropertyOf"))]
    if narrower:
        rows.append(("下位 narrower", " ".join(map(_link, narrower))))
    example = examples().get(entry.name)
    rows.append(("例 example", escape(example) if example else "样例文件中没有 none in the bundled plan"))
    lines = "".join(f"<dt>{title}</dt><dd>{value}</dd>" for title, value in rows)
    heading = f"{escape(zh)} <span lang='en'>{escape(en)}</span> <small>{entry.name} · {_KINDS[entry.kind]}</small>"
    return f"<section><h3 id='{entry.name}'>{heading}</h3><dl>{lines}</dl></section>"


_ROWS = (
    ("上位 broader", "rdfs:subClassOf"),
    ("上位 broader", "rdfs:subPropertyOf"),
    ("相近 close match", "skos:closeMatch"),
    ("定义域 domain", "rdfs:domain"),
    ("主语 subjects", "schema:domainIncludes"),
    ("值域 range", "rdfs:range"),
    ("宾语 objects", "schema:rangeIncludes"),
)


def _terms(iris: Iterable[str]) -> str:
    """Terms of the vocabulary as links within the page, others by prefix and name: the page asks nobody else."""
    return " ".join(
        _link(local(iri)) if iri.startswith(VOCABULARY) else f"<code>{escape(curie(iri))}</code>" for iri in iris
    )


def _link(name: str) -> str:
    return f"<a href='#{name}'>{name}</a>"


# ---- the picture


@dataclass(frozen=True, slots=True)
class _Box:
    name: str
    lines: tuple[str, ...]
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        return _ROW * len(self.lines) + 8

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def picture(terms: Sequence[Entry]) -> str:
    """The outline on the left, the relations in the middle, the fourteen classes with their subclasses on the right.

    A relation is joined with the classes that its schema:domainIncludes and schema:rangeIncludes name; one that
    anything can have has no line on its left.
    """
    by_name = {entry.name: entry for entry in terms}
    structure = list(_column([(name, [_both(by_name[name])]) for name in _STRUCTURE], _LEFT, 3.0))
    relations = list(_column([(name, [_both(by_name[name])]) for name in PREDICATES], _MIDDLE, 1.0))
    classes = list(_column([(name, _with_subclasses(by_name[name], terms)) for name in CLASSES], _RIGHT, 1.0))
    boxes = {box.name: box for box in (*structure, *classes)}
    edges = [edge for box in relations for edge in _edges(box, by_name[box.name], boxes)]
    bottom = max(box.y + box.height for box in (*structure, *relations, *classes)) + _TOP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH:.0f} {bottom:.0f}" '
            f'width="{_WIDTH:.0f}" height="{bottom:.0f}" font-family="{FONTS}" font-size="12">',
            "<title>类与关系 Classes and relations</title>",
            f'<g fill="none" stroke-opacity="0.5">{"".join(edges)}</g>',
            *(_drawn(box, box.name in PREDICATES) for box in (*structure, *relations, *classes)),
            "</svg>",
        ]
    )


def _both(entry: Entry) -> str:
    return f"{entry.values['rdfs:label@zh'][0]} {entry.name}"


def _with_subclasses(entry: Entry, terms: Iterable[Entry]) -> list[str]:
    """The class, and below it the names of its subclasses in lines that the box can hold."""
    lines = [_both(entry)]
    inner = ""
    for name in (e.values["rdfs:label@zh"][0] for e in terms if entry.name in e.own("rdfs:subClassOf")):
        longer = f"{inner}、{name}" if inner else name
        if text_width(longer, 12) > _WIDE[_RIGHT] - 16:
            lines.append(inner)
            longer = name
        inner = longer
    return [*lines, inner] if inner else lines


def _column(rows: Iterable[tuple[str, list[str]]], x: float, spread: float) -> Iterator[_Box]:
    y = _TOP
    for name, lines in rows:
        box = _Box(name, tuple(lines), x, y, _WIDE[x])
        yield box
        y += box.height + _GAP * spread


def _edges(relation: _Box, entry: Entry, boxes: Mapping[str, _Box]) -> Iterator[str]:
    """The lines of a relation: from the outline to it, and from it to the classes of its objects."""
    for name in entry.own("schema:domainIncludes"):
        if name in _STRUCTURE:
            yield _curve(boxes[name], relation, COLOURS["Section"][1])
    themes = ["Theme"] if expand("skos:Concept") in entry.values["schema:rangeIncludes"] else []
    for name in [*entry.own("schema:rangeIncludes"), *themes]:
        if name in CLASSES:
            yield _curve(relation, boxes[name], COLOURS[name][1])


def _curve(start: _Box, end: _Box, ink: str) -> str:
    x1, x2 = start.x + start.width, end.x
    bend = (x1 + x2) / 2
    y1, y2 = start.middle, end.middle
    path = f"M{x1:.1f} {y1:.1f}C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return f'<path d="{path}" stroke="{ink}"><title>{start.name} → {end.name}</title></path>'


def _drawn(box: _Box, is_relation: bool) -> str:
    paper, ink = ("#ffffff", "#404040") if is_relation else COLOURS.get(box.name, COLOURS["Document"])
    y = box.y + 17
    weights = ("bold", *("normal",) * len(box.lines))
    lines = "".join(
        f'<text x="{box.x + 8:.1f}" y="{y + _ROW * n:.1f}" font-weight="{weight}">{escape(line)}</text>'
        for n, (weight, line) in enumerate(zip(weights, box.lines, strict=False))
    )
    return (
        f'<a href="#{box.name}"><g fill="{ink}"><rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{10 if is_relation else 4}" fill="{paper}" stroke="{ink}"/>{lines}</g></a>'
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m graph.reference -o FILE`."""
    parser = argparse.ArgumentParser(prog="python -m graph.reference", description="Write the page of the vocabulary.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.parse_args(arguments).output.write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
