"""Taking documents out leaves no trace: the base equals one that never held them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import BaseError, NotFoundError
from index import base, dense
from index.library import Library
from index.requests import Merge, Reject, SetTheme, Undo
from index.types import Answer
from tests.amend_samples import PLAN_A, PLAN_B, WHY, copy, item, plans
from tests.api_samples import state

pytestmark = pytest.mark.usefixtures("one_encoder")

QUESTIONS = ("民生", "学前教育", "which items concern education", "市民政局牵头的任务", "政协金华市委员会")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remove")
    Library.build(folder / "kb", plans(folder / "plans"))
    return folder / "kb"


@pytest.fixture
def library(both: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(copy(both, tmp_path / "kb")) as opened:
        yield opened


def answers(library: Library) -> list[Answer]:
    """The answers to some questions, but for the time they took."""
    found = [library.search(question, explain=True) for question in QUESTIONS]
    return [Answer(**{name: getattr(a, name) for name in a.__slots__} | {"took_ms": 0.0}) for a in found]


def kept(root: Path) -> set[str]:
    folder = root / "originals"
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def alone(tmp_path: Path, name: str = "a.txt") -> Library:
    file = next(file for file in plans(tmp_path / "plans") if file.name == name)
    Library.build(tmp_path / "alone", [file])
    return Library.open(tmp_path / "alone")


@pytest.mark.parametrize("how", ["id", "iri", "source"])
def test_a_and_b_without_b_equals_a_alone(library: Library, tmp_path: Path, how: str) -> None:
    gone = library.document("b.txt")
    report = library.remove(getattr(gone, how))
    assert ([d.id for d in report.removed], report.assertions, report.documents) == ([gone.id], 0, 1)
    with alone(tmp_path) as only:
        assert library.export("nquads") == only.export("nquads")
        assert answers(library) == answers(only)
        assert library.digest == only.digest
        assert library.themes() == only.themes()
        assert library.entities(limit=100) == only.entities(limit=100)
        assert report.triples == base.read_manifest(tmp_path / "alone").triples
    assert library.check().sound
    assert kept(tmp_path / "kb") == kept(tmp_path / "alone")


def test_what_users_asserted_about_a_removed_document_goes_with_it(library: Library, tmp_path: Path) -> None:
    with alone(tmp_path) as only:
        for one in (library, only):
            one.amend(SetTheme("一/2", "CU", 2, document="a.txt"), WHY)
        library.amend(SetTheme("一/2", "CU", 2, document="b.txt"), WHY)
        taken_back = library.amend(Reject(library.item(item(library, "b.txt", "一/1")).themes[0].id), WHY)
        library.amend(Undo(taken_back.id), WHY)
        library.amend(Merge("政协金华市委员会", "金华市政协办"), WHY)
        assert library.remove("b.txt").assertions == 4
        assert [line.what["document"] for line in library.assertions()] == [library.document("a.txt").id]
        assert library.export("nquads") == only.export("nquads")
        assert library.check().sound


def test_a_sameness_of_what_another_document_names_stays(library: Library, tmp_path: Path) -> None:
    made = library.amend(Merge("金华市民政局", "金华市教育局"), WHY)
    assert library.remove("b.txt").assertions == 0
    assert [line.id for line in library.assertions()] == [made.id]
    assert library.remove("a.txt").assertions == 1
    assert library.assertions() == ()


def test_the_last_document_leaves_an_empty_base_that_answers_and_grows_again(library: Library, tmp_path: Path) -> None:
    library.remove("a.txt", "b.txt", "a.txt")
    assert library.documents() == ()
    assert not library.search("民生").answered
    assert library.check().sound
    assert kept(tmp_path / "kb") == set()
    Library.build(tmp_path / "kb", plans(tmp_path / "plans")[:1])
    library.refresh()
    with alone(tmp_path) as only:
        assert library.export("nquads") == only.export("nquads")


def test_what_is_removed_is_not_read_again_when_the_base_is_healed(library: Library, tmp_path: Path) -> None:
    library.remove("b.txt")
    (tmp_path / "kb" / "aliases.tsv").write_text(
        "alias\tfull\tclass\tlang\n共建\t政协金华市委员会\tBody\tzh\n", encoding="utf-8"
    )
    Library.build(tmp_path / "kb", plans(tmp_path / "plans")[:1])
    library.refresh()
    assert [d.source for d in library.documents()] == ["a.txt"]


@pytest.mark.parametrize("names", [["none.txt"], ["a.txt", "none.txt"], ["../a.txt"], [""], ["https://w3id.org/x"]])
def test_an_unknown_name_is_told_and_nothing_is_removed(library: Library, tmp_path: Path, names: list[str]) -> None:
    before = state(tmp_path / "kb")
    with pytest.raises(NotFoundError, match="no document"):
        library.remove(*names)
    assert state(tmp_path / "kb") == before


def test_a_name_of_two_documents_is_not_guessed(tmp_path: Path) -> None:
    for folder, text in (("one", PLAN_A), ("two", PLAN_B)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "计划.txt").write_text(text, encoding="utf-8")
    Library.build(tmp_path / "kb", [tmp_path / "one", tmp_path / "two"])
    with Library.open(tmp_path / "kb") as library, pytest.raises(NotFoundError, match="2 documents come from"):
        library.remove("计划.txt")


def test_another_writer_is_told(library: Library, tmp_path: Path) -> None:
    with base.writing(tmp_path / "kb"), pytest.raises(BaseError, match="another writer"):
        library.remove("b.txt")
    assert len(library.documents()) == 2


_KILLED = """import os, sys; from pathlib import Path; from index import base; from index.library import Library
swap = base.write_atomically
base.{step} = lambda *given: {first} or os._exit(9)
Library.open(Path(sys.argv[1])).remove('b.txt')"""


def killed(root: Path, step: str, first: str = "None") -> None:
    """Remove b.txt in a process that ends without clean-up in a step of the swap, after it did something `first`."""
    program = _KILLED.format(step=step, first=first)
    done = subprocess.run([sys.executable, "-c", program, str(root)], cwd=Path(__file__).parent.parent)
    assert done.returncode == 9


@pytest.mark.parametrize("step", ["_sync_tree", "write_atomically"])
def test_a_removal_killed_before_the_swap_leaves_the_base_as_it_was(
    library: Library, tmp_path: Path, step: str
) -> None:
    before = library.export("nquads")
    killed(tmp_path / "kb", step)
    with Library.open(tmp_path / "kb") as again:
        assert again.export("nquads") == before
        assert again.check().sound
        again.remove("b.txt")
        assert [d.source for d in again.documents()] == ["a.txt"]
    assert not list((tmp_path / "kb" / "snapshots").glob("*.stage"))


def test_a_removal_killed_after_the_swap_is_done_and_tidied_up_by_the_next_writer(
    library: Library, tmp_path: Path
) -> None:
    root = tmp_path / "kb"
    library.close()
    killed(root, "write_atomically", first="swap(*given)")
    assert len(kept(root)) == 2
    with Library.open(root) as again:
        assert [d.source for d in again.documents()] == ["a.txt"]
        assert again.check().sound
    damaged = root / "snapshots" / base.read_manifest(root).snapshot / "vectors.faiss"
    damaged.write_bytes(b"torn")
    Library.build(root, plans(tmp_path / "plans")[:1])
    with Library.open(root) as again:
        assert [d.source for d in again.documents()] == ["a.txt"]
    assert len(kept(root)) == 1


def test_cells_go_when_the_base_has_shrunk(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "EXACT", 1)
    monkeypatch.setattr(dense, "_CELLS", 2)
    monkeypatch.setattr(dense, "_LEARNT_FROM", 1)
    Library.build(tmp_path / "kb", plans(tmp_path / "plans")[:1])
    library.refresh()
    assert not library.sources.vectors.is_exact
    monkeypatch.setattr(dense, "EXACT", 100_000)
    library.remove("b.txt")
    assert library.sources.vectors.is_exact
    with alone(tmp_path) as only:
        assert answers(library) == answers(only)


# ---- any sequence

TEXTS = {
    "a.txt": PLAN_A,
    "b.txt": PLAN_B,
    "c.txt": PLAN_A.replace("2024", "2025").replace("社区食堂", "老年食堂"),
    "d.txt": PLAN_B.replace("兰溪", "义乌"),
}
_STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.sampled_from(sorted(TEXTS))), min_size=2, max_size=6)


@cache
def fresh(folder: Path, names: frozenset[str]) -> tuple[bytes, list[Answer], set[str]]:
    root = folder / ("fresh-" + "".join(sorted(name[0] for name in names)))
    Library.build(root, [folder / name for name in sorted(names)])
    with Library.open(root) as library:
        return library.export("nquads"), answers(library), kept(root)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(steps=_STEPS)
def test_after_any_sequence_the_base_equals_one_built_from_what_should_be_in_it(
    tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    root = tmp_path / "kb"
    shutil.rmtree(root, ignore_errors=True)
    wanted: set[str] = set()
    for step, name in steps:
        if step == "add":
            Library.build(root, [tmp_path / name])
            wanted.add(name)
        elif name in wanted:
            with Library.open(root) as library:
                library.remove(name)
            wanted.remove(name)
    if wanted:
        with Library.open(root) as library:
            assert (library.export("nquads"), answers(library), kept(root)) == fresh(tmp_path, frozenset(wanted))
            assert library.check().sound
    elif root.exists():
        with Library.open(root) as library:
            assert library.documents() == ()
            assert library.check().sound
