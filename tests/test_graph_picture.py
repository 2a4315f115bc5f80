"""The SVG picture: boxes that never overlap, labels that fit, everything named, the same bytes each time."""

import re
import unicodedata
import xml.etree.ElementTree as ET
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import picture
from graph.network import Network, to_networkx
from graph.picture import Box, Layout, around, columns, svg, text_width, wrap
from graph.store import Store
from index.library import Library
from tests.graph_samples import CLEAR_WATER, EDUCATION, item_iri, plan_a, plan_b, sample_store

PLAN_A_TITLE, PLAN_B_TITLE = "青田市水务局2023年工作要点", "青田市教育局2023年工作要点"
SVG = "{http://www.w3.org/2000/svg}"


def texts(data: bytes) -> list[str]:
    return [element.text or "" for element in ET.fromstring(data).iter(SVG + "text")]


def drawn(data: bytes) -> set[str]:
    return {group.attrib["data-iri"] for group in ET.fromstring(data).iter(SVG + "g") if "data-iri" in group.attrib}


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def clashes(boxes: list[Box]) -> list[tuple[str, str]]:
    return [(one.iri, other.iri) for one, other in combinations(boxes, 2) if overlap(one, other)]


TEXTS = st.text(
    st.sampled_from("一二三要点工作推进，。“”（）·abc XYZ-9<&\n\x0c"), min_size=1, max_size=60
)  # Chinese, Latin, punctuation, mark-up, a control character


@st.composite
def plans(draw: st.DrawFn) -> Network:
    """Documents, sections in sections, items in items, and things anything may be linked to."""
    network: Network = nx.MultiDiGraph()
    documents = [f"urn:d{n}" for n in range(draw(st.integers(0, 3)))]
    for iri in documents:
        network.add_node(
            iri, **{"class": "Document", "subclass": "WorkPlan", "label": draw(TEXTS), "documents": (iri,), "weight": 0}
        )
    above = list(documents)
    for n in range(draw(st.integers(0, 14))):
        cls = draw(st.sampled_from(["Section", "Item"]))
        iri, parent = f"urn:u{n}", draw(st.sampled_from(above)) if above else None
        owner = network.nodes[parent]["documents"] if parent else ()
        network.add_node(
            iri,
            **{"class": cls, "label": draw(TEXTS), "path": f"{n}", "position": n + 1, "documents": owner, "weight": n},
        )
        if parent:
            network.add_edge(iri, parent, key="partOf", predicate="partOf", weight=0, documents=owner)
        above.append(iri)
    things = [f"urn:t{n}" for n in range(draw(st.integers(0, 20)))]
    for iri in things:
        cls = draw(st.sampled_from([*picture.COLOURS]))
        network.add_node(
            iri, **{"class": cls, "label": draw(TEXTS), "label_en": draw(TEXTS), "documents": (), "weight": 1}
        )
    for _ in range(draw(st.integers(0, 40)) if network else 0):
        ends = draw(st.tuples(st.sampled_from(list(network)), st.sampled_from(list(network))))
        network.add_edge(
            *ends, key="concerns", predicate="concerns", grade=draw(st.integers(1, 2)), weight=1, documents=()
        )
    network.graph.update(documents=tuple(documents), titles=tuple(network.nodes[iri]["label"] for iri in documents))
    return network


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plans())
def test_boxes_in_columns_never_overlap(network: Network) -> None:
    layout = columns(network)
    assert clashes(list(layout.boxes.values())) == []
    ET.fromstring(svg(network))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plans(), st.data())
def test_boxes_around_a_focus_never_overlap(network: Network, data: st.DataObject) -> None:
    if not network:
        return
    network.graph["focus"] = tuple(
        data.draw(st.lists(st.sampled_from(list(network)), min_size=1, max_size=3, unique=True))
    )
    layout = around(network)
    assert clashes(list(layout.boxes.values())) == []
    assert set(network.graph["focus"]) <= set(layout.boxes)
    ET.fromstring(svg(network))


@settings(deadline=None, derandomize=True)
@given(TEXTS, st.floats(20, 300), st.integers(1, 4))
def test_wrapped_lines_fit_and_lose_nothing_unsaid(text: str, width: float, most: int) -> None:
    lines = wrap(text, width, most)
    assert len(lines) <= most
    assert all(text_width(line) <= width for line in lines)
    kept, whole = "".join("".join(lines).split()), "".join(text.split())
    assert kept == whole or (kept.endswith("…") and whole.startswith(kept[:-1]))


