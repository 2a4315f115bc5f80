"""A base as one file: `backup(root, file)`, `restore(file, root)`. A zip file that holds, besides the base's files,

    backup.json   {"format", "base": the base's format, "files": {path: {"sha256", "bytes"}}}, every other entry in it

What is restored becomes the next snapshot of the folder it is restored to, swapped in like every other write.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from corpus.errors import BaseError, ReadError
from graph.aliases import FILE
from index import base
from index.types import BackupReport

FORMAT = 1
_LIST = "backup.json"
_LARGEST_LIST = 256 * 1024 * 1024  # bytes; 40 times what a base of 20,000 documents needs
_BLOCK = 1 << 20
_RETRIES = 5  # a writer may take an original away while it is being read


# ---- out


def backup(root: Path, file: Path) -> BackupReport:
    """Write the current snapshot of a base, its originals and its alias table to one file, whole or not at all.

    Writers need not wait. Raises BaseError, naming the file, where the base is damaged, ReadError where `file` cannot
    be written.
    """
    for _ in range(_RETRIES):
        with closing(base.Snapshot.open(root)) as snapshot:
            try:
                with _written_whole(file) as archive:
                    kept = _write(snapshot, archive)
                return _report(file, snapshot.manifest, kept)
            except BaseError:
                if base.read_manifest(root) == snapshot.manifest:
                    raise  # it is damaged; else a writer swapped another snapshot in, which is read now
    raise BaseError(f"{root} is written to all the time; back it up when the writers have finished")


def _write(snapshot: base.Snapshot, archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    manifest = snapshot.manifest
    files = {f"snapshot/{name}": (snapshot.path / name, digest) for name, digest in manifest.files.items()}
    originals = snapshot.root / "originals"
    files |= {f"originals/{name}": (originals / name, digest) for name, digest in manifest.originals.items()}
    kept = {name: _put(archive, name, path, digest) for name, (path, digest) in sorted(files.items())}
    if (snapshot.root / FILE).is_file():
        kept[FILE] = _put(archive, FILE, snapshot.root / FILE, None)
    kept["manifest.json"] = _put_bytes(archive, "manifest.json", manifest.to_json())
    contents = {"format": FORMAT, "base": manifest.format, "files": kept}
    _put_bytes(archive, _LIST, json.dumps(contents, indent=1).encode("ascii"))
    return kept


def _put(archive: zipfile.ZipFile, name: str, path: Path, digest: str | None) -> dict[str, Any]:
    """Add a file; raises BaseError where it has not the digest that it should have."""
    found, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as source, archive.open(_info(name), "w", force_zip64=True) as target:
            while block := source.read(_BLOCK):
                found.update(block)
                size += len(block)
                target.write(block)
    except FileNotFoundError:
        raise BaseError(f"{path} is gone; mend the base first: yaodian check, yaodian repair") from None
    if digest not in (None, found.hexdigest()):
        raise BaseError(f"{path} is not as the manifest has it; mend the base first: yaodian check, yaodian repair")
    return {"sha256": found.hexdigest(), "bytes": size}


def _put_bytes(archive: zipfile.ZipFile, name: str, content: bytes) -> dict[str, Any]:
    archive.writestr(_info(name), content)
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _info(name: str) -> zipfile.ZipInfo:
    """An entry without a date: the same base gives the same bytes."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


@contextmanager
def _written_whole(file: Path) -> Iterator[zipfile.ZipFile]:
    """A zip file under another name, which takes the place of `file` when all is written."""
    try:
        if file.is_dir():
            raise ReadError(f"{file} is a folder; name a file to write the backup to")
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        raise ReadError(f"{file} cannot be written ({error.strerror}); choose another file") from error
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            with zipfile.ZipFile(stream, "w", compresslevel=1) as archive:
                yield archive
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except OSError as error:
        raise ReadError(f"{file} cannot be written ({error.strerror or error}); choose another file") from error
    finally:
        partial.unlink(missing_ok=True)


# ---- in


