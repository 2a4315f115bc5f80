"""A picture of a network as SVG, laid out here, so that the same network gives the same bytes.

A whole plan stands in columns: document, sections, items, themes, and what else the items speak of. The surroundings
of a focus stand in arcs on both sides of it. Every label sits in a box of its own and boxes never overlap; what does
not fit a readable picture is left out, the least connected first, and a note says how much. Names of classes and
relations come from the vocabulary.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import as_file, files
from itertools import accumulate
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from graph.network import BROADER, STRUCTURE, Network, plans, xml_text
from graph.store import parse_turtle
from graph.terms import Literal
from ontology.namespace import expand, local, term

FONTS = "'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', 'Source Han Sans SC', sans-serif"

# Ink on paper keeps a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3); kin classes have kin hues.
COLOURS: dict[str, tuple[str, str]] = {  # class: paper, ink (also of the border and of edges)
    "Document": ("#e8eaf0", "#2b3350"),
    "Section": ("#dfe7f5", "#1f3f77"),
    "Item": ("#ffffff", "#1f2933"),
    "Theme": ("#dcf3e3", "#17603a"),
    "Initiative": ("#fde8d0", "#8a3f00"),
    "Strategy": ("#fbdcdc", "#9b1c1c"),
    "Topic": ("#eef5cf", "#4a5a00"),
    "ActivityForm": ("#f0e3fa", "#5b2a86"),
    "Activity": ("#e2defa", "#3b2f94"),
    "Event": ("#fbdff0", "#8c1d63"),
    "Body": ("#d7eef7", "#0f5470"),
    "Role": ("#d0f2f0", "#0d5c57"),
    "Group": ("#cfe9dd", "#14573f"),
    "Place": ("#f3ead0", "#6b4e00"),
    "Time": ("#ececec", "#444444"),
    "Quantity": ("#e4e4d8", "#4d4d2e"),
    "Entity": ("#f0f0f0", "#404040"),
}
_ORDER = {name: place for place, name in enumerate(COLOURS)}

# What a page can hold and still be read, judged by eye on plans of 20 to 200 items.
MOST_DOCUMENTS, MOST_SECTIONS, MOST_ITEMS, MOST_THEMES, MOST_THINGS = 8, 40, 60, 28, 32
MOST_NEAR, MOST_FAR = 36, 60  # around a focus: the first ring, all rings beyond

FONT_SIZE, SMALL = 13.0, 11.0
LINE, SMALL_LINE = 18.0, 15.0  # from one line of text to the next
PAD, GAP, MARGIN = 8.0, 9.0, 32.0
WIDTHS = {"Document": 190.0, "Section": 200.0, "Item": 270.0, "Theme": 140.0}
WIDTH = 210.0  # of a box of any other class
LANE, WIDE_LANE = 90.0, 150.0  # between columns; the wide one holds the many edges from items to themes
ARM = 190.0  # between a focus and its neighbours: room for the name of the relation
BULGE = 90.0  # how far the ends of a long arc come in
TITLE_SIZE, SOURCE_SIZE = 20.0, 12.0
LEAST_WIDTH = 900.0
_CLOSING = frozenset("，。、；：！？）》】」』”’…·")


class Edge(NamedTuple):
    """A direct relation of the network."""

    subject: str
    object: str
    predicate: str


@dataclass(frozen=True, slots=True)
class Box:
    """A node's box: its top left corner, its size, the lines of its label and of its English label."""

    iri: str
    width: float
    height: float
    lines: tuple[str, ...]
    small: tuple[str, ...] = ()
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes in place, from (0, 0) on, and the edges between them; around a focus also each box's distance from it."""

    boxes: Mapping[str, Box]
    edges: Sequence[Edge]
    rings: Mapping[str, int] = field(default_factory=dict)


def svg(network: Network) -> bytes:
    """The picture of a network: around its focus where `to_networkx` was given one, else in columns."""
    layout = around(network) if network.graph.get("focus") else columns(network)
    return _Sheet(network, layout).draw().encode("utf-8")


