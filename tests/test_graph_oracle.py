"""A second engine as oracle: rdflib evaluates the same queries over the same statements and finds the same."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib

from corpus.parse import parse_file, parse_text
from corpus.sample import SAMPLE
from graph.extract import extract
from graph.ingest import document_quads, install_schemes
from graph.lexicon import Lexicon
from graph.store import Store
from graph.terms import Literal, Term
from ontology.namespace import PREFIXES, Names

QUERIES = [
    pytest.param(file, id=file.stem)
    for file in sorted((Path(__file__).parent.parent / "ontology" / "queries").glob("*.rq"))
]
LAST_YEAR = """某某市人民政府2023年工作要点

一、保障民生

1.办好学前教育。新建幼儿园8所。（市教育局牵头，市财政局配合，2023年12月底前完成）

2.关心老年人。建设“幸福食堂”，试行“银发顾问”制度，落实《养老服务条例》。

3.修缮校舍。试点节能改造。

4.增加绿地。坚持“绿水青山”理念。
"""
PLAN = """某某市人民政府2024年工作要点

一、保障民生

1.办好学前教育。围绕学前教育开展专题调研，每季度听取汇报，新建幼儿园10所。（市教育局牵头，市财政局配合，2024年12月底前完成）

2.做好养老服务。建设“幸福食堂”，落实《养老服务条例》。

二、改善环境

3.治理污染。推进“清水行动”，覆盖全市所有乡镇。
"""


@pytest.fixture(scope="module")
def store() -> Store:
    """The bundled plan, and two years of a made-up one."""
    made, names, lexicon = Store.in_memory(), Names(), Lexicon.load()
    install_schemes(made, names)
    documents = parse_file(SAMPLE), parse_text(LAST_YEAR, "last.txt"), parse_text(PLAN, "plan.txt")
    for document in documents:
        made.add(document_quads(document, extract(document, lexicon, names), names))
    return made


@pytest.fixture(scope="module")
def oracle(store: Store) -> rdflib.Graph:
    graph = rdflib.Graph()
    for prefix, iri in PREFIXES.items():
        graph.bind(prefix, iri)
    return graph.parse(data=store.dump("ntriples"), format="nt")


@pytest.mark.parametrize("file", QUERIES)
def test_both_engines_give_the_same_rows(store: Store, oracle: rdflib.Graph, file: Path) -> None:
    query = file.read_text(encoding="utf-8")
    mine = Counter(frozenset((name, shown(value)) for name, value in row.items()) for row in store.query(query).rows())
    assert mine, "two engines that find nothing agree on nothing"
    rows = [row for row in oracle.query(query) if isinstance(row, rdflib.query.ResultRow)]
    theirs = Counter(frozenset(their_row(row)) for row in rows)
    assert mine == theirs


def their_row(row: rdflib.query.ResultRow) -> Iterator[tuple[str, str]]:
    for name, value in row.asdict().items():
        yield name, str(float(value)) if is_number(value) else str(value)


def shown(term: Term) -> str:
    if not isinstance(term, Literal):
        return term
    number = term.datatype is not None and term.datatype.rsplit("#", 1)[-1] in ("integer", "decimal", "double")
    return str(float(term.value)) if number else term.value


def is_number(value: object) -> bool:
    return (isinstance(value, rdflib.Literal) and isinstance(value.value, int | float)) or type(
        getattr(value, "value", None)
    ).__name__ == "Decimal"