def test_chinese_breaks_anywhere_but_before_closing_punctuation() -> None:
    assert wrap("加强创新理论武装，推进", 8 * picture.FONT_SIZE, 3) == ("加强创新理论武", "装，推进")
    assert wrap("plan of Jinhua 金华", 7 * picture.FONT_SIZE, 3) == ("plan of", "Jinhua 金华")
    assert wrap("一二三四五六七八九十", 4 * picture.FONT_SIZE, 2) == ("一二三四", "五六七…")


def test_the_whole_base_stands_in_columns() -> None:
    network = to_networkx(sample_store())
    layout = columns(network)
    item, section = layout.boxes[item_iri(plan_a(), "一/1")], layout.boxes[item_iri(plan_a(), "一")]
    theme = layout.boxes[EDUCATION.iri]
    assert section.x + section.width < item.x
    assert item.x + item.width < theme.x
    upper, lower = (layout.boxes[item_iri(plan_a(), path)] for path in ("一/1", "一/2"))
    assert upper.y + upper.height < lower.y


def test_a_focus_stands_in_the_middle() -> None:
    network = to_networkx(sample_store(), focus=CLEAR_WATER.iri)
    layout = around(network)
    centre = layout.boxes[CLEAR_WATER.iri]
    others = [box for iri, box in layout.boxes.items() if iri != CLEAR_WATER.iri]
    assert {box.x < centre.x for box in others} == {True, False}  # on both sides
    assert {layout.rings[box.iri] for box in others} == {1}


def test_title_source_legend_and_relations_are_written() -> None:
    data = svg(to_networkx(sample_store(), focus="碧水行动"))
    written = texts(data)
    assert written[0] == "碧水行动 Clear Water Drive"
    assert set(written[1].removeprefix("来源 Source: ").split("；")) == {PLAN_A_TITLE, PLAN_B_TITLE}
    assert {"举措 initiative", "条目 item"} <= set(written)
    assert "关系 Relations: 深化 continues · 落实 implements" in written
    assert written.count("落实") == 1  # at its edge
    assert "Noto Sans CJK SC" in ET.fromstring(data).attrib["font-family"]


def test_the_picture_of_one_plan_is_called_after_it() -> None:
    data = svg(to_networkx(sample_store(), document=PLAN_A_TITLE))
    assert texts(data)[0] == PLAN_A_TITLE
    assert "虚线：仅述及 Dashed: in passing only" in texts(data)


def test_a_focus_of_several_things_is_called_after_all_of_them() -> None:
    title = texts(svg(to_networkx(sample_store(), focus="一/1")))[0]
    assert set(title.split("、")) == {"一/1 开展“碧水行动”", "一/1 深化“碧水行动”进校园"}


def test_a_neighbour_brings_in_no_document_of_its_own() -> None:
    # beside 碧水行动, of which plan A speaks too
    data = svg(to_networkx(sample_store(), focus=item_iri(plan_b(), "一/1")))
    assert texts(data)[1] == f"来源 Source: {PLAN_B_TITLE}"


def height_at_the_middle(path: str) -> float:
    """The y of a cubic curve half way along."""
    y1, y2, y3, y4 = map(float, re.findall(r"-?[\d.]+", path)[1::2])
    return (y1 + 3 * y2 + 3 * y3 + y4) / 8


def level_edge(drop: float = 0.0, *, focus_at: float = 100.0) -> float:
    """How high an edge between two boxes on both sides of a focus (100 to 134) passes its middle."""
    places = {"urn:left": (0.0, 100.0), "urn:focus": (400.0, focus_at), "urn:right": (800.0, 100.0 + drop)}
    network: Network = nx.MultiDiGraph(focus=("urn:focus",), documents=(), titles=())
    for iri in places:
        network.add_node(iri, **{"class": "Topic", "label": iri, "documents": (), "weight": 0})
    network.add_edge("urn:left", "urn:right", key="involves", predicate="involves", weight=0, documents=())
    boxes = {iri: Box(iri, 200, 34, (iri,), x=x, y=y) for iri, (x, y) in places.items()}
    floor = Box("urn:focus/floor", 10, 10, (), x=0, y=700)  # a sheet high enough for every way round
    network.add_node(floor.iri, **{"class": "Topic", "label": "floor", "documents": (), "weight": 0})
    rings = {"urn:focus": 0, "urn:left": 1, "urn:right": 1, floor.iri: 1}
    layout = Layout(boxes | {floor.iri: floor}, [picture.Edge("urn:left", "urn:right", "involves")], rings)
    (curve,) = re.findall(r'<path d="(M[^"]+C[^"]+)" stroke', picture._Sheet(network, layout).draw())
    return height_at_the_middle(curve)