# ---- words


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """The width of a line in pixels, estimated upwards: a full-width character takes one em, any other 0.62."""
    wide = sum(map(_is_wide, text))
    return size * (wide + 0.62 * (len(text) - wide))


def wrap(text: str, width: float, most: int, size: float = FONT_SIZE) -> tuple[str, ...]:
    """The text in at most `most` lines no wider than `width`; what is cut off ends in an ellipsis.

    Chinese breaks anywhere but before closing punctuation; a Latin word stays whole where a line can hold it.
    """
    lines = [""]
    for piece in _pieces(" ".join(text.split()), width, size):
        if not lines[-1] or text_width(lines[-1] + piece.rstrip(), size) <= width:
            lines[-1] += piece
        elif piece in _CLOSING and len(lines[-1]) > 1:  # takes the character before it along
            lines[-1], carried = lines[-1][:-1], lines[-1][-1]
            lines.append(carried + piece)
        else:
            lines.append(piece.lstrip())
    lines = [line.rstrip() for line in lines]
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return tuple(lines)


def _pieces(text: str, width: float, size: float) -> list[str]:
    """What stays on one line: a full-width character, or a Latin word with the space after it."""
    pieces: list[str] = []
    for sign in text:
        goes_on = pieces and not _is_wide(sign) and not _is_wide(pieces[-1][-1]) and not pieces[-1].endswith(" ")
        if goes_on and text_width(pieces[-1] + sign, size) <= width:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _is_wide(sign: str) -> bool:
    # ambiguous signs (“ ” … ·) are drawn full-width by the Chinese fonts named above
    return unicodedata.east_asian_width(sign) in "WFA"


@cache
def names() -> dict[str, tuple[str, str]]:
    """The Chinese and the English name of every class and relation, by local name, from the vocabulary."""
    found: dict[str, dict[str | None, str]] = defaultdict(dict)
    with as_file(files("ontology") / "yaodian.ttl") as path:
        for subject, predicate, value in parse_turtle(path):
            if predicate == expand("rdfs:label") and isinstance(value, Literal):
                found[subject][value.lang] = value.value
    own = {local(iri): (by["zh"], by["en"]) for iri, by in found.items() if iri == term(local(iri))}
    return own | {BROADER: ("上位", "broader")}  # SKOS, not ours


def _both(name: str) -> str:
    return " ".join(names().get(name, (name,)))


# ---- places


@dataclass
class _Tree:
    """Boxes that hang on one another; a box stands level with the middle of what hangs on it."""

    boxes: dict[str, Box]
    children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def block(self, iri: str) -> float:
        """The height that a box and all under it take."""
        return max(self.boxes[iri].height, self.blocks(self.children.get(iri, ())))

    def blocks(self, iris: Sequence[str]) -> float:
        """The height of several blocks above one another."""
        return sum(map(self.block, iris)) + GAP * max(len(iris) - 1, 0)

    def place(self, iris: Sequence[str], top: float, x: Callable[[str], float]) -> Iterator[Box]:
        """The boxes in place, blocks above one another; boxes of one block that share a column must not be kin."""
        for iri in iris:
            block, below = self.block(iri), self.children.get(iri, ())
            yield replace(self.boxes[iri], x=x(iri), y=top + (block - self.boxes[iri].height) / 2)
            yield from self.place(below, top + (block - self.blocks(below)) / 2, x)
            top += block + GAP


