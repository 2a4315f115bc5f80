"""A knowledge base on disk: immutable snapshots, one writer, an atomic swap. The only file that knows portalocker.

    BASE/manifest.json          which snapshot is current, with model, digests and counts; replaced atomically
    BASE/originals/<id>/<name>  the files as they came, under the names that they had; those that the manifest lists
    BASE/aliases.tsv            other names of entities, written by the users (see `graph.aliases`), where there are any
    BASE/snapshots/<n>/         store/ (RDF), vectors.faiss, catalogue.sqlite: written once, then only read;
                                assertions.jsonl (what users assert) and aliases.tsv as this snapshot took them in
    BASE/snapshots/<n>.lease    held, shared, by everyone who reads snapshot n
    BASE/write.lock             held by the writer

A writer copies the current snapshot under a name of its own (hard links where the files are immutable), changes
the copy, and swaps the manifest. Whatever stops it before that leaves the base as it was. An original that the
manifest does not list is of no document: a writer was killed before the swap, or after a removal; the next one takes
it away.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import portalocker

from corpus.errors import BaseError
from index.embed import Encoder

JOURNAL = "assertions.jsonl"
FORMAT = 5  # raise it with every change of the layout, of the catalogue's tables or of the statements
_RETRIES = 5  # a reader that loses the race against two swaps in a row tries again
_KEPT = re.compile(r"[a-z2-7]{16}")  # the folder of a document's originals: its id
_BARRED = "\\:\0" if os.name == "nt" else "\0"  # characters that lead out of a folder, or are in no name


@dataclass(frozen=True, slots=True)
class Model:
    """The embedding model that made the vectors."""

    name: str
    dimension: int
    digest: str

    @classmethod
    def of(cls, encoder: Encoder) -> "Model":
        """The model of an encoder."""
        return cls(encoder.name, encoder.dimension, encoder.digest)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a base holds. `digest` is the same for the same documents.

    `files` maps every file of the snapshot to its SHA-256, `originals` every kept file (by its path below `originals`).
    """

    format: int
    snapshot: str
    base: str
    model: Model
    digest: str
    documents: int
    items: int
    triples: int
    files: dict[str, str] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The manifest as it is written; half a character in a name is escaped."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def read_manifest(root: Path) -> Manifest:
    """The manifest of a base; raises BaseError, with what to do, where there is none or it is of another format."""
    path = root / "manifest.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BaseError(f"no knowledge base at {root}; make one: yaodian --kb {root} build") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BaseError(
            f"{path} cannot be read ({error}); make it again from its originals: yaodian --kb {root} repair"
        ) from error
    version = fields.get("format") if isinstance(fields, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise NewerFormatError(
            f"the base at {root} has format {version}, this program reads format {FORMAT}; use the program that made it"
        )
    if version != FORMAT:
        raise BaseError(
            f"the base at {root} has the older format {version}; make it again from its originals: "
            f"yaodian --kb {root} repair"
        )
    try:
        manifest = Manifest(**(fields | {"model": Model(**fields["model"])}))
    except (KeyError, TypeError) as error:
        raise BaseError(
            f"{path} is damaged ({error}); make it again from its originals: yaodian --kb {root} repair"
        ) from error
    if not _is_plausible(manifest):
        raise BaseError(
            f"{path} is damaged (impossible values); make it again from its originals: yaodian --kb {root} repair"
        )
    return manifest


def _is_plausible(manifest: Manifest) -> bool:
    """Whether every field has the kind of value that a writer gives it, and no name leads out of the base."""
    texts = (manifest.snapshot, manifest.base, manifest.digest, manifest.model.name, manifest.model.digest)
    counts = (manifest.documents, manifest.items, manifest.triples, manifest.model.dimension)
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(count, int) for count in counts)
        and manifest.snapshot.isdigit()
        and " " not in manifest.base
        and all(isinstance(files, dict) for files in (manifest.files, manifest.originals))
        and all(stays_inside(name) for name in (*manifest.files, *manifest.originals))
    )


