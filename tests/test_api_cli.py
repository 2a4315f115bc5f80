"""The command line keeps its contract: one JSON document, one clear line, exit status 0, 1 or 2."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from api import cli, present, queries
from corpus.sample import SAMPLE
from graph.validate import Report
from index.embed import load_encoder
from index.library import Library
from index.types import BuildReport, CheckReport
from ontology.tables import rules
from tests.api_samples import ENDLESS, state

ROOT = Path(__file__).parent.parent


class Outcome(NamedTuple):
    status: int
    out: bytes
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(scope="module", autouse=True)
def one_encoder() -> Iterator[None]:
    """The bundled model is loaded once, not anew for each of the commands below."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.library.load_encoder", cache(load_encoder))
        yield


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    def run_it(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        captured = capsysbinary.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 0, captured.out, captured.err.decode())

    return run_it


@pytest.fixture
def ask(run: Run, sample_base: Path) -> Run:
    """Run a command on the shared base."""
    return lambda *arguments: run("--kb", sample_base, *arguments)


def test_build_lists_refused_files_with_the_reason(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = []
    build = Library.build

    def remembered(*given: Any, **named: Any) -> BuildReport:
        reports.append(build(*given, **named))
        return reports[0]

    monkeypatch.setattr(Library, "build", remembered)
    folder = tmp_path / "plans"
    folder.mkdir()
    shutil.copyfile(SAMPLE, folder / "good.txt")
    (folder / "empty.txt").write_bytes(b"")
    done = run("build", folder, "--kb", tmp_path / "kb", "--json")
    report = done.json()
    assert (done.status, done.err) == (0, "")
    assert [document["source"] for document in report["added"]] == ["good.txt"]
    assert [refusal["source"] for refusal in report["refused"]] == ["empty.txt"]
    assert report["documents"] == 1
    monkeypatch.setattr(Library, "build", lambda *given, **named: reports[0])
    done = run("build", folder, "--kb", tmp_path / "kb")
    text = done.out.decode()
    assert done.status == 0
    assert "taken in  good.txt" in text
    assert "refused   empty.txt: " in text
    assert "1 taken in, 1 refused" in text


@pytest.mark.parametrize(
    ("name", "content"),
    [("missing.txt", None), ("empty.txt", b""), ("blank.txt", b" \n\n"), ("binary.txt", bytes(range(256)) * 8)],
)
@pytest.mark.parametrize("command", ["build", "parse", "facts"])
def test_a_file_that_is_no_text_is_one_clear_line(
    run: Run, tmp_path: Path, command: str, name: str, content: bytes | None
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    done = run("--kb", tmp_path / "kb", command, file, "--json")
    assert (done.status, done.out) == (1, b"")
    assert done.err.startswith("yaodian: ")
    assert done.err.count("\n") == 1
    assert name in done.err


def test_a_failed_build_leaves_the_base_as_it_was(run: Run, tmp_path: Path, sample_base: Path) -> None:
    kb, folder = tmp_path / "kb", tmp_path / "none"
    shutil.copytree(sample_base, kb)
    before = state(kb)
    folder.mkdir()
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for source in (folder, folder / "picture.png", tmp_path / "nowhere"):
        done = run("build", source, "--kb", kb)
        assert (done.status, done.out, done.err.count("\n")) == (1, b"", 1)
    assert state(kb) == before


def test_parse_gives_structure(run: Run) -> None:
    found = run("parse", SAMPLE, "--json").json()
    (document,) = found["documents"]
    raw = SAMPLE.read_bytes().decode("utf-8-sig")
    assert found["source"] == SAMPLE.name
    assert document["items"]
    assert all(raw[item["start"] : item["end"]] == item["text"] for item in document["items"])
    shown = run("parse", SAMPLE).out.decode()
    assert f"{len(document['items'])} items, {len(document['repairs'])} repairs" in shown


def test_facts_are_pinned_to_characters(run: Run) -> None:
    found = run("facts", SAMPLE, "--json").json()
    raw = SAMPLE.read_bytes().decode("utf-8-sig")
    evidence = [relation["evidence"] for relation in found["relations"]]
    assert set(found) == {"mentions", "relations", "tasks"}
    assert evidence
    assert all(raw[span["start"] : span["end"]] == span["text"] for span in (*evidence, *found["mentions"]))
    assert f"{len(found['mentions'])} mentions" in run("facts", SAMPLE).out.decode()


def test_search_answers_in_both_languages_alike(ask: Run) -> None:
    zh, en = (
        ask("search", "哪些条目涉及民生", "--json").json(),
        ask("search", "which items concern livelihood", "--json").json(),
    )
    assert (zh["language"], en["language"]) == ("zh", "en")
    assert zh["answered"] and en["answered"]
    assert zh["results"][0]["path"] == en["results"][0]["path"]


def test_search_keeps_to_its_limits(ask: Run) -> None:
    found = ask("search", "民生", "--limit", "1", "--document", SAMPLE.name, "--theme", "LV", "--json").json()
    assert len(found["results"]) == 1
    assert found["total"] > 1


def test_related_is_what_the_library_says(ask: Run, sample: Library) -> None:
    of = sample.document(SAMPLE.name).items[6].id
    found = sample.related(of, 2)
    assert ask("related", of, "--limit", "2", "--json").out == present.dumps({"related": found}, indent=True) + b"\n"
    shown = ask("related", of, "--limit", "2").out.decode().splitlines()
    assert shown == list(present.related_lines(found))
    assert shown[0] == "2 related items"
    assert len(ask("related", sample.item(of).iri, "--json").json()["related"]) == 10


def test_search_says_plainly_that_nothing_answers(ask: Run) -> None:
    done = ask("search", "quantum chromodynamics on Mars")
    assert done.status == 0
    assert done.out.decode().startswith("Nothing in this base answers the question. 没有条目回答这个问题。")


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (["search", ""], 1, "empty"),
        (["search", "民生", "--limit", "0"], 2, "limit"),
        (["search", "民生", "--limit", "many"], 2, "limit"),
        (["search", "民生", "--theme", "no-such"], 1, "no-such"),
        (["search", "民生", "--document", "no-such"], 1, "no-such"),
        (["search"], 2, "QUERY"),
        (["related", "no-such"], 1, "no item no-such"),
        (["related", "no-such", "--limit", "0"], 2, "limit"),
        (["related"], 2, "ITEM"),
        (["sparql", "SELECT * WHERE {\n ?s ?p"], 1, "line 2, column"),
        (["sparql", "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }"], 1, "SERVICE"),
        (["sparql", "SELECT * {}", "--format", "turtle"], 2, "turtle"),
        (["sparql", "ASK {}", "--format", "pdf"], 2, "pdf"),
        (["sparql"], 2, "QUERY"),
        (["sparql", "ASK {}", "--named", "entities"], 2, "one of"),
        (["sparql", "--named", "no-such"], 1, "items-by-theme"),
        (["sparql", "-f", "no-such.rq"], 1, "no-such.rq"),
        (["export", "no-such"], 2, "no-such"),
        (["export", "turtle", "--json"], 2, "-o"),
        (["export", "turtle", "--focus", "no-such-thing"], 1, "no-such-thing"),
        (["export", "turtle", "-o", "no/such/folder/x.ttl"], 1, "no/such/folder"),
        (["build", ""], 2, "path is empty"),
        (["parse", ""], 2, "path is empty"),
        (["list", "--kb", ""], 2, "path is empty"),
        (["sparql", "-f", ""], 2, "path is empty"),
        (["export", "csv", "-o", ""], 2, "path is empty"),
        (["export", "csv", "-o", "/"], 1, "/ cannot be written"),
        (["export", "csv", "-o", "."], 1, ". cannot be written"),
        (["no-such-command"], 2, "no-such-command"),
        (["serve", "--port", "70000"], 2, "--port"),
    ],
)
def test_mistakes_are_told_and_change_nothing(
    ask: Run, arguments: list[str], status: int, word: str, sample_base: Path
) -> None:
    before = state(sample_base)
    done = ask(*arguments)
    assert (done.status, done.out) == (status, b"")
    assert word in done.err.replace("\\", "/")
    assert "Traceback" not in done.err
    if status == 1:
        assert done.err.startswith("yaodian: ") and done.err.count("\n") == 1
    assert state(sample_base) == before