def columns(network: Network) -> Layout:
    """Documents, sections, items, themes and other things in columns from left to right, level about the middle."""
    units = _chosen_units(network)
    parents = _parents(network, units)
    tree = _Tree({iri: _box(network, iri) for iri in units})
    for iri in units:
        if iri in parents:
            tree.children[parents[iri]].append(iri)
    lanes = _lanes(network, units, parents)
    left = _left_edges(lanes, tree.boxes)
    roots = [iri for iri in units if iri not in parents]
    things = [[_box(network, iri) for iri in iris] for iris in _chosen_things(network, units)]
    height = max(tree.blocks(roots), *(_stacked(column) for column in things))
    top = (height - tree.blocks(roots)) / 2
    boxes = {box.iri: box for box in tree.place(roots, top, lambda iri: left[lanes[iri]])}
    right = max((box.x + box.width for box in boxes.values()), default=0) + WIDE_LANE
    for column in things:
        placed = _level_with(network, column, {iri: boxes[iri].middle for iri in units}, right, height)
        boxes |= {box.iri: box for box in placed}
        right = max((box.x + box.width for box in placed), default=right - LANE / 2) + LANE / 2
    tree_edges = [Edge(child, parent, "partOf") for child, parent in parents.items()]
    speakers, heard = _speakers(network, units), boxes.keys() - set(units)
    speech = [edge for edge in _edges(network, boxes) if {*edge[:2]} & speakers and {*edge[:2]} & heard]
    return Layout(_from_zero(boxes), tree_edges + speech)


def _chosen_units(network: Network) -> list[str]:
    """The documents, sections and items to be drawn, in the order of the text."""
    kinds = {iri: data["class"] for iri, data in network.nodes(data=True)}
    documents = _heaviest(network, plans(network), MOST_DOCUMENTS)
    ids = {local(iri) for iri in documents}
    inside = [iri for iri, data in network.nodes(data=True) if not ids or ids & set(data["documents"])]
    sections = _heaviest(network, [iri for iri in inside if kinds[iri] == "Section"], MOST_SECTIONS)
    items = _heaviest(network, [iri for iri in inside if kinds[iri] == "Item"], MOST_ITEMS)
    return sorted({*documents, *sections, *items}, key=lambda iri: (network.nodes[iri].get("position", 0), iri))


def _heaviest(network: Network, iris: Iterable[str], most: int) -> list[str]:
    return sorted(iris, key=lambda iri: (-network.nodes[iri]["weight"], iri))[:most]


def _parents(network: Network, units: Sequence[str]) -> dict[str, str]:
    """The nearest drawn unit above each drawn unit; what stands latest in the text is nearest."""
    drawn = set(units)
    above: dict[str, list[str]] = defaultdict(list)
    for child, parent, predicate in network.edges(keys=True):
        if predicate == "partOf" and network.nodes[child]["class"] in STRUCTURE:
            above[child].append(parent)
    place = {iri: network.nodes[iri].get("position", 0) for iri in network}
    parents: dict[str, str] = {}
    for unit in units:
        # a unit stands after all that holds it, so the way up cannot go round
        way = [iri for iri in above[unit] if place[iri] < place[unit]]
        while way and unit not in parents:
            nearest = max(way, key=lambda iri: (place[iri], iri))
            if nearest in drawn:
                parents[unit] = nearest
            way = [iri for iri in above[nearest] if place[iri] < place[nearest]]
    return parents


def _lanes(network: Network, units: Sequence[str], parents: Mapping[str, str]) -> dict[str, int]:
    """The column of each unit: right of what holds it; items start right of the deepest section."""
    depth: dict[str, int] = {}
    for iri in units:  # what holds a unit comes first
        depth[iri] = depth[parents[iri]] + 1 if iri in parents else 0
    is_item = {iri: network.nodes[iri]["class"] == "Item" for iri in units}
    first = max((depth[iri] + 1 for iri in units if not is_item[iri]), default=0)
    lanes: dict[str, int] = {}
    for iri in units:
        lanes[iri] = max(lanes[parents[iri]] + 1 if iri in parents else 0, first if is_item[iri] else 0)
    return lanes