def stays_inside(name: str) -> bool:
    """Whether a path with `/` leads to a place below the folder that it is taken from, on this system."""
    return all(part not in ("", ".", "..") for part in name.split("/")) and not set(_BARRED) & set(name)


def refuse_another_model(root: Path, made: Model, given: Model) -> None:
    """Raise BaseError, with the command that cures it, where a base's vectors were `made` by another model."""
    if made.digest == given.digest:
        return
    anew = f"make them anew: {_command(root, 'build', '--reembed', '--model', given.name)}"
    if made.name == given.name:
        raise BaseError(
            f"the vectors of the base at {root} were made by another version of the model {made.name} "
            f"({made.digest[:8]}, now {given.digest[:8]}); {anew}"
        )
    raise BaseError(
        f"the vectors of the base at {root} were made by the model {made.name} ({made.dimension} dimensions, "
        f"{made.digest[:8]}), not by {given.name} ({given.dimension} dimensions, {given.digest[:8]}); name the base's "
        f"model: {_command(root, '--model', made.name)} …; or {anew}"
    )


def _command(root: Path, *arguments: str) -> str:
    """A command on a base as one types it, quoted for the shell of the platform."""
    words = ["yaodian", "--kb", str(root), *arguments]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def made_by(root: Path) -> Model | None:
    """The model of a base that is there, sound or not; None where no manifest says it."""
    try:
        return read_manifest(root).model
    except BaseError:
        return None


def iris_of(root: Path) -> str | None:
    """The base IRI of a base that is there, of whatever format, so that what is made anew keeps its IRIs."""
    try:
        found = json.loads((root / "manifest.json").read_text(encoding="utf-8"))["base"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, str) and "://" in found and " " not in found else None


def exists(root: Path) -> bool:
    """Whether a base is there."""
    return (root / "manifest.json").is_file()


class NewerFormatError(BaseError):
    """A base made by a later program, which this one must not touch."""


class Snapshot:
    """A snapshot open for reading; it is not cleared away until closed."""

    def __init__(self, root: Path, manifest: Manifest, lease: IO[str]) -> None:
        self.root = root
        self.manifest = manifest
        self.path = root / "snapshots" / manifest.snapshot
        self._lease = lease

    @classmethod
    def open(cls, root: Path) -> "Snapshot":
        """Lease the current snapshot; raises BaseError where there is none."""
        for _ in range(_RETRIES):
            manifest = read_manifest(root)
            folder = root / "snapshots"
            if not (folder / manifest.snapshot).is_dir():
                continue
            try:
                lease = (folder / f"{manifest.snapshot}.lease").open("a", encoding="utf-8")
            except OSError:  # a read-only disk: nobody can write, so nothing is cleared away either
                lease = (root / "manifest.json").open(encoding="utf-8")
            portalocker.lock(lease, portalocker.LockFlags.SHARED)
            if (folder / manifest.snapshot).is_dir():
                return cls(root, manifest, lease)
            lease.close()
        raise BaseError(f"the base at {root} names a snapshot that is not there; run: yaodian repair")

    def close(self) -> None:
        """Give the lease back."""
        self._lease.close()


