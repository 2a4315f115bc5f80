"""Which entities may be one: whole names in other marks and forms, never parts of names, never against the place."""

import pytest

from graph.lexicon import Lexicon
from graph.likeness import Named, body_form, proposals
from graph.model import Node
from ontology.namespace import Names

NAMES = Names()


def named(cls: str, name: str, *forms: str) -> Named:
    return Named(Node(NAMES.entity(cls, name), cls, name), frozenset((name, *forms)))


def found(*entities: Named) -> list[tuple[str, set[str]]]:
    return [(p.rule, {p.first.name, p.second.name}) for p in proposals(entities, Lexicon.load(), NAMES)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("政协金华市委员会", "金华市政协"),
        ("中国人民政治协商会议温州市委员会", "温州市政协"),
        ("中共金华市委", "中国共产党金华市委员会"),
        ("中共金华市委", "金华市委"),
        ("浙江省人民政府", "浙江省政府"),
        ("金华市人大常委会", "金华市人民代表大会常务委员会"),
    ],
)
def test_short_and_formal_forms_of_a_body_at_one_place_are_alike(one: str, other: str) -> None:
    assert found(named("Body", one), named("Body", other)) == [("body-form", {one, other})]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("金华市政协", "政协温州市委员会"),
        ("金华市政府", "金华市委"),
        ("城市政协", "政协城市委员会"),
        ("金华市教育局", "金华市教育局党组"),
        ("浙江省政府", "浙江省政府办公厅"),
    ],
)
def test_other_bodies_and_other_places_stay_apart(one: str, other: str) -> None:
    assert found(named("Body", one), named("Body", other)) == []


def test_near_names_stay_apart() -> None:
    near = ("同心汇", "委员同心汇", "委员同心汇·专委窗口")
    assert found(*(named("Initiative", name) for name in near)) == []


def test_one_name_in_other_marks_is_alike_within_a_class() -> None:
    entities = [named("Initiative", name) for name in ("同心汇", "“同心汇”", "同心 汇")]
    assert len(found(*entities, named("Strategy", "「同心汇」"))) == 3
    assert {rule for rule, _ in found(*entities)} == {"marks"}


def test_a_short_form_means_the_one_entity_that_is_printed_so() -> None:
    long, short = named("Initiative", "委员走进社区行动", "走进社区"), named("Initiative", "走进社区")
    assert found(long, short) == [("short-form", {long.node.name, short.node.name})]
    assert found(long, short, named("Initiative", "干部走进社区行动", "走进社区")) == []
    assert found(named("Body", "某市教育局", "市教育局"), named("Body", "市教育局")) == []
    assert found(named("Body", "金华市民中心", "市民中心大楼"), named("Body", "市民中心大楼")) == []


def test_a_short_form_does_not_cross_places() -> None:
    assert found(named("Initiative", "金华惠民行动", "温州惠民"), named("Initiative", "温州惠民")) == []


def test_an_organ_with_a_key_of_its_own_is_never_proposed() -> None:
    own = [
        Named(Node(NAMES.entity("Body", home + "办公室"), "Body", "办公室"), frozenset()) for home in ("金华", "温州")
    ]
    assert found(*own) == []


def test_the_order_of_the_entities_leaves_no_trace() -> None:
    entities = [named("Body", name) for name in ("金华市委", "中共金华市委", "中国共产党金华市委员会")]
    lexicon = Lexicon.load()
    assert proposals(entities, lexicon, NAMES) == proposals(entities[::-1], lexicon, NAMES)
    assert len(proposals(entities, lexicon, NAMES)) == 3


def test_a_name_that_is_no_body_of_a_level_is_compared_as_it_is() -> None:
    assert body_form("阿里巴巴（中国）公司", Lexicon.load()) == "阿里巴巴中国公司"