def _left_edges(lanes: Mapping[str, int], boxes: Mapping[str, Box]) -> dict[int, float]:
    """The left edge of each column."""
    edges, x = {}, 0.0
    for lane in range(max(lanes.values(), default=-1) + 1):
        edges[lane] = x
        inside = [boxes[iri].width for iri, number in lanes.items() if number == lane]
        x += max(inside) + LANE if inside else 0
    return edges


def _chosen_things(network: Network, units: Sequence[str]) -> tuple[list[str], list[str]]:
    """The themes and the other things that most of the drawn sections and items speak of."""
    speakers = _speakers(network, units)
    degree: Counter[str] = Counter()
    for subject, object_ in network.edges():
        if (subject in speakers) != (object_ in speakers):
            degree[object_ if subject in speakers else subject] += 1
    best = sorted(degree, key=lambda iri: (-degree[iri], -network.nodes[iri]["weight"], iri))
    kinds = {iri: network.nodes[iri]["class"] for iri in best}
    outline = {*plans(network), *(iri for iri in best if kinds[iri] in STRUCTURE)}  # of it, those above were chosen
    themes = [iri for iri in best if kinds[iri] == "Theme"]
    others = [iri for iri in best if kinds[iri] != "Theme" and iri not in outline]
    return themes[:MOST_THEMES], others[:MOST_THINGS]


def _speakers(network: Network, units: Iterable[str]) -> set[str]:
    """The sections and items: what a document says as a whole would cross the picture from side to side."""
    return {iri for iri in units if network.nodes[iri]["class"] in STRUCTURE}


def _stacked(column: Sequence[Box]) -> float:
    return sum(box.height for box in column) + GAP * max(len(column) - 1, 0)


def _level_with(
    network: Network, column: Sequence[Box], heights: Mapping[str, float], x: float, bottom: float
) -> list[Box]:
    """A column at `x`: each box as near as may be to the mean height of the units that speak of it."""
    speakers = _speakers(network, heights)
    wanted: dict[str, float] = {}
    for box in column:
        ends = {*network.successors(box.iri), *network.predecessors(box.iri)} & speakers
        wanted[box.iri] = sum(heights[end] for end in ends) / len(ends) - box.height / 2
    boxes = sorted(column, key=lambda box: (wanted[box.iri], box.iri))
    tops = _spread([wanted[box.iri] for box in boxes], [box.height + GAP for box in boxes], bottom + GAP)
    return [replace(box, x=x, y=top) for box, top in zip(boxes, tops, strict=True)]


def _spread(wanted: Sequence[float], heights: Sequence[float], bottom: float) -> list[float]:
    """Tops as near as may be to those wanted (ascending), one below the other between 0 and `bottom`.

    Least squares under an order: pool adjacent violators (Barlow et al. 1972), what stands above taken off first.
    """
    above = list(accumulate(heights, initial=0.0))
    pools: list[tuple[float, int]] = []  # sum and number of what has been pooled
    for want, offset in zip(wanted, above, strict=False):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            more, number = pools.pop()
            total, count = total + more, count + number
        pools.append((total, count))
    fitted = [total / count for total, count in pools for _ in range(count)]
    return [min(max(fit, 0.0), bottom - above[-1]) + offset for fit, offset in zip(fitted, above, strict=False)]


def around(network: Network) -> Layout:
    """The focus in the middle, its neighbours in arcs to the right and to the left, theirs beyond them."""
    centres: tuple[str, ...] = network.graph["focus"][:MOST_NEAR]
    rings, parents = _rings(network, centres)
    tree = _Tree({iri: _box(network, iri, bilingual=True) for iri in rings})
    for iri in rings:
        if rings[iri] > 1:
            tree.children[parents[iri]].append(iri)
    half = max(box.width for box in tree.boxes.values()) / 2
    right, left = _halves([iri for iri in rings if rings[iri] == 1], tree)
    middle = tree.place(centres, -tree.blocks(centres) / 2, lambda iri: -tree.boxes[iri].width / 2)
    placed = [*middle, *_arc(tree, right, rings, 1, half), *_arc(tree, left, rings, -1, half)]
    boxes = {box.iri: box for box in placed}
    return Layout(_from_zero(boxes), _edges(network, boxes), rings)


