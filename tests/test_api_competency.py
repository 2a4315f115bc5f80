"""The named queries answer the competency questions: those with known answers for the bundled plan, the researchers'.

The answers of `competency_dev.jsonl` (questions CD1 to CD8 on the bundled plan) are copied here. Where the extraction
misses or adds something, the difference stands beside the answer, so that a change either way is seen.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from api.queries import named_query
from corpus.parse import parse_text
from corpus.sample import SAMPLE
from graph.extract import extract
from graph.ingest import document_quads, install_schemes
from graph.lexicon import Lexicon
from graph.store import Store
from graph.terms import Literal, Quad, Term, day
from index.library import Library
from ontology.namespace import Names, expand
from tests.test_graph_oracle import LAST_YEAR, PLAN

# What the extraction does not find, or finds beyond the answer; each with its reason.
MISSED_MEMBERS = {"委员同心汇": "direct", "委员同心汇·专委窗口": "indirect"}  # stated by name and heading only
SHORT_NAME = {"中央八项规定实施细则": "实施细则"}  # 中央八项规定及其实施细则: the name is not completed

Rows = list[dict[str, str]]


def rows(store: Store | Library, name: str, old: str = "", new: str = "") -> Rows:
    """The rows of a named query; `old` in its text is replaced by `new`, as a user would do it."""
    text = named_query(name).text
    assert old in text
    found = (store.sparql if isinstance(store, Library) else store.query)(text.replace(old, new) if old else text)
    return [{key: shown(value) for key, value in row.items()} for row in found.rows()]


def shown(term: Term) -> str:
    return term.value if isinstance(term, Literal) else term


def number(path: str) -> int:
    """The number of an item, the last label of its path."""
    return int(path.rsplit("/", 1)[-1])


def by_item(found: Rows, column: str) -> dict[int, set[str]]:
    grouped = defaultdict(set)
    for row in found:
        if column in row:
            grouped[number(row["path"])].add(row[column])
    return dict(grouped)


def columns(found: Rows, *names: str) -> set[tuple[str, ...]]:
    return {tuple(row.get(name, "") for name in names) for row in found}


# ---- the bundled plan: answers known beforehand


def test_cd1_special_inspections_and_their_topics(sample: Library) -> None:
    found = rows(sample, "activities-of-form")
    assert by_item(found, "topic") == {
        8: {"残疾人之家建设", "水环境整治", "公共文化服务"},
        10: {"城市民族工作", "民族乡村发展"},
    }
    assert len(columns(found, "path", "activity")) == 2


def test_cd2_members_of_an_initiative(sample: Library) -> None:
    answer = {
        ("委员同心汇", "direct"), ("民生议事堂", "direct"), ("同心汇·委员工作室", "direct"),
        ("同心汇·社情民意联络点", "direct"), ("委员同心汇·专委窗口", "indirect"),
    }  # fmt: skip
    assert columns(rows(sample, "members-of-initiative"), "member", "link") == answer - set(MISSED_MEMBERS.items())


def test_cd3_frequencies(sample: Library) -> None:
    assert by_item(rows(sample, "frequencies"), "frequency") == {
        4: {"年度"}, 7: {"年度"}, 10: {"定期"}, 15: {"年度"}, 18: {"每季度"}, 19: {"季度", "定期"},
    }  # fmt: skip


def test_cd4_where_an_initiative_appears_and_on_which_topics(sample: Library) -> None:
    found = rows(sample, "initiative-topics")
    assert {number(row["path"]) for row in found} == {4, 8, 14}
    assert by_item(found, "topic") == {
        4: {"加快金义一体化进程", "推动产业结构优化升级", "深化“放管服”改革持续优化营商环境", "低效工业用地专项整治"},
        8: {"低收入农户如何共富", "学前教育", "高质量“安全小区”建设"},
    }


def test_cd5_whom_an_item_supports(sample: Library) -> None:
    assert by_item(rows(sample, "supported-in-item"), "supported") == {10: {"各民主党派", "工商联", "无党派人士"}}
    other = rows(sample, "supported-in-item", "VALUES ?number { 10 }", "VALUES ?number { 1 }")
    assert other == []


def test_cd6_where_an_event_is_named(sample: Library) -> None:
    found = rows(sample, "where-named")
    assert {number(row["path"]) for row in found if row["zone"] == "item"} == {1, 11}
    assert {row["zone"] for row in found if row["zone"] != "item"} == {"preamble"}
    assert sum(int(row["mentions"]) for row in found) == 6


def test_cd7_items_of_sections(sample: Library) -> None:
    found = rows(sample, "items-of-sections")
    sections = {
        section: [number(row["path"]) for row in found if row["section"] == section] for section in "一二三四五六"
    }
    assert list(sections.values()) == [
        [1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [13, 14, 15], [16, 17, 18, 19, 20],
    ]  # fmt: skip
    assert len(found) == 20


def test_cd8_documents_to_carry_out(sample: Library) -> None:
    answer = {
        4: {"年度协商工作计划"},
        19: {"关于加强和改进新时代市县政协工作的意见"},
        20: {"中央八项规定实施细则", "关于规范领导干部廉洁从政从业行为进一步推动构建亲清政商关系的意见"},
    }
    as_found = {item: {SHORT_NAME.get(name, name) for name in names} for item, names in answer.items()}
    assert by_item(rows(sample, "documents-to-carry-out"), "carriedOut") == as_found


def test_the_questions_are_those_of_the_gold_data(shared: Path) -> None:
    lines = (shared / "gold" / "competency_dev.jsonl").read_text(encoding="utf-8").splitlines()
    asked = {question["id"]: question["answer"] for question in map(json.loads, lines)}
    assert list(asked) == [f"CD{n}" for n in range(1, 9)]
    words = set(strings(asked.values()))
    here = Path(__file__).read_text(encoding="utf-8")
    assert [word for word in sorted(words) if word not in here] == []


def strings(value: object) -> Iterator[str]:
    """Every text among the values, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings(value.values())
    elif isinstance(value, Iterable):
        for part in value:
            yield from strings(part)