def test_an_edge_that_would_run_behind_the_focus_goes_round_it() -> None:
    assert level_edge() == pytest.approx(100 - 2 * picture.GAP, abs=0.1)  # above, clear of the box
    assert level_edge(focus_at=90) == pytest.approx(124 + 2 * picture.GAP, abs=0.1)  # below, which is nearer
    assert level_edge(focus_at=10) == pytest.approx(117, abs=0.1)  # the focus is not in its way
    assert level_edge(400) == pytest.approx(317, abs=0.1)  # too steep to seem to end there


def test_markup_in_a_heading_is_text() -> None:
    data = svg(to_networkx(sample_store(), document=PLAN_A_TITLE))
    assert "二 “强基” & <惠民>" in texts(data)
    assert "<惠民>".encode() not in data


def test_evidence_is_told_on_pointing() -> None:
    data = svg(to_networkx(sample_store(), focus="河长制"))
    hints = [title.text for path in ET.fromstring(data).iter(SVG + "path") for title in path.iter(SVG + "title")]
    assert "健全河长工作机制 → 深化 continues → 河长制\n落实河长制" in hints


def crowd(number: int) -> Network:
    """A focus with many neighbours."""
    network: Network = nx.MultiDiGraph(focus=("urn:centre",), documents=(), titles=())
    network.add_node("urn:centre", **{"class": "Theme", "label": "主题", "documents": (), "weight": number})
    for n in range(number):
        network.add_node(f"urn:{n:03}", **{"class": "Topic", "label": f"议题{n}", "documents": (), "weight": n})
        network.add_edge(f"urn:{n:03}", "urn:centre", key="concerns", predicate="concerns", weight=1, documents=())
    return network


def test_a_crowd_is_thinned_and_the_note_says_so() -> None:
    data = svg(crowd(100))
    assert len(drawn(data)) == picture.MOST_NEAR + 1
    left_out = 100 - picture.MOST_NEAR
    assert f"为便于阅读，未画出 {left_out} 个 Left out, to be readable: {left_out} = 议题 topic {left_out}" in texts(
        data
    )
    assert {"urn:centre", "urn:099"} <= drawn(data)  # those of most weight stay
    assert "urn:000" not in drawn(data)


def test_nothing_left_out_needs_no_note() -> None:
    assert not [text for text in texts(svg(crowd(5))) if "Left out" in text]


def test_an_empty_base_gives_a_picture_that_says_so() -> None:
    assert "没有可画的内容 Nothing to show" in texts(svg(to_networkx(Store.in_memory())))


def test_every_class_has_colours_of_enough_contrast_and_a_name() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for cls, (paper, ink) in picture.COLOURS.items():
        bright, dark = sorted((light(paper), light(ink)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, cls
        assert len(picture.names()[cls]) == 2


@pytest.mark.parametrize("focus", [None, "教育", "碧水行动"])
def test_the_same_statements_give_the_same_bytes(focus: str | None) -> None:
    one, other = (svg(to_networkx(sample_store(reverse=reverse), focus=focus)) for reverse in (False, True))
    assert one == other


def test_the_bundled_plan_can_be_read(sample: Library) -> None:
    network = to_networkx(sample._open.store)
    data = svg(network)
    items = {iri for iri, node in network.nodes(data=True) if node["class"] == "Item"}
    assert items <= drawn(data)
    assert clashes(list(columns(network).boxes.values())) == []
    assert "中共政协金华市委员会党组2022年工作要点" in texts(data)
    assert any("一" <= sign <= "龥" for sign in data.decode("utf-8"))
    assert not re.search(rb"\\u[0-9a-f]{4}|&#x?[0-9a-f]+;", data)
    assert all(unicodedata.category(sign) != "Cc" or sign == "\n" for sign in data.decode("utf-8"))