@contextmanager
def writing(root: Path, *, blank: bool = False) -> Iterator["Stage"]:
    """The writer's lock, with a copy of the current snapshot to change; `Stage.commit` swaps it in.

    `blank` gives an empty snapshot instead, for a writer that makes all of it anew.
    Raises BaseError where another writer is at work or the folder cannot be written.
    """
    try:
        (root / "snapshots").mkdir(parents=True, exist_ok=True)
        (root / "originals").mkdir(exist_ok=True)
        lock = (root / "write.lock").open("a", encoding="utf-8")
    except OSError as error:
        raise BaseError(
            f"{root} cannot be written: {error.strerror or error}; choose another folder with --kb"
        ) from error
    with lock:
        try:
            portalocker.lock(lock, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            raise BaseError(f"another writer is at work on {root}; wait until it has finished") from None
        stage = Stage(root, blank=blank)
        try:
            yield stage
        finally:
            stage.discard()


class Stage:
    """The next snapshot while it is being made.

    `current` is what it starts from, None for an empty base or a blank stage. Where the current snapshot or its
    manifest is damaged or of an older format, nothing of it is used: `current` is None, `damaged` says what is wrong,
    and the writer makes everything again from the originals. `originals` are the kept files, as in a manifest.
    """

    def __init__(self, root: Path, *, blank: bool = False) -> None:
        self.root = root
        self.current, self.damaged = _sound_manifest(root)
        self.originals = listed(root)
        for folder in (root / "snapshots").glob("*.stage"):  # left by a killed writer
            shutil.rmtree(folder)
        if self.current:
            self._clear_uncommitted(self.current.snapshot)
            _clear_unlisted(root, self.originals)
        taken = [int(f.name) for f in (root / "snapshots").iterdir() if f.is_dir() and f.name.isdigit()]
        self.name = f"{max(taken, default=0) + 1:08d}"
        self.path = root / "snapshots" / f"{self.name}.stage"
        if blank:
            self.current = None
        if self.current:
            _copy_snapshot(root / "snapshots" / self.current.snapshot, self.path)
        else:
            self.path.mkdir()

    def commit(self, manifest: Manifest) -> None:
        """Make this the current snapshot: files to disk, rename, then one atomic replacement of the manifest."""
        _sync_tree(self.path)
        final = self.root / "snapshots" / self.name
        self.path.rename(final)
        _sync_folder(final.parent)
        write_atomically(self.root / "manifest.json", manifest.to_json())
        _clear_unlisted(self.root, manifest.originals)
        _clear_unread(self.root, keep=self.name)

    def discard(self) -> None:
        """Take away what was not committed."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _clear_uncommitted(self, current: str) -> None:
        """Snapshots newer than the manifest: their writer was killed before the swap."""
        for folder in (self.root / "snapshots").iterdir():
            if folder.is_dir() and folder.name > current:
                shutil.rmtree(folder)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a mixture."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def listed(root: Path) -> dict[str, str]:
    """The kept files by their paths below `originals`, each with its SHA-256, as the manifest lists them.

    Where no manifest can be read, they are all that lie there.
    """
    try:
        return dict(read_manifest(root).originals)
    except BaseError:
        folder = root / "originals"
        found = (file for file in (*folder.glob("*"), *folder.glob("*/*")) if file.is_file())
        kept = sorted(file for file in found if not file.name.startswith("."))
        return {file.relative_to(folder).as_posix(): sha256(file) for file in kept}


def originals(root: Path) -> list[Path]:
    """The kept files, sorted; those that are gone too."""
    return [root / "originals" / name for name in sorted(listed(root))]


def keep_original(root: Path, name: str, file: Path, digest: str | None) -> str:
    """Keep a file as it came under its path below `originals`; returns its SHA-256.

    One that is kept there already, and still has its digest, stays as it is.
    """
    target = root / "originals" / name
    if digest and is_whole(target, digest):
        return digest
    content = file.read_bytes()
    given = hashlib.sha256(content).hexdigest()
    if not is_whole(target, given):
        target.parent.mkdir(exist_ok=True)
        write_atomically(target, content)
    return given


def is_whole(file: Path, digest: str) -> bool:
    """Whether a file is there and has this SHA-256."""
    try:
        return sha256(file) == digest
    except OSError:
        return False


def torn_originals(root: Path, kept: Mapping[str, str]) -> list[str]:
    """The originals that are gone or not as the manifest has them, sorted."""
    return sorted(name for name, digest in kept.items() if not is_whole(root / "originals" / name, digest))


def digests(snapshot: Path) -> dict[str, str]:
    """The SHA-256 of every file of a snapshot by its path in it; RocksDB's own logs and lock left out."""
    files = (file for file in snapshot.rglob("*") if file.is_file() and not file.name.startswith(("LOG", "LOCK")))
    return {file.relative_to(snapshot).as_posix(): sha256(file) for file in sorted(files)}


def damage(snapshot: Path, manifest: Manifest) -> list[str]:
    """The files of a snapshot that are not as its manifest has them; empty where it is sound."""
    found = digests(snapshot)
    return sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name))