# ---- the researchers' questions: two years of a made-up plan, whose answers can be read off


@pytest.fixture(scope="module")
def two_years() -> Store:
    made, names, lexicon = Store.in_memory(), Names(), Lexicon.load()
    install_schemes(made, names)
    for text in (LAST_YEAR, PLAN):
        document = parse_text(text, "plan.txt")
        made.add(document_quads(document, extract(document, lexicon, names), names))
    return made


def test_what_changed_since_last_year(two_years: Store) -> None:
    found = rows(two_years, "changes-from-last-year")
    assert {row["plan"] for row in found} == {"某某市人民政府工作要点"}
    assert {row["year"] for row in found} == {"2024"}
    assert columns(found, "change", "earlierHeading", "laterHeading") == {
        ("kept", "办好学前教育", "办好学前教育"),
        ("reworded", "关心老年人", "做好养老服务"),  # both build 幸福食堂
        ("dropped", "修缮校舍", ""),
        ("dropped", "增加绿地", ""),
        ("new", "", "治理污染"),
    }


def test_shares_of_themes_by_year(two_years: Store) -> None:
    found = [row for row in rows(two_years, "theme-shares-by-year") if row["notation"] == "LV.edu"]
    assert [(row["year"], row["items"], row["all"], float(row["percent"])) for row in found] == [
        ("2023", "1", "4", 25.0),
        ("2024", "1", "3", 33.0),
    ]


