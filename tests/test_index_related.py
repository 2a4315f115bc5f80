"""Related items: by facts shared and by meaning, the same from either side, with evidence that stands in the file."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import NotFoundError, QueryError
from corpus.sample import SAMPLE
from index.library import Library
from index.requests import Merge, Reject
from index.types import DocumentRef, RelatedItem, Tie
from index.weights import MEANING_ALONE, RELATED
from tests.amend_samples import PLAN_A, PLAN_B, WHY, copy, item, plans

RAW = {SAMPLE.name: SAMPLE.read_bytes().decode("utf-8"), "a.txt": PLAN_A, "b.txt": PLAN_B}
EVERYTHING = 100  # more than the bases here hold


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("related")
    Library.build(folder / "kb", plans(folder / "plans"))
    return folder / "kb"


@pytest.fixture
def two_plans(kb: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(copy(kb, tmp_path / "kb")) as opened:
        yield opened


def items(library: Library) -> list[str]:
    return [one.id for document in library.documents() for one in library.document(document.id).items]


def lists(library: Library) -> dict[str, tuple[RelatedItem, ...]]:
    """Everything related to every item."""
    return {one: library.related(one, EVERYTHING) for one in items(library)}


def facts(one: RelatedItem) -> dict[tuple[str, str], Tie]:
    """The shared facts among the reasons, by kind and IRI."""
    return {(tie.kind, tie.iri): tie for tie in one.reasons if tie.iri}


def made(folder: Path, *texts: str) -> Library:
    """A base of plans with these texts, open."""
    files = [folder / f"{n}.txt" for n in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8", newline="")
    Library.build(folder / "kb", files)
    return Library.open(folder / "kb")


# ---- what is told


def test_a_related_item_has_its_place_and_the_characters_that_relate_it(two_plans: Library) -> None:
    (first, *_) = two_plans.related(item(two_plans, "b.txt", "一/2"))
    document = next(d for d in two_plans.documents() if d.source == "a.txt")
    assert (first.id, first.iri) == (item(two_plans, "a.txt", "一/1"), two_plans.item(first.id).iri)
    assert first.document == DocumentRef(document.id, document.iri, "政协金华市委员会2024年工作要点", "a.txt")
    assert (first.path, first.number, first.heading) == ("一/1", 1, "办好“同心汇”平台")
    assert first.section == "服务民生"


def test_evidence_stands_in_the_related_item(sample: Library, two_plans: Library) -> None:
    for library in (sample, two_plans):
        for one in (one for found in lists(library).values() for one in found):
            view = library.item(one.id)
            assert one.reasons
            for evidence in (e for tie in one.reasons for e in tie.evidence):
                assert view.start <= evidence.start < evidence.end <= view.end
                assert RAW[one.document.source][evidence.start : evidence.end] == evidence.text


def test_shared_facts_are_facts_of_both_items(sample: Library) -> None:
    views = {one: sample.item(one) for one in items(sample)}
    named = {one: {m.entity.iri for m in view.mentions} for one, view in views.items()}
    linked = {one: {fact.object.iri for fact in view.themes} for one, view in views.items()}
    plain = {m.entity.iri for v in views.values() for m in v.mentions if m.entity.cls in ("Time", "Quantity")}
    for of, found in lists(sample).items():
        for one in found:
            shared = {("entity", iri) for iri in (named[of] & named[one.id]) - plain}
            assert facts(one).keys() == shared | {("theme", iri) for iri in linked[of] & linked[one.id]}


def test_every_reason_has_its_share_and_they_sum_to_one(sample: Library) -> None:
    for one in (one for found in lists(sample).values() for one in found):
        assert 0 < one.score <= 1
        assert sum(tie.weight for tie in one.reasons) == pytest.approx(1, abs=0.005)
        assert [tie.weight for tie in one.reasons] == sorted((tie.weight for tie in one.reasons), reverse=True)
        assert [tie.kind for tie in one.reasons].count("meaning") <= 1


def test_the_same_from_either_side(sample: Library) -> None:
    found = {(of, one.id): one for of, related in lists(sample).items() for one in related}
    for (of, to), one in found.items():
        other = found[to, of]
        assert one.score == pytest.approx(other.score, abs=0.0002)
        assert facts(one).keys() == facts(other).keys()
        for key, tie in facts(one).items():
            assert tie.weight == pytest.approx(facts(other)[key].weight, abs=0.0002)


def test_rarer_entities_count_more(sample: Library) -> None:
    items_of: dict[str, set[str]] = {}
    for one in items(sample):
        for mention in sample.item(one).mentions:
            items_of.setdefault(mention.entity.iri, set()).add(one)
    compared = 0
    for related in (one for found in lists(sample).values() for one in found):
        ties = [(len(items_of[tie.iri]), tie.weight) for tie in related.reasons if tie.kind == "entity" and tie.iri]
        for (often, less), (seldom, more) in pairwise(sorted(ties, reverse=True)):
            assert (less < more) if often > seldom else (less == pytest.approx(more, abs=0.0002))
            compared += often > seldom
    assert compared


def test_main_lines_count_more_than_themes_in_passing(tmp_path: Path) -> None:
    text = "某市2024年工作要点\n\n一、工作\n\n1.发展学前教育。兼顾医疗。\n\n2.发展学前教育。\n\n3.改善医疗服务。\n"
    with made(tmp_path, text) as library:
        mixed, school, care = items(library)
        grades = {(fact.object.name, fact.grade) for fact in library.item(mixed).themes}
        assert {("教育", 2), ("医疗健康", 1)} <= grades
        weights = {
            one.id: one.score * sum(tie.weight for tie in one.reasons if tie.kind == "theme")
            for one in library.related(mixed)
        }
        assert weights[school] > weights[care] > 0


def test_likeness_alone_must_be_clear(sample: Library, two_plans: Library) -> None:
    for found in (*lists(sample).values(), *lists(two_plans).values()):
        for one in found:
            meaning = one.score * sum(tie.weight for tie in one.reasons if tie.kind == "meaning") / RELATED["meaning"]
            assert facts(one) or meaning >= MEANING_ALONE - 0.001


# ---- which, and in what order


@settings(deadline=None, max_examples=25)
@given(data=st.data(), limit=st.integers(1, EVERYTHING))
def test_no_item_is_related_to_itself_and_the_best_come_first(sample: Library, data: st.DataObject, limit: int) -> None:
    of = data.draw(st.sampled_from(items(sample)))
    found = sample.related(of, limit)
    ids = [one.id for one in found]
    assert of not in ids
    assert len(ids) == len(set(ids)) <= limit
    assert set(ids) <= set(items(sample))  # sections are no items
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found == sample.related(of, EVERYTHING)[:limit]


def test_equals_stand_by_document_and_position(tmp_path: Path) -> None:
    plan = "{}2024年工作要点\n\n一、工作\n\n1.发展学前教育。\n"
    with made(tmp_path, *(plan.format(place) for place in ("甲市", "乙市", "丙市", "丁市"))) as library:
        for of in items(library):
            found = library.related(of)
            assert len({one.score for one in found}) == 1
            assert [one.document.id for one in found] == sorted(
                {d.id for d in library.documents()} - {library.item(of).document.id}
            )


def test_the_order_of_building_changes_nothing(kb: Path, tmp_path: Path) -> None:
    for file in reversed(plans(tmp_path / "plans")):
        Library.build(tmp_path / "kb", [file])
    with Library.open(kb) as one, Library.open(tmp_path / "kb") as other:
        assert lists(one) == lists(other)


def test_the_only_item_of_a_base_has_no_relations(tmp_path: Path) -> None:
    with made(tmp_path, "某市2024年工作要点\n\n一、工作\n\n1.发展学前教育。建设幼儿园。\n") as library:
        (only,) = items(library)
        assert library.related(only) == ()


def test_an_item_may_be_named_by_its_iri(sample: Library) -> None:
    of = items(sample)[0]
    assert sample.related(sample.item(of).iri) == sample.related(of)


# ---- what users assert


def entity(library: Library, name: str) -> str:
    (found,) = [e.id for e in library.entities(q=name).entities if e.name == name]
    return found


def shared(library: Library, of: str, to: str) -> set[str]:
    """The labels of the entities that two items share, as they stand in the second."""
    found = [one for one in library.related(of, EVERYTHING) if one.id == to]
    return {tie.label for one in found for tie in one.reasons if tie.kind == "entity"}


def test_what_users_say_is_one_is_shared(two_plans: Library) -> None:
    here, there = item(two_plans, "a.txt", "一/1"), item(two_plans, "b.txt", "一/2")
    assert shared(two_plans, here, there) == set()
    two_plans.amend(Merge(entity(two_plans, "同心汇"), entity(two_plans, "同 心汇")), WHY)
    assert shared(two_plans, here, there) == {"同 心汇"}
    assert shared(two_plans, there, here) == {"同心汇"}


def test_what_users_reject_is_not_shared(tmp_path: Path) -> None:
    text = "某市2024年工作要点\n\n一、工作\n\n1.打造“同心汇”平台。\n\n2.用好“同心汇”平台。\n\n3.发展学前教育。\n"
    with made(tmp_path, text) as library:
        here, there, _ = items(library)
        assert shared(library, here, there) == {"同心汇"}
        for mention in library.item(there).mentions:
            library.amend(Reject(mention.id), WHY)
        assert shared(library, here, there) == set()


# ---- mistakes


def test_an_unknown_item_is_told_as_by_item(sample: Library) -> None:
    with pytest.raises(NotFoundError) as told:
        sample.item("nothing")
    with pytest.raises(NotFoundError) as also:
        sample.related("nothing")
    assert str(also.value) == str(told.value) == "no item nothing in this base; ids are listed with each document"


def test_a_section_is_no_item(sample: Library) -> None:
    section = sample.document(SAMPLE.name).sections[0].id
    with pytest.raises(NotFoundError, match=f"^{section} is a section; ask for one of its items"):
        sample.related(section)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_told(sample: Library, limit: int) -> None:
    with pytest.raises(QueryError, match=f"limit is {limit}; ask for at least one"):
        sample.related(items(sample)[0], limit)