@pytest.mark.parametrize("command", [["search", "民生"], ["list"], ["check"], ["sparql", "ASK {}"]])
def test_an_absent_base_is_told_with_what_to_do(run: Run, tmp_path: Path, command: list[str]) -> None:
    done = run(*command, "--kb", tmp_path / "none")
    assert (done.status, done.out) == (1, b"")
    assert "build" in done.err
    assert not (tmp_path / "none").exists()


def test_a_wrong_environment_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YAODIAN_PORT", "http")
    done = run("list")
    assert (done.status, done.out, done.err.count("\n")) == (1, b"", 1)
    assert "YAODIAN_PORT" in done.err


def test_the_base_may_be_named_before_or_after_or_by_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch, sample_base: Path
) -> None:
    named = [run("--kb", sample_base, "list", "--json"), run("list", "--kb", sample_base, "--json")]
    monkeypatch.setenv("YAODIAN_KB", str(sample_base))
    named.append(run("list", "--json"))
    assert [set(document) for document in named[0].json()["documents"]] == [{"id", "iri", "source", "title"}]
    assert named[0] == named[1] == named[2]


def test_list_is_for_people_too(ask: Run) -> None:
    assert ask("list").out.decode().splitlines()[-1] == "1 document"


def test_sparql_table_keeps_columns_aligned(ask: Run) -> None:
    done = ask("sparql", 'SELECT ?x ?y { VALUES (?x ?y) { ("民生" 1) ("ab" UNDEF) ("[b]" 22) } }')
    assert done.out.decode() == " x      y\n ─────────\n 民生   1\n ab\n [b]    22\n(3 rows)\n"


