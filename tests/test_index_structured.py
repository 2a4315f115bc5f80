"""Questions that ask for facts: how they are read, what answers them, and that their SPARQL gives the same items."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.parse import parse_text
from corpus.sample import SAMPLE
from graph.extract import extract
from graph.lexicon import Lexicon
from graph.model import Facts, Task
from graph.store import written
from graph.terms import zh
from index import question_dates, structured, units
from index.library import Library
from index.structured import Asked, read
from index.types import Answer
from ontology.namespace import Names
from ontology.tables import rows

# A small plan of our own, so that every kind of question has something to find and something to leave out.
PLAN = """杭州市教育科技工作实施方案（2023年）

一、重点任务

1.推进学前教育普惠发展。2023年6月底前新建公办幼儿园10所。（牵头单位：市教育局；配合单位：市财政局、市科技局）

2.建设科技创新平台。年底前建立科技成果转化机制。每季度召开一次调度会。（牵头单位：市科技局；配合单位：市教育局）

3.关爱残疾人。为残疾人提供上门服务，定期开展专项视察。（牵头单位：市残联）

4.改造老旧小区。到2025年完成老旧小区改造。（牵头单位：市住建局；配合单位：市财政局）
"""
PLANS = ("xv_s006", "gc_015", "for_176")
QUESTIONS = (
    *("哪些任务由省大数据局牵头", "which tasks does the Big Data Bureau lead", "哪些任务由市科技局牵头"),
    *("省财政厅配合哪些工作", "tasks where the Department of Finance is a responsible unit", "农业农村部负责的任务"),
    *("tasks due by the end of 2020", "2020年底前要完成什么", "年底前要完成什么", "due in 2020", "before 2021"),
    *("哪些任务写明了期限", "which tasks have deadlines", "due after 2019", "tasks due by June"),
    *("每季度做什么", "what happens every quarter", "哪些工作要定期做", "what is done every year"),
    *("哪些活动采取专项视察形式", "which activities are special inspections", "开展了哪些专题调研", "有哪些试点"),
    *("围绕学前教育开展什么活动", "what activities are held on preschool education", "在上海举办什么活动"),
    *("面向残疾人的工作", "work for people with disabilities", "面向企业的工作", "work for farmers"),
    *("建立了哪些机制", "which platforms are set up", "完善了哪些制度", "which programmes are continued"),
    *("落实《实施意见》的任务", "2022年的任务", "tasks of 2018", "livelihood in the Jinhua plan"),
    *("2020年底前要完成的生态环境任务", "which environment tasks are due by 2020", "每年开展的人才工作"),
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("structured")
    (folder / "plan.txt").write_text(PLAN, encoding="utf-8")
    Library.build(folder / "kb", [folder / "plan.txt", SAMPLE])
    with Library.open(folder / "kb") as library:
        yield library


@pytest.fixture(scope="module")
def plans(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = shared / "corpus" / "plans"
    base = tmp_path_factory.mktemp("plans") / "kb"
    Library.build(base, [SAMPLE, *(folder / f"{name}.txt" for name in PLANS)])
    with Library.open(base) as library:
        yield library


@pytest.fixture(scope="module")
def found() -> Facts:
    """What is extracted from the plan, without store, index and search."""
    return extract(parse_text(PLAN, "plan.txt"), Lexicon.load(), Names())


def numbers(answer: Answer) -> list[int]:
    return sorted(result.number or 0 for result in answer.results)


def by_sparql(library: Library, answer: Answer) -> set[str]:
    assert answer.sparql is not None
    return {str(row["item"]) for row in library.sparql(answer.sparql).rows()}


def asks_for_facts(answer: Answer) -> bool:
    return any(reason.kind == "fact" for result in answer.results for reason in result.reasons)


# ---- what answers


@pytest.mark.parametrize(
    ("question", "expected", "reason"),
    [
        ("哪些任务由市科技局牵头", [2], "牵头单位：市科技局"),
        ("科技局牵头的任务有哪些？", [2], "牵头单位：市科技局"),
        ("哪些任務由市科學技術局牽頭", [2], "牵头单位：市科技局"),
        ("which tasks does the Science and Technology Bureau lead?", [2], "Lead unit: 市科技局"),
        ("tasks led by the Municipal Bureau of Science and Technology", [2], "Lead unit: 市科技局"),
        ("市教育局配合哪些工作", [2], "参与单位：市教育局"),
        ("Which tasks does the Education Bureau participate in?", [2], "Participating unit: 市教育局"),
        ("市财政局负责的任务", [1, 4], "责任单位：市财政局"),
        ("tasks where the Finance Bureau is a responsible unit", [1, 4], "Responsible unit: 市财政局"),
        ("6月底前要完成什么", [1], "期限：2023年6月底前"),
        ("tasks due by the end of June", [1], "Deadline: 2023年6月底前"),
        ("2023年7月前完成的任务", [1], "期限：2023年6月底前"),
        ("年底前要完成什么", [1, 2], "期限：2023年6月底前"),
        ("due in 2025", [4], "Deadline: 到2025年"),
        ("due after 2023", [4], "Deadline: 到2025年"),
        ("每季度做什么", [2, 18, 19], "频次：每季度"),
        ("what happens every quarter", [2, 18, 19], "Frequency: Every quarter (每季度)"),
        ("2023年杭州的工作要点里每季度做什么", [2], "频次：每季度"),
        ("哪些活动采取专项视察形式", [3, 8, 10], "活动形式：专项视察"),
        ("which activities are special inspections", [3, 8, 10], "Form of activity: 专项视察"),
        ("面向残疾人的工作", [3, 8], "面向群体：残疾人"),
        ("work for people with disabilities", [3, 8], "For: People with disabilities (残疾人)"),
        ("哪些教育任务由市教育局牵头", [1], "牵头单位：市教育局"),
        ("which education tasks are due by the end of June", [1], "Deadline: 2023年6月底前"),
        ("2023年的任务", [1, 2, 3, 4], "年份：2023"),
        ("tasks of 2023", [1, 2, 3, 4], "Year: 2023"),
    ],
)
def test_a_question_for_facts_is_answered_by_them(
    own: Library, question: str, expected: list[int], reason: str
) -> None:
    answer = own.search(question, limit=100, explain=True)
    assert numbers(answer) == expected
    assert by_sparql(own, answer) == {result.iri for result in answer.results}
    kinds = {r.label: r.kind for result in answer.results for r in result.reasons}
    assert kinds.get(reason) == "fact"
    assert all(0 < result.score <= 1 for result in answer.results)
    assert all(sum(r.weight for r in result.reasons) == pytest.approx(1, abs=0.01) for result in answer.results)


def test_evidence_of_a_fact_is_its_quote(own: Library) -> None:
    for question, quotes in (
        ("哪些任务由市科技局牵头", ["（牵头单位：市科技局；配合单位：市教育局）"]),
        ("6月底前要完成什么", ["2023年6月底前"]),
    ):
        (result,) = own.search(question).results
        assert [evidence.text for evidence in result.evidence] == quotes
        assert all(PLAN[e.start : e.end] == e.text for e in result.evidence)


@pytest.mark.parametrize(
    "question",
    [
        "哪些任务由市水利局牵头",
        "which tasks does the Water Resources Bureau lead",
        "tasks led by the Ministry of Magic Affairs Department",
        "哪些教育任务要在2023年3月底前完成",
        "due before 2020",
    ],
)
def test_silence_where_the_base_plainly_states_nothing(own: Library, question: str) -> None:
    answer = own.search(question)
    assert (answer.answered, answer.results, answer.total) == (False, (), 0)


@pytest.mark.parametrize(
    "question",
    [
        "哪些条目涉及民生",
        "livelihood",
        "群众参与的活动怎么安排",
        "science and technology innovation corridor",
        "养老和托育",
    ],
)
def test_other_questions_are_searched_as_before(own: Library, question: str) -> None:
    assert not asks_for_facts(own.search(question))


def test_a_fact_that_nobody_states_leaves_the_question_to_the_search(own: Library) -> None:
    answer = own.search("围绕数字化改革开展什么活动")
    assert answer.answered
    assert not own.search("在拉萨开展什么活动").results or not asks_for_facts(own.search("在拉萨开展什么活动"))


# ---- against the extraction itself


@pytest.mark.parametrize(
    ("question", "keeps"),
    [
        ("哪些任务由{unit}牵头", lambda task, unit: unit in task.lead),
        ("{unit}配合哪些工作", lambda task, unit: unit in task.participants),
    ],
)
def test_every_unit_of_the_plan_finds_its_tasks(
    own: Library, found: Facts, question: str, keeps: Callable[[Task, str], bool]
) -> None:
    names = sorted({unit for task in found.tasks for unit in (*task.lead, *task.participants)})
    assert len(names) == 5
    for unit in names:
        expected = {task.path for task in found.tasks if keeps(task, unit)}
        answer = own.search(question.format(unit=unit))
        assert {r.path for r in answer.results if asks_for_facts(answer)} == expected


def test_every_unit_of_real_plans_finds_its_tasks(plans: Library) -> None:
    query = 'SELECT DISTINCT ?unit { ?f yao:leadUnit ?unit FILTER(STRENDS(?unit, "厅") || STRENDS(?unit, "部")) }'
    printed = sorted(str(row["unit"].value) for row in plans.sparql(query).rows())  # type: ignore[union-attr]
    assert len(printed) > 10
    for unit in printed:
        answer = plans.search(f"哪些任务由{unit}牵头", limit=100)
        stated = plans.sparql(f"SELECT ?item {{ ?f yao:leadUnit {written(zh(unit))} ; yao:frameOf ?item }}")
        assert {r.iri for r in answer.results} >= {str(row["item"]) for row in stated.rows()}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_equivalent_query_gives_the_same_items(plans: Library, question: str) -> None:
    answer = plans.search(question, limit=100)
    if not asks_for_facts(answer):
        assert not answer.answered or answer.near is not None
        return
    assert by_sparql(plans, answer) == {result.iri for result in answer.results}
    assert answer.total == len(answer.results)
    assert all(any(r.kind in ("fact", "theme", "term") for r in result.reasons) for result in answer.results)


def test_most_of_the_forms_find_something_in_real_plans(plans: Library) -> None:
    answered = [question for question in QUESTIONS if asks_for_facts(plans.search(question))]
    assert len(answered) >= 25


@pytest.mark.parametrize("question", QUESTIONS)
def test_evidence_stands_in_the_file(plans: Library, question: str) -> None:
    folder = Path(__file__).parents[2] / "shared" / "corpus" / "plans"
    for result in plans.search(question, limit=100).results:
        source = SAMPLE if result.document.source == SAMPLE.name else folder / result.document.source
        raw = source.read_bytes().decode("utf-8")
        assert result.evidence
        assert all(raw[e.start : e.end] == e.text for e in result.evidence)


# ---- filters


def test_filters_and_facts_together(own: Library) -> None:
    hangzhou = own.search("每季度做什么", place="杭州")
    assert numbers(hangzhou) == [2]
    assert by_sparql(own, hangzhou) == {result.iri for result in hangzhou.results}
    assert numbers(own.search("what happens every quarter", year=2022)) == [18, 19]
    assert numbers(own.search("每季度做什么", issuer="金华市政协")) == [18, 19]
    assert numbers(own.search("年底前要完成什么", unit="市财政局")) == [1]
    assert numbers(own.search("年底前要完成什么", theme="LV.edu")) == numbers(own.search("年底前要完成的教育任务"))
    assert own.search("每季度做什么", place="杭州", year=2022).results == ()


def test_filters_limit_an_ordinary_search(own: Library) -> None:
    title = "中共政协金华市委员会党组2022年工作要点"
    for limits in ({"place": "Zhejiang", "year": 2022}, {"place": "金华"}, {"issuer": "Jinhua"}, {"year": 2022}):
        answer = own.search("民生", **limits)
        assert {result.document.title for result in answer.results} == {title}
    assert {r.number for r in own.search("教育", unit="Education Bureau").results} <= {1, 2}


# ---- reading


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("6月底", "06-01", "06-30"),
        ("2023年6月底", "2023-06-01", "2023-06-30"),
        ("六月", "06-01", "06-30"),
        ("6月15日", "06-15", "06-15"),
        ("年底", "01-01", "12-31"),
        ("2025年", "2025-01-01", "2025-12-31"),
        ("上半年", "01-01", "06-30"),
        ("2022年第三季度", "2022-07-01", "2022-09-30"),
        ("the end of june", "06-01", "06-30"),
        ("june 2023", "2023-06-01", "2023-06-30"),
        ("30 june 2023", "2023-06-30", "2023-06-30"),
        ("the end of the year", "01-01", "12-31"),
        ("year-end", "01-01", "12-31"),
        ("the first half of 2022", "2022-01-01", "2022-06-30"),
        ("q3 2022", "2022-07-01", "2022-09-30"),
        ("2022-05-13", "2022-05-13", "2022-05-13"),
    ],
)
def test_dates_of_questions(text: str, start: str, end: str) -> None:
    language = "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en"
    assert re.fullmatch(question_dates.pattern(language), text)
    stretch = question_dates.stretch(text)
    assert stretch is not None
    assert (stretch.start, stretch.end) == (start, end)


@pytest.mark.parametrize("text", ["13月", "0月底", "31 february 2023", "2022-14-01"])
def test_a_day_that_does_not_exist_is_none(text: str) -> None:
    assert question_dates.stretch(text) is None


def test_a_question_is_taken_apart() -> None:
    assert read("请问哪些民生任务由市教育局牵头，6月底前完成？") == structured.Reading(
        "zh", (Asked("lead", "市教育局", True), Asked("due-before", "6月底", True)), "民生"
    )
    reading = read("Which livelihood tasks are due by the end of June?")
    assert (reading.asked, reading.rest) == ((Asked("due-by", "end of june", True),), "livelihood")


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read(text)


_PARTS = (
    "由",
    "牵头",
    "哪些",
    "市科技局",
    "配合",
    "6月",
    "底前",
    "完成",
    "by",
    "the",
    "led",
    "is",
    "in",
    "plan",
    "due",
    "《",
    "》",
    ",",
)


@given(st.lists(st.sampled_from(_PARTS), max_size=60))
def test_any_mixture_of_its_words_can_be_read(parts: list[str]) -> None:
    for joint in ("", " "):
        read(joint.join(parts))


def test_every_wording_compiles_and_names_a_slot() -> None:
    slots = structured.slots()
    for row in rows("question_forms"):
        if row["slot"] != "filler":
            assert row["slot"] in slots
            assert row["plain"] in ("yes", "no")
            assert structured.compiled(row["pattern"], row["lang"])


# ---- units


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("科技局", "zh", ["市科技局", "金华市科学技术局"]),
        ("市科技局", "zh", ["市科技局", "金华市科学技术局"]),
        ("省科技厅", "zh", ["省科技厅"]),
        ("财政部", "zh", ["财政部"]),
        ("发改委", "zh", ["省发展改革委"]),
        ("市场监管局", "zh", ["省市场监管局"]),
        ("science and technology bureau", "en", ["市科技局", "省科技厅", "金华市科学技术局"]),
        ("municipal science and technology bureau", "en", ["市科技局", "金华市科学技术局"]),
        ("provincial department of science and technology", "en", ["省科技厅"]),
        ("ministry of finance", "en", ["财政部"]),
        ("provincial department of finance", "en", ["省财政厅"]),
        ("police", "en", []),
    ],
)
def test_units_are_found_by_any_of_their_names(words: str, language: str, expected: list[str]) -> None:
    printed = ["市科技局", "省科技厅", "金华市科学技术局", "财政部", "省财政厅", "省发展改革委", "省市场监管局"]
    assert units.matching(words, printed, language) == expected


@given(st.sampled_from(sorted(word for row in rows("unit_names") for word in row["zh"].split(";"))))
def test_a_unit_matches_itself_with_and_without_its_level(subject: str) -> None:
    printed = f"市{subject}局"
    for asked in (printed, f"{subject}局", f"金华市{subject}局"):
        assert units.matching(asked, [printed, f"省{subject}厅"], "zh") == [printed]