def _rings(network: Network, centres: Sequence[str]) -> tuple[dict[str, int], dict[str, str]]:
    """The distance from the focus of each box to be drawn, and the box nearer to it that it hangs on."""
    rings, parents = dict.fromkeys(centres, 0), dict[str, str]()
    edge, room, far = list(centres), MOST_NEAR, MOST_FAR
    while edge and room:
        reached: dict[str, str] = {}
        for iri in edge:
            for other in sorted({*network.successors(iri), *network.predecessors(iri)} - rings.keys()):
                reached.setdefault(other, iri)
        chosen = set(_heaviest(network, reached, room))
        ring = rings[edge[0]] + 1
        edge = sorted(chosen, key=lambda iri: (_ORDER[_colour_class(network, iri)], network.nodes[iri]["label"], iri))
        rings |= dict.fromkeys(edge, ring)
        parents |= {iri: reached[iri] for iri in edge}
        room = far = far if ring == 1 else far - len(edge)
    return rings, parents


def _halves(iris: Sequence[str], tree: _Tree) -> tuple[list[str], list[str]]:
    """The neighbours on the right and on the left, of about the same height."""
    right: list[str] = []
    for iri in iris:
        if tree.blocks([*right, iri]) > tree.blocks(iris) / 2 and right:
            break
        right.append(iri)
    return right, list(iris[len(right) :])


def _arc(tree: _Tree, iris: Sequence[str], rings: Mapping[str, int], side: int, half: float) -> Iterator[Box]:
    """One side: blocks above one another, the ends of the column bent towards the focus."""
    height = tree.blocks(iris)

    def x(iri: str) -> float:
        inner = half + ARM + (rings[iri] - 1) * (2 * half + LANE)
        return inner if side > 0 else -inner - tree.boxes[iri].width

    top = -height / 2
    for iri in iris:
        block = tree.block(iri)
        # a whole block moves together, so what hangs on a box never comes near it
        bend = min(BULGE, height / 6) * ((top + block / 2) / (height / 2)) ** 2
        for box in tree.place([iri], top, x):
            yield replace(box, x=box.x - side * bend)
        top += block + GAP


def _edges(network: Network, boxes: Mapping[str, Box]) -> list[Edge]:
    return [
        Edge(*edge) for edge in network.edges(keys=True) if edge[0] != edge[1] and {edge[0], edge[1]} <= boxes.keys()
    ]


def _from_zero(boxes: Mapping[str, Box]) -> dict[str, Box]:
    """The boxes moved so that the leftmost and the topmost touch 0."""
    left = min((box.x for box in boxes.values()), default=0)
    top = min((box.y for box in boxes.values()), default=0)
    return {iri: replace(box, x=box.x - left, y=box.y - top) for iri, box in boxes.items()}


def _colour_class(network: Network, iri: str) -> str:
    cls = network.nodes[iri]["class"]
    return cls if cls in COLOURS else "Entity"


def _box(network: Network, iri: str, *, bilingual: bool = False) -> Box:
    """A node's box, still without a place; items and sections say their path too."""
    data = network.nodes[iri]
    label, path = str(data["label"]), data.get("path")
    if path and path != label:
        label = f"{path} {label}"
    width = WIDTHS.get(data["class"], WIDTH)
    lines = wrap(xml_text(label), width - 2 * PAD, 3 if data["class"] in ("Document", *STRUCTURE) else 2)
    english = data.get("label_en") if bilingual else None
    small = wrap(xml_text(english), width - 2 * PAD, 2, SMALL) if english else ()
    return Box(iri, width, 2 * PAD + LINE * len(lines) + SMALL_LINE * len(small), lines, small)


# ---- drawing


