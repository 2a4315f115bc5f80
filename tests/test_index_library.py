"""The core object on the bundled plan: answers, look-ups, evidence that stands in the file."""

import json
import math
import re
from pathlib import Path

import pytest

from corpus.errors import NotFoundError, QueryError
from corpus.sample import SAMPLE
from index.library import Library
from index.types import Answer

RAW = SAMPLE.read_bytes().decode("utf-8")


@pytest.mark.parametrize(
    "question", ["which items concern livelihood", "哪些条目涉及民生", "哪些條目涉及民生？", "民生"]
)
def test_livelihood_is_items_7_8_and_9_with_sentence_and_theme(sample: Library, question: str) -> None:
    answer = sample.search(question)
    assert answer.answered
    assert {result.number for result in answer.results[:3]} == {7, 8, 9}
    for result in answer.results[:3]:
        assert any(r.kind == "theme" and r.label in ("民生", "Livelihood") for r in result.reasons)
        assert result.evidence


@pytest.mark.parametrize(
    "question", ["stock market regulation", "新冠疫情防控", "退役军人安置", "typhoon and flood emergency response"]
)
def test_nothing_answers_and_it_says_so(sample: Library, question: str) -> None:
    answer = sample.search(question)
    assert (answer.answered, answer.results, answer.total) == (False, (), 0)
    assert len(answer.near) <= 5


@pytest.mark.parametrize(
    "question",
    ["哪些条目涉及民生", "same question in English: housing, health, jobs", "请你来协商", "每个季度要做的事"],
)
def test_evidence_stands_in_the_file(sample: Library, question: str) -> None:
    answer = sample.search(question, explain=True)
    for result in (*answer.results, *answer.near):
        assert 0 <= result.score <= 1
        for evidence in result.evidence:
            assert RAW[evidence.start : evidence.end] == evidence.text


def test_an_answer_has_the_fields_of_the_contract(sample: Library) -> None:
    answer = sample.search("哪些条目涉及民生")
    assert answer.language == "zh"
    assert [c.label for c in answer.concepts if c.kind == "theme"] == ["民生"]
    first = answer.results[0]
    assert first.document.source == "jinhua-cppcc-2022.txt"
    assert first.iri.endswith(first.id)
    assert first.section == "聚焦共富共享，提升服务民生行动力"
    assert sample.search("livelihood").language == "en"


def test_the_equivalent_query_gives_the_linked_items(sample: Library) -> None:
    answer = sample.search("livelihood")
    assert answer.sparql is not None
    rows = list(sample.sparql(answer.sparql).rows())
    assert {str(row["item"]) for row in rows} >= {result.iri for result in answer.results[:3]}


def test_weights_of_all_reasons_sum_to_one(sample: Library) -> None:
    for result in sample.search("和亚运会有关的工作", explain=True).results:
        assert sum(reason.weight for reason in result.reasons) == pytest.approx(1, abs=0.01)


def test_limit_cuts_results_and_not_the_total(sample: Library) -> None:
    whole = sample.search("民生", limit=100)
    cut = sample.search("民生", limit=1)
    assert cut.results == whole.results[:1]
    assert cut.total == whole.total == len(whole.results)


def test_filters_by_document_and_theme(sample: Library) -> None:
    document = sample.documents()[0]
    for name in (document.id, document.iri, document.source):
        assert sample.search("民生", document=name).results == sample.search("民生").results
    numbers = {r.number for r in sample.search("调研", theme="民生").results}
    linked = {r.number for r in sample.search("民生", theme="LV").results}
    assert numbers <= {7, 8, 9, 15}
    assert linked >= {7, 8, 9}


@pytest.mark.parametrize(
    ("filters", "message"), [({"document": "none.txt"}, "no document"), ({"theme": "无此主题"}, "no theme")]
)
def test_an_unknown_filter_is_told(sample: Library, filters: dict[str, str], message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        sample.search("民生", **filters)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["", "   ", "字" * 1001])
def test_an_empty_or_endless_question_is_told(sample: Library, question: str) -> None:
    with pytest.raises(QueryError):
        sample.search(question)


@pytest.mark.parametrize(
    "question", ["？！", "的", "a", "\x00", "𠀀", '"民生" OR (x NEAR y)', "*", "<b>民生</b>", "民生" * 400]
)
def test_any_question_gets_an_answer_object(sample: Library, question: str) -> None:
    assert isinstance(sample.search(question), Answer)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_told(sample: Library, limit: int) -> None:
    with pytest.raises(QueryError, match="limit"):
        sample.search("民生", limit=limit)


@pytest.mark.parametrize("name", ["Body>.?a ?b ?c.?e a <x", "a b", ""])
def test_a_class_is_a_name_and_never_a_piece_of_a_query(sample: Library, name: str) -> None:
    with pytest.raises(QueryError, match="no class"):
        sample.entities(name)


def test_the_same_question_gives_the_same_answer(sample: Library) -> None:
    assert sample.search("提升服务民生行动力").results == sample.search("提升服务民生行动力").results


def test_an_item_has_text_themes_mentions_and_place(sample: Library) -> None:
    found = sample.search("民生").results[0]
    item = sample.item(found.id)
    assert sample.item(found.iri) == item
    assert RAW[item.start : item.end] == item.printed
    assert re.sub(r"\s", "", item.printed) == re.sub(r"\s", "", item.text)
    assert "民生" in {fact.object.name for fact in item.themes}
    for mention in item.mentions:
        assert RAW[mention.evidence.start : mention.evidence.end] == mention.evidence.text
    for fact in (*item.themes, *item.facts):
        assert RAW[fact.evidence.start : fact.evidence.end] == fact.evidence.text