def restore(file: Path, root: Path, *, force: bool = False) -> BackupReport:
    """Make the base at `root` what a backup holds; every file is checked before anything is swapped in.

    Raises BaseError, naming what is wrong, for a file that is no backup, is torn, changed or hostile, or made by a
    later program, and for a base that holds documents already unless `force` is given; then `root` is as it was.
    """
    with _opened(file) as archive:
        kept = _contents(archive, file)
        manifest = _manifest(archive, kept, file)
        with base.writing(root, blank=True) as stage:
            _refuse_to_lose(root, force)
            _refuse_to_fill(root, kept)
            folder = stage.path / ".originals"
            for name in sorted(kept):
                top, _, below = name.partition("/")
                if top == "snapshot":
                    _take(archive, name, kept, file, stage.path / below)
                elif top == "originals":
                    _take(archive, name, kept, file, folder / below)
            aliases = _read(archive, FILE, kept, file) if FILE in kept else None
            _refuse_mismatch(stage.path, manifest, file)
            _move_originals(folder, root, manifest)
            stage.commit(replace(manifest, snapshot=stage.name))
            _put_aliases(root / FILE, aliases)
    return _report(file, manifest, kept)


def _refuse_to_lose(root: Path, force: bool) -> None:
    if force or not base.exists(root):
        return
    try:
        documents = base.read_manifest(root).documents
    except BaseError:
        documents = -1
    if documents:
        held = f"{documents} documents" if documents > 0 else "a base that cannot be read"
        raise BaseError(f"{root} holds {held} already; restore to another folder, or over it with --force")


def _refuse_to_fill(root: Path, kept: Mapping[str, Mapping[str, Any]]) -> None:
    needed, free = sum(entry["bytes"] for entry in kept.values()), shutil.disk_usage(root).free
    if needed > free:
        raise BaseError(f"the base needs {needed} bytes, {root} has {free} free; restore it where there is room")


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError:
        raise ReadError(f"{file}: no such file; check the spelling") from None
    except OSError as error:
        raise ReadError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:  # the last: a later version of zip
        raise _torn(file, "it is no whole zip file") from error
    with archive:
        yield archive


def _contents(archive: zipfile.ZipFile, file: Path) -> dict[str, dict[str, Any]]:
    """What the backup says it holds, each name and size plausible, and nothing else in it."""
    names = archive.namelist()
    if _LIST not in names:
        raise BaseError(f"{file} is no backup of a base (it has no {_LIST}); make one: yaodian backup FILE")
    if archive.getinfo(_LIST).file_size > _LARGEST_LIST:
        raise _torn(file, f"{_LIST} is too large")
    found = _json(_bounded(archive, _LIST, _LARGEST_LIST, file), file, _LIST)
    version = found.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise BaseError(
            f"{file} has backup format {version}, this program reads {FORMAT}; use the program that made it"
        )
    kept = found.get("files")
    if version != FORMAT or not isinstance(kept, dict) or not all(map(_is_entry, kept.values())):
        raise _torn(file, f"{_LIST} is not as a backup has it")
    for name in (*names, *kept):
        if name.partition("/")[0] not in ("snapshot", "originals", "manifest.json", FILE, _LIST):
            raise BaseError(f"{file} is no backup of a base: {name[:80]!r} belongs to none")
        if not base.stays_inside(name):
            raise BaseError(f"{file} is hostile: {name[:80]!r} leads out of the base; nothing was restored")
    if sorted(names) != sorted([*kept, _LIST]):
        odd = sorted({*names}.symmetric_difference({*kept, _LIST})) or ["an entry that stands twice"]
        raise _torn(file, f"{odd[0][:80]} is not where {_LIST} has it")
    return kept


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("sha256"), str)
        and type(entry.get("bytes")) is int
        and entry["bytes"] >= 0
    )


def _manifest(archive: zipfile.ZipFile, kept: Mapping[str, Mapping[str, Any]], file: Path) -> base.Manifest:
    """The manifest of the base in the backup; raises BaseError where it is of another format or damaged."""
    if "manifest.json" not in kept:
        raise _torn(file, "manifest.json is missing")
    with tempfile.TemporaryDirectory() as folder:  # it is read, and judged, as that of any base
        (Path(folder) / "manifest.json").write_bytes(_read(archive, "manifest.json", kept, file))
        try:
            return base.read_manifest(Path(folder))
        except BaseError as error:
            raise BaseError(f"{file}: {str(error).replace(folder, 'the backup')}") from None