def test_a_theme_by_year_and_place(two_years: Store, sample: Library) -> None:
    found = rows(two_years, "theme-by-year-and-city")
    assert [(row["year"], row["all"]) for row in found] == [("2023", "4"), ("2024", "3")]
    assert all(int(row["items"]) >= 2 for row in found)
    (bundled,) = rows(sample, "theme-by-year-and-city")
    assert (bundled["year"], bundled["place"], bundled["all"]) == ("2022", "金华市", "20")
    (party,) = rows(sample, "theme-by-year-and-city", 'VALUES ?notation { "LV" }', 'VALUES ?notation { "PB" }')
    linked = "SELECT DISTINCT ?i ?n { ?i a yao:Item ; yao:concerns ?t . ?t skos:notation ?n }"
    pairs = {(shown(row["i"]), shown(row["n"]).partition(".")[0]) for row in sample.sparql(linked).rows()}
    fields = [field for _, field in pairs]
    assert (int(bundled["items"]), int(party["items"])) == (fields.count("LV"), fields.count("PB"))


def test_who_is_responsible_and_how_often_nobody(two_years: Store) -> None:
    found = rows(two_years, "responsibility-stated")
    assert [[row[name] for name in ("items", "named", "nobody")] for row in found] == [["4", "1", "3"], ["3", "1", "2"]]
    assert [float(row["percentNobody"]) for row in found] == [75.0, 67.0]


def test_how_strong_the_verbs_are(two_years: Store) -> None:
    found = {(row["path"], row["strongest"]) for row in rows(two_years, "verb-strength") if "2024" in row["document"]}
    assert found == {("一/1", "推进"), ("一/2", "推进"), ("二/3", "推进")}
    (tried,) = [row for row in rows(two_years, "verb-strength") if row["heading"] == "修缮校舍"]
    assert (tried["exploring"], tried["advancing"], tried["covering"], tried["strongest"]) == ("1", "0", "0", "探索")


def test_which_forms_serve_which_theme(two_years: Store) -> None:
    assert ("LV.edu", "专题调研", "1") in columns(rows(two_years, "forms-by-theme"), "notation", "form", "items")


def test_what_is_invoked_and_how_soon(two_years: Store) -> None:
    found = columns(rows(two_years, "invoked-from-above"), "kind", "name", "document")
    assert {row for row in found if row[1] == "养老服务条例"} == {
        ("Document", "养老服务条例", "某某市人民政府2023年工作要点"),
        ("Document", "养老服务条例", "某某市人民政府2024年工作要点"),
    }


@pytest.mark.parametrize(
    ("earlier", "later", "months"), [("2023-11-30", "2024-02-01", "3"), ("2023-01-01", "2023-01-31", "0")]
)
def test_months_are_counted_by_the_calendar(two_years: Store, earlier: str, later: str, months: str) -> None:
    prefix = "PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX yao: <https://w3id.org/yaodian/ontology#> "
    copy = Store.in_memory()
    copy.add(two_years.quads())
    documents = [row["d"] for row in two_years.query(prefix + "SELECT ?d { ?d yao:year ?y } ORDER BY ?y").rows()]
    graph = Names().graph("links")
    copy.add(
        Quad(str(d), expand("dcterms:issued"), day(iso), graph)
        for d, iso in zip(documents, (earlier, later), strict=True)
    )
    found = [row["monthsAfterFirst"] for row in rows(copy, "invoked-from-above") if row["name"] == "养老服务条例"]
    assert found == ["0", months]


def test_slogans_and_their_spread(sample: Library) -> None:
    found = rows(sample, "slogans-by-year")
    assert len(found) >= 5
    assert all((row["year"], row["documents"]) == ("2022", "1") and int(row["mentions"]) >= 1 for row in found)


def test_citations_give_the_characters_of_the_file(sample: Library) -> None:
    raw = SAMPLE.read_text(encoding="utf-8")
    printed = {row["quote"]: row["printed"] for row in rows(sample, "facts-on-repaired-text")}
    found = rows(sample, "citations")
    assert len(found) > 400 and len(printed) > 5
    for row in found:
        quote = raw[int(row["rawStart"]) : int(row["rawEnd"])]
        assert quote in (row["quote"], printed.get(row["quote"])), row
    assert {row["documentNumber"] for row in found} == {"金政协党组〔2022〕2号"}
