"""The networkx view of a base: what is in it, and what surrounds a focus."""

import networkx as nx
import pytest

from corpus.errors import NotFoundError, QueryError
from graph.network import Network, to_networkx
from graph.store import Store
from index.library import Library
from ontology.namespace import local, theme
from tests.graph_samples import (
    CLEAR_WATER,
    DRINKING_WATER,
    EDUCATION,
    NAMES,
    QUARTERLY,
    RESIDENTS,
    RIVER_CHIEFS,
    SURVEY,
    WATER,
    document_id,
    item_iri,
    plan_a,
    plan_b,
    sample_store,
)

A, B = document_id(plan_a()), document_id(plan_b())
LIVELIHOOD = theme("LV")
ITEM_1, ITEM_2, ITEM_3 = (item_iri(plan_a(), path) for path in ("一/1", "一/2", "二/3"))


def edges(network: Network) -> set[tuple[str, str, str]]:
    return {(subject, predicate, object_) for subject, object_, predicate in network.edges(keys=True)}


def test_nodes_are_documents_outline_entities_and_themes() -> None:
    network = to_networkx(sample_store())
    outline = {item_iri(plan, node.path) for plan in (plan_a(), plan_b()) for node in plan.outline}
    entities = {node.iri for node in (CLEAR_WATER, RIVER_CHIEFS, RESIDENTS, DRINKING_WATER, QUARTERLY, SURVEY)}
    themes = {EDUCATION.iri, WATER.iri, LIVELIHOOD}
    plans = {NAMES.document(plan.text.raw) for plan in (plan_a(), plan_b())}
    assert set(network) == outline | entities | themes | plans
    assert list(network) == sorted(network)


@pytest.mark.parametrize(
    ("iri", "data"),
    [
        (
            CLEAR_WATER.iri,
            {
                "class": "Initiative",
                "subclass": "Campaign",
                "label": "碧水行动",
                "label_en": "Clear Water Drive",
                "documents": tuple(sorted((A, B))),
                "weight": 3,
            },
        ),
        (
            ITEM_1,
            {
                "class": "Item",
                "label": "开展“碧水行动”",
                "path": "一/1",
                "position": 2,
                "documents": (A,),
                "weight": 7,
            },
        ),
        (
            NAMES.document(plan_a().text.raw),
            {
                "class": "Document",
                "subclass": "WorkPlan",
                "label": "青田市水务局2023年工作要点",
                "documents": (A,),
                "weight": 0,
            },
        ),
        (
            EDUCATION.iri,
            {
                "class": "Theme",
                "label": "教育",
                "label_en": "Education",
                "documents": tuple(sorted((A, B))),
                "weight": 2,
            },
        ),
        (
            SURVEY.iri,
            {
                "class": "ActivityForm",
                "subclass": "Research",
                "label": "专题调研",
                "label_en": "thematic survey",
                "documents": (A,),
                "weight": 1,
            },
        ),
        (LIVELIHOOD, {"class": "Theme", "label": "民生", "label_en": "Livelihood", "documents": (), "weight": 0}),
    ],
    ids=["entity", "item", "plan", "theme", "form", "theme above"],
)
def test_a_node_says_what_is_known(iri: str, data: dict[str, object]) -> None:
    assert to_networkx(sample_store()).nodes[iri] == data


def test_an_edge_holds_the_evidence_of_all_its_facts() -> None:
    network = to_networkx(sample_store())
    assert network.edges[ITEM_1, WATER.iri, "concerns"] == {
        "predicate": "concerns",
        "documents": (A,),
        "weight": 2,
        "confidence": 0.9,
        "quotes": ("碧水", "农村饮水安全"),  # as they stand in the text, not as they were added
        "grade": 2,
    }
    assert network.edges[ITEM_1, item_iri(plan_a(), "一"), "partOf"] == {
        "predicate": "partOf",
        "documents": (A,),
        "weight": 0,
    }


def test_one_document_alone() -> None:
    network = to_networkx(sample_store(), document=B)
    assert network.graph == {"documents": (B,), "titles": ("青田市教育局2023年工作要点",)}
    assert {EDUCATION.iri, LIVELIHOOD, CLEAR_WATER.iri} <= set(network)
    assert not {ITEM_1, WATER.iri, RIVER_CHIEFS.iri} & set(network)
    assert network.nodes[CLEAR_WATER.iri]["weight"] == 1


@pytest.mark.parametrize("name", [B, NAMES.document(plan_b().text.raw), "青田市教育局2023年工作要点"])
def test_a_document_goes_by_id_iri_or_title(name: str) -> None:
    assert to_networkx(sample_store(), document=name).graph["documents"] == (B,)


