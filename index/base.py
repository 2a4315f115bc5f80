"""A knowledge base on disk: immutable snapshots, one writer, an atomic swap. The only file that knows portalocker.

    BASE/manifest.json          which snapshot is current, with model, digests and counts; replaced atomically
    BASE/originals/<id>/<name>  the files as they came, under the names that they had
    BASE/aliases.tsv            other names of entities, written by the users (see `graph.aliases`), where there are any
    BASE/snapshots/<n>/         store/ (RDF), vectors.faiss, catalogue.sqlite: written once, then only read;
                                assertions.jsonl (what users assert) and aliases.tsv as this snapshot took them in
    BASE/snapshots/<n>.lease    held, shared, by everyone who reads snapshot n
    BASE/write.lock             held by the writer

A writer copies the current snapshot under a name of its own (hard links where the files are immutable), changes
the copy, and swaps the manifest. Whatever stops it before that leaves the base as it was.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import portalocker

from corpus.errors import BaseError
from index.embed import Encoder

JOURNAL = "assertions.jsonl"
FORMAT = 4  # raise it with every change of the layout, of the catalogue's tables or of the statements
_RETRIES = 5  # a reader that loses the race against two swaps in a row tries again


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
    """What a base holds. `digest` is the same for the same documents; `files` maps every file to its SHA-256."""

    format: int
    snapshot: str
    base: str
    model: Model
    digest: str
    documents: int
    items: int
    triples: int
    files: dict[str, str] = field(default_factory=dict)


def read_manifest(root: Path) -> Manifest:
    """The manifest of a base; raises BaseError, with what to do, where there is none or it is of another format."""
    path = root / "manifest.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BaseError(f"no knowledge base at {root}; make one: yaodian --kb {root} build") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BaseError(f"{path} cannot be read ({error}); build the base again: yaodian --kb {root} build") from error
    version = fields.get("format") if isinstance(fields, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise NewerFormatError(
            f"the base at {root} has format {version}, this program reads format {FORMAT}; use the program that made it"
        )
    if version != FORMAT:
        raise BaseError(
            f"the base at {root} has the older format {version}; make it again from its originals: "
            f"yaodian --kb {root} build"
        )
    try:
        manifest = Manifest(**(fields | {"model": Model(**fields["model"])}))
    except (KeyError, TypeError) as error:
        raise BaseError(f"{path} is damaged ({error}); build the base again: yaodian --kb {root} build") from error
    if not _is_plausible(manifest):
        raise BaseError(f"{path} is damaged (impossible values); build the base again: yaodian --kb {root} build")
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
        and isinstance(manifest.files, dict)
        and all(not name.startswith("/") and ".." not in name for name in manifest.files)
    )


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
        raise BaseError(f"the base at {root} names a snapshot that is not there; build the base again: yaodian build")

    def close(self) -> None:
        """Give the lease back."""
        self._lease.close()


@contextmanager
def writing(root: Path) -> Iterator["Stage"]:
    """The writer's lock, with a copy of the current snapshot to change; `Stage.commit` swaps it in.

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
        stage = Stage(root)
        try:
            yield stage
        finally:
            stage.discard()


class Stage:
    """The next snapshot while it is being made.

    `current` is what it starts from, None for an empty base. Where the current snapshot or its manifest is damaged or
    of an older format, nothing of it is used: `current` is None, `damaged` says what is wrong, and the writer makes
    everything again from the originals.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.current, self.damaged = _sound_manifest(root)
        for folder in (root / "snapshots").glob("*.stage"):  # left by a killed writer
            shutil.rmtree(folder)
        if self.current:
            self._clear_uncommitted(self.current.snapshot)
        taken = [int(f.name) for f in (root / "snapshots").iterdir() if f.is_dir() and f.name.isdigit()]
        self.name = f"{max(taken, default=0) + 1:08d}"
        self.path = root / "snapshots" / f"{self.name}.stage"
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
        write_atomically(
            self.root / "manifest.json",
            json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode("utf-8"),
        )
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


def originals(root: Path) -> list[Path]:
    """The kept files, sorted."""
    found = [*(root / "originals").glob("*"), *(root / "originals").glob("*/*")]
    return sorted(file for file in found if file.is_file() and not file.name.startswith("."))


def keep_original(root: Path, identifier: str, file: Path) -> None:
    """Keep a file as it came under the id of its document; a file already kept stays as it is."""
    target = root / "originals" / identifier / file.name
    if target.exists() or not file.exists():
        return
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, file.read_bytes())


def digests(snapshot: Path) -> dict[str, str]:
    """The SHA-256 of every file of a snapshot by its path in it; RocksDB's own logs and lock left out."""
    files = (file for file in snapshot.rglob("*") if file.is_file() and not file.name.startswith(("LOG", "LOCK")))
    return {file.relative_to(snapshot).as_posix(): sha256(file) for file in sorted(files)}


def damage(snapshot: Path, manifest: Manifest) -> list[str]:
    """The files of a snapshot that are not as its manifest has them; empty where it is sound."""
    found = digests(snapshot)
    return sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name))


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