def test_every_mention_and_fact_of_the_plan_is_pinned_to_the_file(sample: Library) -> None:
    rows = list(
        sample.sparql(
            "SELECT ?x ?quote ?printed ?s WHERE { "
            "{ ?x a yao:Mention BIND(?x AS ?place) } UNION { ?x yao:evidence ?place } "
            "?place yao:quote ?quote ; yao:rawStart ?s . OPTIONAL { ?place yao:rawQuote ?printed } }"
        ).rows()
    )
    assert len(rows) > 400
    for row in rows:
        printed = row.get("printed", row["quote"])[0]
        assert RAW[int(row["s"][0]) :].startswith(printed)


def test_every_entity_can_be_looked_up(sample: Library) -> None:
    page = sample.entities(limit=1000)
    assert page.total == len(page.entities) > 100
    assert [e.mentions for e in page.entities] == sorted((e.mentions for e in page.entities), reverse=True)
    for summary in page.entities[:40]:
        entity = sample.entity(summary.id)
        assert (entity.iri, entity.name, len(entity.mentions)) == (summary.iri, summary.name, summary.mentions)


def test_entities_by_class_name_and_page(sample: Library) -> None:
    initiatives = sample.entities("Initiative", limit=1000)
    assert {e.cls for e in initiatives.entities} == {"Initiative"}
    assert "请你来协商" in {e.name for e in sample.entities(q="你来协").entities}
    assert sample.entities("Initiative", limit=2, offset=1).entities == initiatives.entities[1:3]
    assert sample.entities(q='") } #').total == 0


def test_a_document_lists_sections_and_items(sample: Library) -> None:
    document = sample.document("jinhua-cppcc-2022.txt")
    assert [item.number for item in document.items] == list(range(1, 21))
    assert [section.path for section in document.sections] == list("一二三四五六")
    assert document.metadata["document_number"] == "金政协党组〔2022〕2号"
    assert document.repairs > 10


def test_themes_count_their_items(sample: Library) -> None:
    themes = {theme.notation: theme for theme in sample.themes()}
    assert len(themes) == 83
    assert themes["LV"].items_main >= 3
    assert themes["LV.edu"].broader == "LV"


@pytest.mark.parametrize("method", ["item", "entity", "document", "describe"])
@pytest.mark.parametrize("name", ["none", "https://example.org/none", "<>", "", "a b"])
def test_an_unknown_name_is_told(sample: Library, method: str, name: str) -> None:
    with pytest.raises(NotFoundError):
        getattr(sample, method)(name)


def test_every_iri_of_the_base_can_be_described(sample: Library) -> None:
    subjects = {str(row["s"]) for row in sample.sparql("SELECT DISTINCT ?s { GRAPH ?g { ?s ?p ?o } }").rows()}
    for iri in sorted(subjects)[:200]:
        assert len(list(sample.describe(iri).triples())) > 0


def test_no_blank_nodes_and_only_ascii_iris(sample: Library) -> None:
    for line in sample.export("nquads").decode("utf-8").splitlines():
        assert "_:" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert all(iri.isascii() for iri in re.findall(r"<[^>]*>", re.sub(r'"(?:[^"\\]|\\.)*"', "", line)))


def test_two_builds_give_the_same_quads_byte_for_byte(sample: Library, tmp_path: Path) -> None:
    copy = tmp_path / "别的名字.txt"
    copy.write_bytes(SAMPLE.read_bytes())
    Library.build(tmp_path / "kb", [copy])
    with Library.open(tmp_path / "kb") as other:
        assert other.export("nquads") == sample.export("nquads")


def test_the_bundled_base_is_sound(sample: Library) -> None:
    report = sample.check()
    assert (report.sound, report.faults, report.documents, report.items) == (True, (), 1, 20)


def test_a_user_can_ask_from_python(sample_base: Path) -> None:
    with Library.open(str(sample_base)) as library:
        assert library.search("哪些条目涉及民生").results


def test_development_questions_keep_their_scores(sample: Library, shared: Path) -> None:
    """The floor that the project set itself: nDCG@5 of .90 (zh) and .84 (en), silent where nothing answers."""
    lines = (shared / "gold" / "queries_dev.jsonl").read_text(encoding="utf-8").splitlines()
    scores: dict[str, list[float]] = {"zh": [], "en": []}
    for question in map(json.loads, lines):
        results = [str(r.number) for r in sample.search(question["query"], limit=20).results]
        if question["relevant"]:
            scores[question["lang"]].append(ndcg(results, question["relevant"], 5))
        else:
            assert results == [], question["query"]
    assert sum(scores["zh"]) / len(scores["zh"]) >= 0.90
    assert sum(scores["en"]) / len(scores["en"]) >= 0.84


def ndcg(ranked: list[str], gold: dict[str, int], k: int) -> float:
    """Normalised discounted cumulative gain with gains 2^grade - 1."""

    def dcg(grades: list[int]) -> float:
        return sum(float(2**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades[:k]))

    return float(dcg([gold.get(key, 0) for key in ranked]) / dcg(sorted(gold.values(), reverse=True)))


def test_the_bundled_plan_takes_fewer_than_8000_statements(sample: Library) -> None:
    """Evidence is modelled compactly: a bound of the project, since every reader of a dump pays for each statement."""
    (document,) = sample.documents()
    graph = sample.names.graph(document.id)
    count = next(iter(sample.sparql(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}").rows()))
    assert int(count["n"][0]) < 8000
