"""A base as one file, and back; damage is named, and mended from the originals; nothing is lost on the way."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import cli
from corpus.errors import BaseError, PlanError, ReadError
from index import base
from index.library import Library
from index.requests import SetTheme
from ontology.namespace import Names
from tests.amend_samples import WHY, copy, plans
from tests.api_samples import state

pytestmark = pytest.mark.usefixtures("one_encoder")

ALIASES = "alias\tfull\tclass\tlang\n共建\t政协金华市委员会\tBody\tzh\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with an alias table and with something that a user asserted."""
    folder = tmp_path_factory.mktemp("backup")
    (folder / "kb").mkdir()
    (folder / "kb" / "aliases.tsv").write_text(ALIASES, encoding="utf-8")
    Library.build(folder / "kb", plans(folder / "plans"))
    with Library.open(folder / "kb") as library:
        library.amend(SetTheme("一/2", "CU", 2, document="a.txt"), WHY)
    return folder / "kb"


@pytest.fixture(scope="module")
def archive(made: Path) -> Path:
    Library.backup(made, made.parent / "base.zip")
    return made.parent / "base.zip"


@pytest.fixture
def kb(made: Path, tmp_path: Path) -> Path:
    return copy(made, tmp_path / "kb")


def dump(root: Path) -> tuple[bytes, list[str]]:
    with Library.open(root) as library:
        assert library.check().faults == ()
        return library.export("nquads"), [line.reason for line in library.assertions()]


def current(root: Path) -> Path:
    return root / "snapshots" / base.read_manifest(root).snapshot


def originals(root: Path) -> dict[str, bytes]:
    folder = root / "originals"
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


# ---- there and back


def test_a_restored_base_is_the_one_that_was_backed_up(made: Path, archive: Path, tmp_path: Path) -> None:
    report = Library.restore(tmp_path / "elsewhere" / "kb", archive)
    assert (report.documents, report.bytes) == (2, archive.stat().st_size)
    assert dump(tmp_path / "elsewhere" / "kb") == dump(made)
    assert originals(tmp_path / "elsewhere" / "kb") == originals(made)
    assert (tmp_path / "elsewhere" / "kb" / "aliases.tsv").read_text(encoding="utf-8") == ALIASES
    before = state(tmp_path / "elsewhere" / "kb")
    assert Library.backup(tmp_path / "elsewhere" / "kb", tmp_path / "again.zip").documents == 2
    assert state(tmp_path / "elsewhere" / "kb") == before
    Library.build(tmp_path / "elsewhere" / "kb", plans(tmp_path / "plans"))  # it grows like any other
    assert dump(tmp_path / "elsewhere" / "kb") == dump(made)