@pytest.mark.parametrize("focus", [CLEAR_WATER.iri, local(CLEAR_WATER.iri), "碧水行动", "Clear Water Drive"])
def test_a_focus_goes_by_iri_id_or_label(focus: str) -> None:
    network = to_networkx(sample_store(), focus=focus)
    assert set(network) == {CLEAR_WATER.iri, ITEM_1, ITEM_3, item_iri(plan_b(), "一/1")}
    assert network.graph["focus"] == (CLEAR_WATER.iri,)


def test_the_documents_are_those_that_speak_of_the_focus_or_state_an_edge() -> None:
    assert to_networkx(sample_store(), focus=item_iri(plan_b(), "一/1")).graph["documents"] == (B,)
    assert to_networkx(sample_store(), focus=CLEAR_WATER.iri).graph["documents"] == tuple(sorted((A, B)))
    assert to_networkx(sample_store(), focus=RIVER_CHIEFS.iri, depth=0).graph["documents"] == (A,)


def test_a_label_that_several_bear_takes_in_all() -> None:
    network = to_networkx(sample_store(), focus="一/1", depth=0)
    assert set(network) == set(network.graph["focus"]) == {ITEM_1, item_iri(plan_b(), "一/1")}


def test_depth_counts_steps_in_either_direction() -> None:
    def reach(depth: int) -> set[str]:
        return set(to_networkx(sample_store(), document=A, focus=RIVER_CHIEFS.iri, depth=depth))

    assert reach(0) == {RIVER_CHIEFS.iri}
    assert reach(1) == {RIVER_CHIEFS.iri, ITEM_2}
    assert reach(2) == reach(1) | {item_iri(plan_a(), "一"), WATER.iri}
    assert reach(9) == set(to_networkx(sample_store(), document=A))


def test_edges_are_the_direct_relations() -> None:
    network = to_networkx(sample_store(), document=B)
    section, item, plan = item_iri(plan_b(), "一"), item_iri(plan_b(), "一/1"), NAMES.document(plan_b().text.raw)
    assert edges(network) == {
        (section, "partOf", plan),
        (item, "partOf", section),
        (item, "continues", CLEAR_WATER.iri),
        (item, "targetsGroup", RESIDENTS.iri),
        (item, "concerns", EDUCATION.iri),
        (EDUCATION.iri, "broader", LIVELIHOOD),
    }


def test_the_order_of_adding_changes_nothing() -> None:
    one, other = to_networkx(sample_store()), to_networkx(sample_store(reverse=True))
    assert list(one.nodes(data=True)) == list(other.nodes(data=True))
    assert list(one.edges(keys=True, data=True)) == list(other.edges(keys=True, data=True))


def test_an_empty_base_gives_an_empty_network() -> None:
    network = to_networkx(Store.in_memory())
    assert nx.is_empty(network)
    assert network.graph == {"documents": (), "titles": ()}


def test_what_is_unknown_is_said_to_be() -> None:
    with pytest.raises(NotFoundError, match="nothing called 月球 here"):
        to_networkx(sample_store(), focus="月球")
    with pytest.raises(NotFoundError, match="no document nosuch in the base"):
        to_networkx(sample_store(), document="nosuch")
    with pytest.raises(NotFoundError, match="nothing called 河长制 here"):  # known, but not in this document
        to_networkx(sample_store(), document=B, focus="河长制")
    with pytest.raises(QueryError, match="depth -1 is below 0"):
        to_networkx(sample_store(), focus="河长制", depth=-1)


def test_two_documents_of_one_title_are_told_apart_by_id() -> None:
    from graph import rdf
    from tests.graph_samples import facts_b

    again = plan_b()
    copy = type(again)(again.source, type(again.text)(again.text.raw + "\n"), again.metadata, (), again.outline)
    store = sample_store()
    store.add(rdf.quads(copy, facts_b(), NAMES))
    with pytest.raises(NotFoundError, match="2 documents are called 青田市教育局2023年工作要点"):
        to_networkx(store, document="青田市教育局2023年工作要点")


def test_the_bundled_plan_hangs_together(sample: Library) -> None:
    network = to_networkx(sample._open.store)
    (plan,) = (iri for iri, data in network.nodes(data=True) if data.get("subclass") == "WorkPlan")
    held = [data for _, data in network.nodes(data=True) if data["class"] == "Item"]
    assert len(held) == 20
    assert nx.is_weakly_connected(network.subgraph([n for n in network if network.degree(n)]))
    assert network.nodes[plan]["label"] == "中共政协金华市委员会党组2022年工作要点"