class _Sheet:
    """Draws a layout below a title, above a legend."""

    def __init__(self, network: Network, layout: Layout) -> None:
        self.network = network
        self.layout = layout
        boxes = layout.boxes.values()
        self.breadth = max((box.x + box.width for box in boxes), default=0)
        self.depth = max((box.y + box.height for box in boxes), default=0)
        self.width = max(self.breadth + 2 * MARGIN, LEAST_WIDTH)

    def draw(self) -> str:
        """The whole file."""
        head, top = self._head()
        foot, bottom = self._foot(top + self.depth + MARGIN)
        left = (self.width - self.breadth) / 2
        return "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="zh-Hans" role="img" font-family="{FONTS}" '
                f'font-size="{FONT_SIZE:g}" {_size(self.width, bottom)} viewBox="0 0 {self.width:.0f} {bottom:.0f}">',
                f"<title>{_text(self._title())}</title>",
                f"<desc>{_text(self._source())}</desc>",
                self._arrows(),
                '<rect width="100%" height="100%" fill="#fff"/>',
                *head,
                f'<g transform="translate({left:.1f} {top:.1f})">',
                '<g fill="none">',
                *(self._edge(edge) for edge in self.layout.edges),
                "</g>",
                *(self._drawn_box(box) for box in self.layout.boxes.values()),
                *self._edge_names(),
                "</g>",
                *foot,
                "</svg>",
                "",
            ]
        )

    def _title(self) -> str:
        if focus := self.network.graph.get("focus"):
            return "、".join(dict.fromkeys(self._name(iri) for iri in focus))
        titles = self.network.graph["titles"]
        return (
            titles[0]
            if len(titles) == 1
            else f"{len(titles)} 份文件的知识图谱 Knowledge graph of {len(titles)} documents"
        )

    def _name(self, iri: str) -> str:
        """What a focus is called: its path where it has one, its label, its English label."""
        data = self.network.nodes[iri]
        return " ".join(dict.fromkeys(filter(None, (data.get("path"), data["label"], data.get("label_en")))))

    def _source(self) -> str:
        return "来源 Source: " + "；".join(self.network.graph["titles"])

    def _head(self) -> tuple[list[str], float]:
        """Title and source, and the y below them."""
        room = self.width - 2 * MARGIN
        title, source = wrap(self._title(), room, 2, TITLE_SIZE), wrap(self._source(), room, 2, SOURCE_SIZE)
        y = MARGIN + TITLE_SIZE
        parts = []
        for lines, size, style in (
            (title, TITLE_SIZE, 'font-weight="bold" fill="#1f2933"'),
            (source, SOURCE_SIZE, 'fill="#555"'),
        ):
            for line in lines:
                parts.append(f'<text x="{MARGIN:g}" y="{y:.1f}" font-size="{size:g}" {style}>{_text(line)}</text>')
                y += size * 1.5
        return parts, y + GAP

    def _arrows(self) -> str:
        used = sorted({self._edge_class(edge) for edge in self.layout.edges}) if self.layout.rings else []
        marks = (
            f'<marker id="to-{cls}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0 0 8 4 0 8z" fill="{COLOURS[cls][1]}"/></marker>'
            for cls in used
        )
        return f"<defs>{''.join(marks)}</defs>"

    def _edge_class(self, edge: Edge) -> str:
        """An edge has the colour of the end that is no unit of the outline, or of its object."""
        for iri in (edge.object, edge.subject):
            cls = _colour_class(self.network, iri)
            if cls not in ("Document", *STRUCTURE):
                return cls
        return _colour_class(self.network, edge.object)

    def _edge(self, edge: Edge) -> str:
        data = self.network.get_edge_data(edge.subject, edge.object, edge.predicate) or {}
        cls = self._edge_class(edge)
        in_passing = data.get("grade") == 1
        faint = in_passing or self._sideways(edge)
        style = f'stroke="{COLOURS[cls][1]}" stroke-opacity="{0.35 if faint else 0.6}"'
        if in_passing:
            style += ' stroke-dasharray="4 4"'
        if self.layout.rings:
            style += f' marker-end="url(#to-{cls})"'
        return f'<path d="{self._curve(edge)}" {style}><title>{_text(self._statement(edge, data))}</title></path>'

    def _sideways(self, edge: Edge) -> bool:
        rings = self.layout.rings
        return bool(rings) and rings[edge.subject] == rings[edge.object]

    def _statement(self, edge: Edge, data: Mapping[str, Any]) -> str:
        subject, object_ = (self.network.nodes[iri]["label"] for iri in (edge.subject, edge.object))
        return "\n".join([f"{subject} → {_both(edge.predicate)} → {object_}", *data.get("quotes", ())])

    def _curve(self, edge: Edge) -> str:
        start, end = self.layout.boxes[edge.subject], self.layout.boxes[edge.object]
        if start.x + start.width <= end.x:
            x1, x2 = start.x + start.width, end.x
        elif end.x + end.width <= start.x:
            x1, x2 = start.x, end.x + end.width
        else:  # above one another: round the side that faces the middle
            inward = start.x + start.width / 2 < self.breadth / 2
            x1, x2 = (box.x + (box.width if inward else 0) for box in (start, end))
            bend = max(x1, x2) + 40 if inward else min(x1, x2) - 40
            return _bezier(x1, start.middle, bend, x2, end.middle)
        lift = self._lift(x1, start.middle, x2, end.middle)
        return _bezier(x1, start.middle, (x1 + x2) / 2, x2, end.middle, lift)

    def _lift(self, x1: float, y1: float, x2: float, y2: float) -> float:
        """How far the handles of an edge move up or down, so that one that runs behind the focus goes round it.

        It would seem to end there otherwise. One that crosses the focus at a slant is seen to pass, and is left alone.
        """
        focus = [box for iri, box in self.layout.boxes.items() if self.layout.rings.get(iri) == 0]
        if not any(min(x1, x2) < box.x and box.x + box.width < max(x1, x2) for box in focus):
            return 0.0
        top, bottom = min(box.y for box in focus), max(box.y + box.height for box in focus)
        height, slant = (y1 + y2) / 2, abs(y2 - y1) / abs(x2 - x1) * max(box.width for box in focus)
        if height - slant < top - GAP or height + slant > bottom + GAP:
            return 0.0
        ways = (top - 2 * GAP - slant, bottom + 2 * GAP + slant)
        inside = [way for way in ways if 0 <= way <= self.depth]
        # the middle of the curve moves by 3/4 of what both handles move
        return min((way - height for way in inside), key=abs, default=0.0) / 0.75

    def _edge_names(self) -> Iterator[str]:
        """Around a focus: the relations of each box with those nearer to the focus, where the edges reach it."""
        rings = self.layout.rings
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for edge in self.layout.edges if rings else ():
            if rings[edge.subject] != rings[edge.object]:
                outer = max(edge.subject, edge.object, key=rings.__getitem__)
                found[outer][names().get(edge.predicate, (edge.predicate,))[0]] = None
        for iri, relations in sorted(found.items()):
            box = self.layout.boxes[iri]
            on_right = box.x + box.width / 2 > self.breadth / 2
            x, anchor = (box.x - PAD, "end") if on_right else (box.x + box.width + PAD, "start")
            (line,) = wrap("、".join(relations), LANE - 2 * PAD, 1, SMALL)
            yield (
                f'<text x="{x:.1f}" y="{box.middle - 5:.1f}" text-anchor="{anchor}" font-size="{SMALL:g}" fill="#444" '
                f'stroke="#fff" stroke-width="3" paint-order="stroke">{_text(line)}</text>'
            )

    def _drawn_box(self, box: Box) -> str:
        data = self.network.nodes[box.iri]
        paper, ink = COLOURS[_colour_class(self.network, box.iri)]
        thick = 2.5 if box.iri in self.network.graph.get("focus", ()) else 1
        kinds = " ".join(_both(data[name]) for name in ("class", "subclass") if name in data)
        hint = "\n".join(filter(None, (data["label"], data.get("label_en"), kinds)))
        x, y = box.x + PAD, box.y + PAD + FONT_SIZE
        lines = [f'<text x="{x:.1f}" y="{y + LINE * n:.1f}">{_text(line)}</text>' for n, line in enumerate(box.lines)]
        y += LINE * len(box.lines) - (FONT_SIZE - SMALL)
        lines += [
            f'<text x="{x:.1f}" y="{y + SMALL_LINE * n:.1f}" font-size="{SMALL:g}" xml:lang="en">{_text(line)}</text>'
            for n, line in enumerate(box.small)
        ]
        return (
            f'<g data-iri={quoteattr(box.iri)} fill="{ink}"><title>{_text(hint)}</title>'
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" {_size(box.width, box.height)} rx="5" fill="{paper}" '
            f'stroke="{ink}" stroke-width="{thick}"/>{"".join(lines)}</g>'
        )

    def _foot(self, y: float) -> tuple[list[str], float]:
        """Legend, relations and the note of what is left out, and the y below them."""
        parts, y = self._legend(y)
        for text in self._notes():
            for line in wrap(text, self.width - 2 * MARGIN, 3, SOURCE_SIZE):
                y += LINE
                parts.append(
                    f'<text x="{MARGIN:g}" y="{y:.1f}" font-size="{SOURCE_SIZE:g}" fill="#555">{_text(line)}</text>'
                )
        return parts, y + MARGIN

    def _legend(self, y: float) -> tuple[list[str], float]:
        used = {_colour_class(self.network, iri) for iri in self.layout.boxes}
        parts, x = [], MARGIN
        for cls in (cls for cls in COLOURS if cls in used):
            (paper, ink), name = COLOURS[cls], _both(cls)
            width = 24 + text_width(name, SOURCE_SIZE) + 16
            if x + width > self.width - MARGIN and x > MARGIN:
                x, y = MARGIN, y + LINE + 4
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="16" height="12" rx="2" fill="{paper}" stroke="{ink}"/>'
                f'<text x="{x + 24:.1f}" y="{y + 11:.1f}" font-size="{SOURCE_SIZE:g}" fill="{ink}">{_text(name)}</text>'
            )
            x += width
        return parts, y + LINE

    def _notes(self) -> Iterator[str]:
        if self.layout.rings:
            yield "关系 Relations: " + " · ".join(sorted({_both(edge.predicate) for edge in self.layout.edges}))
        if any((self.network.get_edge_data(*edge) or {}).get("grade") == 1 for edge in self.layout.edges):
            yield "虚线：仅述及 Dashed: in passing only"
        missing = Counter(_colour_class(self.network, iri) for iri in self.network if iri not in self.layout.boxes)
        if missing:
            counts = " · ".join(f"{_both(cls)} {missing[cls]}" for cls in COLOURS if missing[cls])
            yield f"为便于阅读，未画出 {missing.total()} 个 Left out, to be readable: {missing.total()} = {counts}"
        if not self.layout.boxes:
            yield "没有可画的内容 Nothing to show"


def _bezier(x1: float, y1: float, bend: float, x2: float, y2: float, lift: float = 0.0) -> str:
    """A curve with both handles at `bend`; it leaves and arrives level where `lift` is 0."""
    return f"M{x1:.1f} {y1:.1f}C{bend:.1f} {y1 + lift:.1f} {bend:.1f} {y2 + lift:.1f} {x2:.1f} {y2:.1f}"


def _size(width: float, height: float) -> str:
    return f'width="{width:.0f}" height="{height:.0f}"'


def _text(text: str) -> str:
    return escape(xml_text(text))