def test_the_same_base_gives_the_same_backup(made: Path, archive: Path, tmp_path: Path) -> None:
    Library.backup(made, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_a_base_that_holds_documents_is_replaced_by_force_only(archive: Path, made: Path, tmp_path: Path) -> None:
    root = tmp_path / "kb"
    (tmp_path / "other.txt").write_text(
        "义乌市2023年工作要点\n\n一、保障民生\n\n1.办好夜校。开设课程10门。\n", encoding="utf-8"
    )
    Library.build(root, [tmp_path / "other.txt"])
    before = state(root)
    with pytest.raises(BaseError, match=r"holds 1 documents already.*--force"):
        Library.restore(root, archive)
    assert state(root) == before
    with Library.open(root) as reader:
        held = reader.export("nquads")
        Library.restore(root, archive, force=True)
        assert reader.export("nquads") == held
        assert reader.refresh()
        assert len(reader.documents()) == 2
    assert dump(root) == dump(made)
    assert originals(root) == originals(made)
    Library.backup(root, tmp_path / "again.zip")
    with Library.open(root) as library:
        library.remove("a.txt", "b.txt")
    (root / "aliases.tsv").write_text("mine", encoding="utf-8")
    Library.restore(root, tmp_path / "again.zip")  # an empty base holds nothing to lose
    assert dump(root) == dump(made)
    assert (root / "aliases.tsv.old").read_text(encoding="utf-8") == "mine"


def test_a_backup_is_written_whole_or_not_at_all(kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old.zip").write_bytes(b"the old backup")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.backup._put_bytes", full)
        with pytest.raises(ReadError, match=r"old\.zip cannot be written \(No space left"):
            Library.backup(kb, tmp_path / "old.zip")
    assert (tmp_path / "old.zip").read_bytes() == b"the old backup"
    with pytest.raises(ReadError, match="is a folder"):
        Library.backup(kb, tmp_path)
    with pytest.raises(ReadError, match="cannot be written"):
        Library.backup(kb, tmp_path / "none" / "base.zip")
    with pytest.raises(BaseError, match="no knowledge base"):
        Library.backup(tmp_path / "none", tmp_path / "old.zip")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["kb", "old.zip"]


@pytest.mark.parametrize("which", ["vectors.faiss", "original"])
def test_a_damaged_base_is_not_backed_up_as_if_it_were_whole(kb: Path, tmp_path: Path, which: str) -> None:
    file = next((kb / "originals").rglob("a.txt")) if which == "original" else current(kb) / which
    flip(file)
    with pytest.raises(BaseError, match=r"is not as the manifest has it.*repair") as caught:
        Library.backup(kb, tmp_path / "base.zip")
    assert str(file) in str(caught.value)
    assert not (tmp_path / "base.zip").exists()


def test_a_backup_while_a_writer_swaps_holds_one_snapshot(
    kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer takes an original away before it is read: the backup begins again with the new snapshot."""
    from index import backup

    put = backup._put
    done: list[bool] = []

    def interrupted(*given: Any) -> Any:
        if not done:
            done.append(True)
            with Library.open(kb) as library:
                library.remove("a.txt")
        return put(*given)

    monkeypatch.setattr(backup, "_put", interrupted)
    assert Library.backup(kb, tmp_path / "base.zip").documents == 1
    Library.restore(tmp_path / "again", tmp_path / "base.zip")
    assert dump(tmp_path / "again") == dump(kb)


# ---- what is no backup


def rewritten(archive: Path, target: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A backup whose entries were changed; its list is left to the change."""
    with zipfile.ZipFile(archive) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w") as out:
        for name, content in entries.items():
            out.writestr(name, content)
    return target


def listing(entries: dict[str, bytes], change: Callable[[dict[str, Any]], object]) -> None:
    found = json.loads(entries["backup.json"])
    change(found)
    entries["backup.json"] = json.dumps(found).encode()


def smuggle(name: str) -> Callable[[dict[str, bytes]], object]:
    def add(entries: dict[str, bytes]) -> None:
        entries[name] = b"x"
        entry = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
        listing(entries, lambda found: found["files"].update({name: entry}))

    return add


def bomb(entries: dict[str, bytes]) -> None:
    listing(entries, lambda found: found["files"]["snapshot/vectors.faiss"].update(bytes=2**60))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (smuggle("originals/../../evil.txt"), "leads out of the base"),
        (smuggle("snapshot//evil.txt"), "leads out of the base"),
        (smuggle("/evil.txt"), "belongs to none"),
        (smuggle("evil.txt"), "belongs to none"),
        (smuggle("snapshot/evil.txt"), "its snapshot is not as its manifest has it"),
        (smuggle("originals/aaaaaaaaaaaaaaaa/evil.txt"), "its originals are not as"),
        (lambda e: e.update({"snapshot/x": b""}), "snapshot/x is not where"),
        (lambda e: e.pop("snapshot/vectors.faiss"), r"snapshot/vectors\.faiss is not where"),
        (lambda e: e.update({"snapshot/vectors.faiss": b"x"}), r"snapshot/vectors\.faiss is not as backup\.json"),
        (lambda e: e.update({"aliases.tsv": e["aliases.tsv"] + b"\n"}), r"aliases\.tsv is not as backup\.json"),
        (lambda e: e.pop("backup.json"), "is no backup of a base"),
        (lambda e: e.update({"backup.json": b"[" * 100_000}), "is no JSON"),
        (lambda e: e.update({"backup.json": b"[]"}), "is not as a backup has it"),
        (lambda e: listing(e, lambda f: f.update(format=99)), "backup format 99"),
        (lambda e: listing(e, lambda f: f.update(files={"manifest.json": 1})), "is not as a backup has it"),
        (bomb, r"needs \d+ bytes"),
    ],
    ids=range(16),
)
def test_a_hostile_or_changed_backup_is_told_and_restores_nothing(
    kb: Path, archive: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], object], message: str
) -> None:
    file = rewritten(archive, tmp_path / "changed.zip", change)
    before = state(kb)
    with pytest.raises(BaseError, match=message) as caught:
        Library.restore(kb, file, force=True)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value) or "bytes" in message
    assert state(kb) == before
    with pytest.raises(BaseError):
        Library.restore(tmp_path / "new", file)
    assert not base.exists(tmp_path / "new")
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_torn_or_bit_flipped_backup_is_told(archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    with zipfile.ZipFile(archive) as source:
        info = source.getinfo("snapshot/vectors.faiss")
    inside = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    flipped = bytearray(content)
    flipped[inside] ^= 1
    for broken, message in (
        (content[: len(content) // 2], "no whole zip file"),
        (b"", "no whole zip file"),
        (bytes(flipped), r"snapshot/vectors\.faiss "),
    ):
        (tmp_path / "broken.zip").write_bytes(broken)
        with pytest.raises(BaseError, match=message):
            Library.restore(tmp_path / "kb", tmp_path / "broken.zip")
    with pytest.raises(ReadError, match="no such file"):
        Library.restore(tmp_path / "kb", tmp_path / "none.zip")
    assert not base.exists(tmp_path / "kb")


@pytest.mark.parametrize("step", ["keep_original", "_sync_tree", "write_atomically"])
@pytest.mark.parametrize("there", [False, True])
def test_a_killed_restore_leaves_the_folder_as_it_was(
    archive: Path, made: Path, tmp_path: Path, step: str, there: bool
) -> None:
    root = tmp_path / "kb"
    before = None
    if there:
        shutil.copytree(made, root)
        with Library.open(root) as library:
            library.remove("a.txt")
        before = dump(root)
    program = (
        "import os, sys; from pathlib import Path; from index import base; from index.library import Library\n"
        f"base.{step} = lambda *_: os._exit(9)\n"
        "Library.restore(Path(sys.argv[1]), Path(sys.argv[2]), force=True)"
    )
    arguments = [sys.executable, "-c", program, str(root), str(archive)]
    assert subprocess.run(arguments, cwd=Path(__file__).parent.parent).returncode == 9
    if before:
        assert dump(root) == before
    else:
        assert not base.exists(root)
    Library.restore(root, archive, force=there)
    assert dump(root) == dump(made)
    assert originals(root) == originals(made)


# ---- check and repair


DERIVED = ("vectors.faiss", "catalogue.sqlite", "store/CURRENT", "sst")  # of what users asserted there is no original
DAMAGE = [(name, how) for name in DERIVED for how in ("flip", "tear", "lose")] + [("assertions.jsonl", "flip")]


@pytest.mark.parametrize(("name", "how"), DAMAGE)
def test_every_damaged_file_is_named_and_mended(kb: Path, name: str, how: str) -> None:
    whole = dump(kb)
    file = max(current(kb).rglob("*.sst")) if name == "sst" else current(kb) / name
    if name == "assertions.jsonl":
        file.write_text(file.read_text(encoding="utf-8").replace("读过原文", "读过全文"), encoding="utf-8", newline="")
        whole = (whole[0].replace("读过原文".encode(), "读过全文".encode()), ["读过全文"])
    elif how == "flip":
        flip(file)
    elif how == "tear":
        file.write_bytes(file.read_bytes()[:-3])
    else:
        file.unlink()
    place = file.relative_to(kb).as_posix()
    report = Library.inspect(kb)
    assert not report.sound
    assert f"{place} is not as the manifest has it" in report.faults[0]
    done = Library.repair(kb)
    assert (done.faults, done.refused, done.documents) == (report.faults, (), 2)
    assert Library.inspect(kb).sound
    assert dump(kb) == whole


def test_a_sound_base_is_made_anew_and_stays_what_it_was(kb: Path) -> None:
    whole = dump(kb)
    assert (Library.repair(kb).faults, dump(kb)) == ((), whole)


def test_repair_leaves_no_characters_of_what_was_removed(kb: Path) -> None:
    with Library.open(kb) as library:
        library.remove("b.txt")
    Library.repair(kb)
    found = b"".join(file.read_bytes() for file in kb.rglob("*") if file.is_file())
    assert "新建幼儿园10所".encode() not in found


@pytest.mark.parametrize("how", ["flip", "lose"])
def test_a_damaged_original_is_named_and_mended_with_ones_own_file(kb: Path, tmp_path: Path, how: str) -> None:
    whole = dump(kb)
    original = next((kb / "originals").rglob("a.txt"))
    if how == "flip":  # into another letter, so that it could still be read
        original.write_bytes(original.read_bytes().replace(b"2024", b"2034"))
    else:
        original.unlink()
    place = original.relative_to(kb).as_posix()
    assert Library.inspect(kb).faults == (f"{place} is gone or not as it was kept; build it again from your own file",)
    done = Library.repair(kb)
    assert [refusal.source for refusal in done.refused] == ["a.txt"]
    assert done.documents == 2
    with Library.open(kb) as library:
        assert library.export("nquads") == whole[0]
        with pytest.raises(BaseError, match="is gone or damaged; build it again"):
            library.amend(SetTheme("一/1", "CU", 2, document="a.txt"), WHY)
    Library.build(kb, plans(tmp_path / "plans")[:1])
    assert dump(kb) == whole


def test_a_damaged_original_is_not_taken_for_a_plan_when_all_is_damaged(kb: Path, tmp_path: Path) -> None:
    whole = dump(kb)
    original = next((kb / "originals").rglob("a.txt"))
    original.write_bytes(original.read_bytes().replace(b"2024", b"2034"))
    flip(current(kb) / "vectors.faiss")
    done = Library.repair(kb)
    assert [refusal.source for refusal in done.refused] == ["a.txt"]
    assert done.documents == 1
    assert len(Library.inspect(kb).faults) == 1
    assert original.is_file()
    Library.build(kb, plans(tmp_path / "plans")[:1])
    assert dump(kb) == whole


def test_repair_keeps_the_iris_of_the_base(tmp_path: Path) -> None:
    names = Names("https://plans.example/")
    Library.build(tmp_path / "kb", plans(tmp_path / "plans"), names=names)
    whole = dump(tmp_path / "kb")
    (current(tmp_path / "kb") / "vectors.faiss").write_bytes(b"")
    Library.repair(tmp_path / "kb")
    assert dump(tmp_path / "kb") == whole
    assert b"https://plans.example/id/" in whole[0]


def test_a_base_of_an_older_format_is_made_again_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Format 4 did not list the originals."""
    root, names = tmp_path / "kb", Names("https://plans.example/")
    Library.build(root, plans(tmp_path / "plans"), names=names)
    with Library.open(root) as library:
        library.amend(SetTheme("一/2", "CU", 2, document="a.txt"), WHY)
    whole, kept = dump(root), originals(root)
    manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"))
    del manifest["originals"]
    (root / "manifest.json").write_text(json.dumps(manifest | {"format": 4}), encoding="utf-8")
    with pytest.raises(BaseError, match=r"older format 4.*yaodian --kb .* repair"):
        Library.open(root)
    assert "older format 4" in Library.repair(root).faults[0]
    assert dump(root) == whole
    assert originals(root) == kept
    assert base.read_manifest(root).originals.keys() == kept.keys()


def test_repair_of_nothing_says_so(kb: Path, tmp_path: Path) -> None:
    with pytest.raises(BaseError, match="no knowledge base"):
        Library.repair(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    shutil.rmtree(kb / "originals")
    before = state(kb)
    with pytest.raises(BaseError, match="no original of this base is whole"):
        Library.repair(kb)
    assert state(kb) == before


# ---- the command line


def test_the_commands_back_up_restore_check_and_repair(
    kb: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(map(str, arguments)))
        out, err = (stream.decode() for stream in capsysbinary.readouterr())
        return int(ended.value.code or 0), out, err

    file, other = tmp_path / "base.zip", tmp_path / "other"
    status, out, _ = run("--kb", kb, "backup", file)
    assert (status, out.startswith(f"written: {file}, "), "2 documents" in out) == (0, True, True)
    assert json.loads(run("--kb", other, "restore", file, "--json")[1])["documents"] == 2
    status, out, err = run("--kb", other, "restore", file)
    assert (status, out, err.count("\n"), "--force" in err) == (1, "", 1, True)
    assert run("--kb", other, "restore", file, "--force")[0] == 0
    flip(current(other) / "catalogue.sqlite")
    status, out, _ = run("--kb", other, "check")
    assert (status, "catalogue.sqlite is not as the manifest has it; run: yaodian repair" in out) == (1, True)
    status, out, _ = run("--kb", other, "repair")
    assert (status, "was wrong  " in out, "made anew in " in out) == (0, True, True)
    assert run("--kb", other, "check")[0] == 0
    next((other / "originals").rglob("a.txt")).unlink()
    status, out, _ = run("--kb", other, "repair", "--json")
    assert (status, [refusal["source"] for refusal in json.loads(out)["refused"]]) == (1, ["a.txt"])


def test_errors_are_those_that_a_user_can_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(PlanError):
        Library.restore(tmp_path / "kb", tmp_path / "file")