def faults(root: Path) -> list[str]:
    """Every file of a base that is damaged or gone, the originals too, each with what to do; empty where all is whole.

    Where no manifest can be read, that is the one fault.
    """
    try:
        manifest = read_manifest(root)
    except BaseError as error:
        return [str(error)]
    wrong = damage(root / "snapshots" / manifest.snapshot, manifest)
    told = [
        f"snapshots/{manifest.snapshot}/{name} is not as the manifest has it; run: yaodian repair" for name in wrong
    ]
    return [*told, *original_faults(root, manifest.originals)]


def original_faults(root: Path, kept: Mapping[str, str]) -> list[str]:
    """The faults of the originals alone."""
    torn = torn_originals(root, kept)
    return [f"originals/{name} is gone or not as it was kept; build it again from your own file" for name in torn]


def is_sound(root: Path) -> bool:
    """Whether the current snapshot is whole, whatever its originals are."""
    return _sound_manifest(root)[0] is not None


def salvaged(root: Path, name: str) -> bytes | None:
    """A file of the current snapshot, or else of the newest that has it, for what no original can give again.

    It reads what a damaged base left, so it asks neither for a sound manifest nor for the file's digest.
    """
    try:
        current = read_manifest(root).snapshot
    except BaseError:
        current = ""
    folders = (f for f in (root / "snapshots").iterdir() if f.is_dir() and f.name.isdigit())
    for folder in sorted(folders, key=lambda f: (f.name == current, f.name), reverse=True):
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    return None


def _sound_manifest(root: Path) -> tuple[Manifest | None, str]:
    """The manifest, if what it names can be built upon; else None and what is wrong. A newer format is not touched."""
    if not exists(root):
        return None, ""
    try:
        manifest = read_manifest(root)
    except NewerFormatError:
        raise
    except BaseError as error:
        return None, str(error)
    wrong = damage(root / "snapshots" / manifest.snapshot, manifest)
    return (None, f"damaged: {', '.join(wrong[:3])}") if wrong else (manifest, "")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_snapshot(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=_link_or_copy, ignore=shutil.ignore_patterns("LOCK", "LOG*"))


def _link_or_copy(source: str, target: str) -> None:
    if source.endswith(".sst"):  # RocksDB never changes a table file once written
        with suppress(OSError):
            os.link(source, target)
            return
    shutil.copyfile(source, target)


def _clear_unlisted(root: Path, kept: Mapping[str, str]) -> None:
    """Take away originals of no document; what else somebody put there stays."""
    for folder in (root / "originals").iterdir():
        if not folder.is_dir() or not _KEPT.fullmatch(folder.name):
            continue
        with suppress(OSError):  # Windows keeps a file that somebody has open; the next writer tries again
            for file in folder.iterdir():
                if f"{folder.name}/{file.name}" not in kept:
                    file.unlink()
            if not any(folder.iterdir()):
                folder.rmdir()


def _clear_unread(root: Path, keep: str) -> None:
    """Clear away old snapshots that nobody reads; the rest goes at the next swap."""
    for folder in (root / "snapshots").iterdir():
        if not folder.is_dir() or folder.name >= keep:
            continue
        lease_path = folder.with_name(f"{folder.name}.lease")
        with lease_path.open("a", encoding="utf-8") as lease:
            try:
                portalocker.lock(lease, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.LockException:
                continue
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # Windows keeps a file that somebody has just opened
            lease_path.unlink(missing_ok=True)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no such call and needs none
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