def _take(archive: zipfile.ZipFile, name: str, kept: Mapping[str, Mapping[str, Any]], file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        _copy(archive, name, kept, file, out.write)


def _read(archive: zipfile.ZipFile, name: str, kept: Mapping[str, Mapping[str, Any]], file: Path) -> bytes:
    if kept[name]["bytes"] > _LARGEST_LIST:
        raise _torn(file, f"{name} is too large")
    blocks: list[bytes] = []
    _copy(archive, name, kept, file, blocks.append)
    return b"".join(blocks)


def _copy(
    archive: zipfile.ZipFile,
    name: str,
    kept: Mapping[str, Mapping[str, Any]],
    file: Path,
    write: Callable[[bytes], object],
) -> None:
    """Copy one entry block by block; raises BaseError, naming it, where it is longer or other than it should be."""
    found, left = hashlib.sha256(), kept[name]["bytes"]
    with _entry(archive, name, file) as source:
        while block := _block(source, file, name):
            left -= len(block)
            if left < 0:
                break
            found.update(block)
            write(block)
    if left or found.hexdigest() != kept[name]["sha256"]:
        raise _torn(file, f"{name[:80]} is not as {_LIST} has it")


def _bounded(archive: zipfile.ZipFile, name: str, most: int, file: Path) -> bytes:
    with _entry(archive, name, file) as source:
        content = bytearray()
        while len(content) <= most and (block := _block(source, file, name)):
            content += block
    return bytes(content)


def _entry(archive: zipfile.ZipFile, name: str, file: Path) -> IO[bytes]:
    try:
        return archive.open(name)
    # zipfile raises RuntimeError for an encrypted entry, NotImplementedError for a compression that it does not know.
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise _torn(file, f"{name[:80]} cannot be read") from error


def _block(source: IO[bytes], file: Path, name: str) -> bytes:
    try:
        return source.read(_BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise _torn(file, f"{name[:80]} cannot be read") from error


def _json(content: bytes, file: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise _torn(file, f"{name} is no JSON") from None
    if not isinstance(found, dict):
        raise _torn(file, f"{name} is not as a backup has it")
    return found


def _refuse_mismatch(stage: Path, manifest: base.Manifest, file: Path) -> None:
    """Raise BaseError where what was unpacked is not, file by file, what the base's own manifest lists."""
    originals = stage / ".originals"
    found = {name: digest for name, digest in base.digests(stage).items() if not name.startswith(".originals/")}
    if found != manifest.files:
        raise _torn(file, "its snapshot is not as its manifest has it")
    there = {path.relative_to(originals).as_posix() for path in originals.rglob("*") if path.is_file()}
    if there != manifest.originals.keys():
        raise _torn(file, "its originals are not as its manifest has them")
    for name, digest in manifest.originals.items():
        if not base.is_whole(originals / name, digest):
            raise _torn(file, f"originals/{name[:80]} is not as its manifest has it")


def _move_originals(folder: Path, root: Path, manifest: base.Manifest) -> None:
    """Put the originals where they belong; those that are there already, and whole, stay."""
    for name, digest in manifest.originals.items():
        base.keep_original(root, name, folder / name, digest)
    shutil.rmtree(folder, ignore_errors=True)


def _put_aliases(table: Path, content: bytes | None) -> None:
    """The alias table as it was backed up; another one is kept beside it."""
    if table.is_file() and table.read_bytes() != content:
        table.replace(table.with_name(f"{table.name}.old"))
    if content is not None:
        base.write_atomically(table, content)


def _torn(file: Path, why: str) -> BaseError:
    return BaseError(f"{file} is damaged or was changed: {why}; nothing was restored, take another backup")


def _report(file: Path, manifest: base.Manifest, kept: Mapping[str, Mapping[str, Any]]) -> BackupReport:
    return BackupReport(
        file=str(file),
        bytes=file.stat().st_size,
        files=len(kept),
        documents=manifest.documents,
        items=manifest.items,
        triples=manifest.triples,
    )