@pytest.mark.parametrize(
    ("query", "format", "written"),
    [
        ("ASK {}", "table", b"true\n"),
        ("ASK { FILTER(false) }", "table", b"false\n"),
        ('SELECT ?x { VALUES ?x { "民生" } }', "csv", "x\r\n民生\r\n".encode()),
        ('SELECT ?x { VALUES ?x { "民生" } }', "tsv", '?x\n"民生"\n'.encode()),
        (
            "CONSTRUCT { <http://e/a> <http://e/b> 1 } {}",
            "ntriples",
            b'<http://e/a> <http://e/b> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n',
        ),
    ],
)
def test_sparql_formats(ask: Run, query: str, format: str, written: bytes) -> None:
    assert ask("sparql", query, "--format", format).out == written


def test_sparql_json_is_one_document_of_any_kind(ask: Run) -> None:
    for query in ("SELECT * { ?s ?p ?o } LIMIT 1", "ASK {}", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1"):
        assert ask("sparql", query, "--json").json()


def test_sparql_reads_files_and_standard_input(ask: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "q.rq"
    file.write_text('SELECT ?x { VALUES ?x { "民生" } }', encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    expected = "x\r\n民生\r\n".encode()
    assert ask("sparql", "-f", file, "--format", "csv").out == expected
    assert ask("sparql", "-f", "-", "--format", "csv").out == expected


@pytest.mark.parametrize("name", queries.named_queries())
def test_a_named_query_finds_something_in_the_bundled_plan(sample: Library, name: str) -> None:
    found = list(sample.sparql(queries.named_query(name).text).rows())
    # That plan names no unit as lead or as participant, and the base holds no plan of the year before.
    assert bool(found) is (name not in ("units", "changes-from-last-year"))


@pytest.mark.parametrize("name", queries.named_queries())
def test_a_named_query_says_what_it_asks_and_gives(sample: Library, name: str) -> None:
    query = queries.named_query(name)
    assert query.name == name
    assert query.question_zh.endswith("？") and query.question_en.endswith("?")
    variables = sample.sparql(query.text).variables
    assert [found for found in variables if not re.search(rf"\b{found}\b", query.columns)] == []
    assert (query.parameter is not None) is bool(re.search(r"^  VALUES \?\w+ \{ [\"\d]", query.text, re.M))
    if query.parameter:  # the default that it names is the one that stands in the query
        variable, default = re.findall(r"^(\w+), .*default (\"[^\"]+\"(?:@zh)?|\d+)", query.parameter)[0]
        assert f"  VALUES ?{variable} {{ {default} }}\n" in query.text


def test_the_named_queries_are_listed_in_both_languages(ask: Run) -> None:
    shown = ask("sparql", "--named", "list").out.decode()
    assert all(
        f"{q.name}\n    {q.question_zh}\n    {q.question_en}\n" in shown for q in queries.named_queries().values()
    )
    listed = ask("sparql", "--named", "list", "--json").json()["queries"]
    assert [query["name"] for query in listed] == list(queries.named_queries())


def test_a_named_query_is_run_by_its_name(ask: Run) -> None:
    assert ask("sparql", "--named", "outline", "--format", "csv").out.startswith(b"document,kind,path,heading\r\n")


def test_export_writes_a_file_or_standard_output(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "要点.nq"
    report = ask("export", "nquads", "-o", file, "--json").json()
    written = ask("export", "nquads").out
    assert file.read_bytes() == written == ask("export", "nquads", "-o", "-").out
    assert report == {"format": "nquads", "file": str(file), "bytes": len(written)}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there, and there are no named pipes")
def test_export_writes_through_links_and_into_pipes(ask: Run, tmp_path: Path) -> None:
    target, link, pipe = tmp_path / "target.csv", tmp_path / "link.csv", tmp_path / "pipe"
    target.write_bytes(b"old")
    link.symlink_to(target)
    os.mkfifo(pipe)
    assert ask("export", "csv", "-o", link).status == 0
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        assert ask("export", "csv", "-o", pipe).status == 0
        assert read.result(60) == target.read_bytes() != b"old"
    assert link.is_symlink() and pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == [link, pipe, target]


@pytest.mark.parametrize(
    ("stream", "arguments"), [("stdout", ["list"]), ("stdin", ["sparql", "-f", "-"])], ids=["output", "input"]
)
def test_a_closed_stream_is_one_clear_line(
    stream: str, arguments: list[str], sample_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(sys, stream, None)  # what Python makes of a stream that its parent closed
    with pytest.raises(SystemExit) as ended:
        cli.main(["--kb", str(sample_base), *arguments])
    assert (ended.value.code, said.getvalue().count("\n")) == (1, 1)
    assert "is closed" in said.getvalue()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_ends_a_query_at_once(sample_base: Path) -> None:
    code = (
        "import sys; from index.library import Library; from api.cli import main\n"
        "ask = Library.sparql\n"
        "def sparql(self, query): sys.stderr.write('now'); sys.stderr.flush(); return ask(self, query)\n"
        "Library.sparql = sparql; main(['--kb', sys.argv[1], 'sparql', sys.argv[2]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(sample_base), ENDLESS], cwd=ROOT, stderr=subprocess.PIPE
    )
    assert process.stderr
    assert process.stderr.read(3) == b"now"
    process.send_signal(signal.SIGINT)
    assert (process.wait(60), process.stderr.read()) == (-signal.SIGINT, b"")
    process.stderr.close()


def test_check_reports(ask: Run) -> None:
    done = ask("check", "--json")
    assert (done.status, done.json()["sound"], done.json()["faults"]) == (0, True, [])
    assert ask("check").out.startswith(b"sound; ")


def test_validate_reports(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Library, "validate", lambda _: Report(True, ()))
    done = ask("validate", "--json")
    assert (done.status, done.json()) == (0, {"conforms": True, "violations": []})
    assert ask("validate").out == b"conforms\n"


def test_faults_are_listed_and_end_with_status_1(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = SimpleNamespace(severity="Violation", focus="https://e/x", path="yao:start", message="missing\nhere")
    monkeypatch.setattr(Library, "validate", lambda _: SimpleNamespace(conforms=False, violations=(fault,)))
    monkeypatch.setattr(Library, "check", lambda _: CheckReport(False, ("vectors are missing",), 1, 20, 0, 9))
    validate, check = ask("validate"), ask("check")
    assert (validate.status, check.status) == (1, 1)
    assert validate.out.decode().splitlines() == [
        "Violation: https://e/x yao:start: missing here",
        "does not conform: 1 violations",
    ]
    assert check.out.decode().splitlines() == [
        "vectors are missing",
        "faults: 1; 1 documents, 20 items, 0 vectors, 9 triples",
    ]


def test_version_and_help(run: Run) -> None:
    assert run("--version").out.startswith(b"yaodian ")
    help_text = run("--help").out.decode()
    assert all(name in help_text for name in ("build", "parse", "facts", "search", "sparql", "export", "serve"))


# ---- in a process of its own


def _process(*arguments: str | Path, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "api", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False, **options)


def test_output_is_utf8_whatever_the_code_page(sample_base: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "api", "--kb", str(sample_base), "list"],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
        env={"PYTHONIOENCODING": "gbk", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PATH": ""},
    )
    assert "工作要点" in done.stdout.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="closes a POSIX pipe")
def test_a_closed_pipe_is_no_fault(sample_base: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--kb", str(sample_base), "export", "nquads"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.close()  # before anything is written
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) in (0, 1)


def test_a_search_imports_nothing_that_it_does_not_need(sample_base: Path) -> None:
    code = (
        "import sys; from api.cli import main\n"
        "try: main(['--kb', sys.argv[1], 'search', '民生', '--json'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sentence_transformers', 'fastapi', 'uvicorn', 'rdflib', 'networkx', 'pyshacl', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(sample_base)], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    assert done.stderr.decode().strip() == "[]"


def test_evaluate_scores_gold_data(run: Run, tmp_path: Path) -> None:
    (tmp_path / "structure").mkdir()
    (tmp_path / "texts").mkdir()
    name = "jinhua-cppcc-2022"
    shutil.copyfile(
        ROOT / "tests" / "gold" / f"{name}.structure.json", tmp_path / "structure" / f"{name}.structure.json"
    )
    shutil.copyfile(SAMPLE, tmp_path / "texts" / f"{name}.txt")
    report = run("evaluate", "structure", "--gold", tmp_path, "--json").json()
    assert (report["documents"], report["items"]["f1"], report["faults"]) == (1, 1.0, [])
    assert b"items     F1 1.0000" in run("evaluate", "structure", "--gold", tmp_path).out
    assert run("evaluate", "structure", "--gold", tmp_path / "none").status == 1
    assert run("evaluate", "poems", "--gold", tmp_path).status == 2


def test_evaluate_facts_scores_a_judged_sample(run: Run, tmp_path: Path) -> None:
    fact = {"n": 0, "kind": "mention", "file": "a.txt", "sha256": "", "class": "Body", "name": "市委", "start": 3,
            "end": 5, "item": "一/1", "rule": "short-body", "confidence": 0.9, "context": "报⟦市委⟧。"}  # fmt: skip
    (tmp_path / "facts1.jsonl").write_text(json.dumps(fact), encoding="utf-8")
    (tmp_path / "verdicts1.jsonl").write_text('{"n": 0, "verdict": "doubtful", "why": "short"}', encoding="utf-8")
    report = run("evaluate", "facts", "--gold", tmp_path, "--json").json()
    assert report["drawn"]["mentions"] == {"precision": 0.5, "strict": 0.0, "right": 0, "wrong": 0, "doubtful": 1}
    assert (report["today"], report["items"], report["drawn"]["calibration"]["error"]) == (None, None, 0.4)
    lines = run("evaluate", "facts", "--gold", tmp_path).out.decode().splitlines()
    assert lines[0] == "doubtful mention in a.txt item 一/1: Body 市委   “市委” (3-5) [short-body]: short"
    assert "recall not measured: name the folder with the plans' texts with --texts" in lines
    assert run("evaluate", "facts", "--gold", tmp_path / "none").status == 1


def test_evaluate_facts_scores_an_annotated_plan(run: Run, shared: Path) -> None:
    report = run("evaluate", "facts", "--gold", shared / "gold", "--texts", SAMPLE, "--json").json()
    assert (report["kind"], report["mentions"]["wanted"], report["claims"]["of"]) == ("annotated", 353, 34)
    assert all(group["facts"] for group in report["calibration"]["levels"])
    assert all(set(fault) >= {"kind", "item", "what", "quote", "start", "end", "rule"} for fault in report["faults"])
    lines = run("evaluate", "facts", "--gold", shared / "gold", "--texts", SAMPLE).out.decode().splitlines()
    f1 = f"F1 {report['mentions']['f1']:.4f}"
    assert [line for line in lines if line.startswith("mentions ") and f1 in line]
    assert lines[-1].endswith(f"{len(report['faults'])} faults")


def test_facts_explain_names_the_rule_with_its_reason_and_an_example(run: Run) -> None:
    plain, found = run("facts", SAMPLE, "--json").json(), run("facts", SAMPLE, "--explain", "--json").json()
    known = {rule.id: {"sentence": rule.sentence, "example": rule.example} for rule in rules().values()}
    for kind in ("mentions", "relations"):
        assert [fact["explanation"] for fact in found[kind]] == [known[fact["rule"]] for fact in plain[kind]]
        assert [{k: v for k, v in fact.items() if k != "explanation"} for fact in found[kind]] == plain[kind]
    assert found["tasks"] == plain["tasks"]
    lines = run("facts", SAMPLE, "--explain").out.decode().splitlines()
    assert len(lines) == 2 * (len(plain["mentions"]) + len(plain["relations"])) + 1
    first = plain["mentions"][0]
    reason = " E.g. ".join(known[first["rule"]].values())
    assert lines[1] == f"    {first['rule']} ({first['confidence']:.2f}): {reason}"
