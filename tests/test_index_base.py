"""A base on disk: one writer, immutable snapshots, an atomic swap, nothing lost."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import BaseError, PlanError, ReadError
from index import base
from index.library import Library

PLAN = """某某市2024年工作要点

一、保障民生

1.办好学前教育。新建幼儿园10所，增加学位。

2.做好养老服务。建设社区食堂。
"""
OTHER = PLAN.replace("某某市2024", "某某市2025").replace("幼儿园10所", "幼儿园12所")


def plan(folder: Path, name: str = "计划.txt", text: str = PLAN) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8", newline="")
    return file


def state(root: Path) -> dict[str, bytes]:
    """Every file that readers can see."""
    return {
        str(f.relative_to(root)): f.read_bytes()
        for f in sorted(root.rglob("*"))
        if f.is_file() and f.suffix not in (".lease", ".lock")
    }


def test_a_base_is_a_manifest_originals_and_one_snapshot(tmp_path: Path) -> None:
    file = plan(tmp_path)
    root = tmp_path / "kb"
    report = Library.build(root, [file])
    manifest = base.read_manifest(root)
    assert (manifest.documents, manifest.items, manifest.snapshot) == (1, 2, "00000001")
    assert [p.name for p in (root / "snapshots").iterdir() if p.is_dir()] == ["00000001"]
    kept = [p for p in (root / "originals").rglob("*") if p.is_file()]
    assert [(p.name, p.read_bytes()) for p in kept] == [("计划.txt", file.read_bytes())]
    assert [d.source for d in report.added] == ["计划.txt"]


def test_the_order_of_building_leaves_no_trace(tmp_path: Path) -> None:
    one, two = plan(tmp_path, "一.txt"), plan(tmp_path, "二.txt", OTHER)
    Library.build(tmp_path / "a", [one, two])
    Library.build(tmp_path / "b", [two])
    Library.build(tmp_path / "b", [one])
    Library.build(tmp_path / "b", [one])
    with Library.open(tmp_path / "a") as a, Library.open(tmp_path / "b") as b:
        assert a.export("nquads") == b.export("nquads")
        assert a.digest == b.digest
        assert a.search("幼儿园").results == b.search("幼儿园").results
        assert a.check().sound
        assert b.check().sound


def test_the_same_text_under_two_names_is_one_document(tmp_path: Path) -> None:
    for names in (["甲.txt", "乙.txt"], ["乙.txt", "甲.txt"]):
        root = tmp_path / f"kb-{names[0]}"
        for name in names:
            Library.build(root, [plan(tmp_path, name)])
        with Library.open(root) as library:
            assert [d.source for d in library.documents()] == [min(names)]
            assert library.check().sound


def test_a_reader_keeps_its_snapshot_while_a_writer_swaps(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    with Library.open(root) as reader:
        before = reader.export("nquads")
        Library.build(root, [plan(tmp_path, "二.txt", OTHER)])
        assert reader.export("nquads") == before
        assert reader.search("养老").answered
        assert (root / "snapshots" / "00000001").is_dir()
        assert reader.refresh()
        assert not reader.refresh()
        assert len(reader.documents()) == 2
    Library.build(root, [plan(tmp_path)])
    assert [p.name for p in (root / "snapshots").iterdir() if p.is_dir()] == ["00000003"]


@pytest.mark.parametrize(
    "content", [b"", b"  \n\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"%PDF-1.7\n", b"PK\x03\x04\x14\x00"]
)
def test_a_file_that_cannot_be_read_leaves_the_base_as_it_was(tmp_path: Path, content: bytes) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    before = state(root)
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        Library.build(root, [bad])
    assert "bad.txt" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert state(root) == before


def test_good_files_are_taken_in_beside_bad_ones(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\x00\x01\x02")
    report = Library.build(tmp_path / "kb", [plan(tmp_path), tmp_path / "bad.txt"])
    assert [r.source for r in report.refused] == ["bad.txt"]
    assert report.documents == 1


def test_a_failure_in_the_middle_leaves_the_base_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    before = state(root)
    monkeypatch.setattr("index.build.document_quads", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Library.build(root, [plan(tmp_path, "二.txt", OTHER)])
    assert state(root) == before


@pytest.mark.parametrize("step", ["_sync_tree", "write_atomically"])
def test_a_killed_writer_leaves_the_base_as_it_was(tmp_path: Path, step: str) -> None:
    """The process ends without clean-up just before the swap: the next writer clears what it left."""
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    before = Library.open(root).export("nquads")
    other = plan(tmp_path, "二.txt", OTHER)
    program = (
        "import os, sys; from pathlib import Path; from index import base; from index.library import Library\n"
        f"base.{step} = lambda *_: os._exit(9)\n"
        "Library.build(Path(sys.argv[1]), [Path(sys.argv[2])])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(root), str(other)], cwd=Path(__file__).parent.parent)
    assert done.returncode == 9
    with Library.open(root) as library:
        assert library.export("nquads") == before
    Library.build(root, [other])
    with Library.open(root) as library:
        assert len(library.documents()) == 2
        assert library.check().sound
    assert not list((root / "snapshots").glob("*.stage"))


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    with base.writing(root), pytest.raises(BaseError, match="another writer"):
        Library.build(root, [plan(tmp_path)])
    Library.build(root, [plan(tmp_path)])


def test_an_absent_base_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"yaodian --kb .* build"):
        Library.open(tmp_path / "none")


def test_a_base_of_another_format_is_not_touched(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"))
    (root / "manifest.json").write_text(json.dumps(manifest | {"format": 99}), encoding="utf-8")
    with pytest.raises(BaseError, match="format 99"):
        Library.open(root)
    with pytest.raises(BaseError, match="format 99"):
        Library.build(root, [plan(tmp_path)])


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"format": 1}', "[" * 100_000, '{"format": 2}', '{"format": 2, "snapshot": 5, "model": {}}'],
    ids=range(7),
)
def test_a_damaged_manifest_is_told(tmp_path: Path, content: str) -> None:
    root = tmp_path / "kb"
    root.mkdir()
    (root / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(BaseError):
        Library.open(root)


@pytest.mark.parametrize("name", ["vectors.faiss", "catalogue.sqlite"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_a_damaged_file_is_told_before_the_first_answer(tmp_path: Path, name: str, damage: str) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    file = root / "snapshots" / "00000001" / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "truncate":
        file.write_bytes(content[: len(content) // 2])
    else:
        file.unlink()
    with pytest.raises(BaseError):
        Library.open(root)


def test_a_store_that_is_gone_is_told(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    shutil.rmtree(root / "snapshots" / "00000001" / "store")
    with pytest.raises(BaseError, match="no RDF store"):
        Library.open(root)


def test_another_model_is_not_mixed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    monkeypatch.setattr("index.embed.StaticEncoder.digest", "0" * 64)
    with pytest.raises(BaseError, match="made by"):
        Library.open(root)
    with pytest.raises(BaseError, match="made by"):
        Library.build(root, [plan(tmp_path, "二.txt", OTHER)])


@pytest.mark.parametrize("name", ["vectors.faiss", "catalogue.sqlite", "store/CURRENT", "manifest"])
def test_building_again_heals_a_damaged_base_from_its_originals(tmp_path: Path, name: str) -> None:
    """Nothing of the damaged snapshot is built upon: what the writer cannot trust it makes again."""
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    whole = Library.open(root).export("nquads")
    file = root / "manifest.json" if name == "manifest" else root / "snapshots" / "00000001" / name
    file.write_bytes(file.read_bytes()[:-7] + b"\x00damage")
    Library.build(root, [plan(tmp_path, "二.txt", OTHER)])
    with Library.open(root) as healed:
        assert {d.source for d in healed.documents()} == {"计划.txt", "二.txt"}
        assert healed.check().sound
        assert set(whole.splitlines()) < set(healed.export("nquads").splitlines())


def test_silent_damage_is_not_blessed_by_the_next_build(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    catalogue = root / "snapshots" / "00000001" / "catalogue.sqlite"
    with closing(sqlite3.connect(catalogue)) as connection:
        connection.execute("UPDATE items SET text = 'X'")
        connection.commit()
    Library.build(root, [plan(tmp_path, "二.txt", OTHER)])
    with Library.open(root) as library:
        assert "X" not in {library.item(i.id).text for d in library.documents() for i in library.document(d.id).items}


def test_a_base_inside_the_folder_of_plans_does_not_take_in_its_own_originals(tmp_path: Path) -> None:
    plan(tmp_path)
    for _ in range(2):
        report = Library.build(tmp_path / "kb", [tmp_path])
        assert [d.source for d in report.added] == ["计划.txt"]


def test_a_base_made_anew_under_a_reader_is_noticed(tmp_path: Path) -> None:
    root = tmp_path / "kb"
    Library.build(root, [plan(tmp_path)])
    with Library.open(root) as reader:
        shutil.rmtree(root)
        Library.build(root, [plan(tmp_path, "二.txt", OTHER)])
        assert reader.refresh()
        assert [d.source for d in reader.documents()] == ["二.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are no text")
def test_a_file_name_that_is_no_text_loses_nothing(tmp_path: Path) -> None:
    bad = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt"))
    bad.write_text(PLAN, encoding="utf-8")
    report = Library.build(tmp_path / "kb", [bad, plan(tmp_path, "二.txt", OTHER)])
    assert {d.source for d in report.added} == {"\ufffd\ufffd.txt", "二.txt"}


def test_a_missing_file_beside_a_good_one_is_listed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = Library.build(tmp_path / "kb", [plan(tmp_path), tmp_path / "none.txt", tmp_path / "empty"])
    assert (report.documents, [r.source for r in report.refused]) == (1, ["empty", "none.txt"])


def test_threads_that_end_leave_no_files_open(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not list a process's open files in /proc")
    Library.build(tmp_path / "kb", [plan(tmp_path)])
    with Library.open(tmp_path / "kb") as library:
        library.search("养老")
        before = len(list(descriptors.iterdir()))
        for _ in range(30):
            thread = threading.Thread(target=library.search, args=("养老",))
            thread.start()
            thread.join()
        assert len(list(descriptors.iterdir())) <= before + 1


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanError):
        Library.build(plan(tmp_path), [plan(tmp_path, "二.txt")])
