"""From files to text: finding plans, telling text from binary, decoding."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import ReadError

SUFFIXES = (".txt", ".md", ".markdown", ".text")
OFFICE_SUFFIXES = (".doc", ".docx", ".wps", ".pdf", ".ofd", ".xls", ".xlsx", ".odt", ".rtf")
MAX_BYTES = 64 * 1024 * 1024  # far above any plan; keeps a mistaken disk image from filling the memory

# First bytes of formats that offices send around, with what to do about them.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF file; save its text as .txt (UTF-8) first"),
    (
        b"PK\x03\x04",
        "a zip container (.docx, .xlsx, .ofd, .wps or an archive); save it as plain text (.txt, UTF-8) first",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office file (.doc, .xls, .wps); save it as plain text (.txt, UTF-8) first",
    ),
    (b"{\\rtf", "a rich text (.rtf) file; save it as plain text (.txt, UTF-8) first"),
    (b"\x89PNG", "a picture; recognise its text first and save it as .txt (UTF-8)"),
    (b"\xff\xd8\xff", "a picture; recognise its text first and save it as .txt (UTF-8)"),
    (b"GIF8", "a picture; recognise its text first and save it as .txt (UTF-8)"),
    (b"II*\x00", "a picture; recognise its text first and save it as .txt (UTF-8)"),
    (b"MM\x00*", "a picture; recognise its text first and save it as .txt (UTF-8)"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"Rar!", "a compressed file; unpack it first"),
    (b"7z\xbc\xaf", "a compressed file; unpack it first"),
    (b"SQLite format 3\x00", "a database, not a plan; give a text file"),
    (b"\x7fELF", "a program, not a plan; give a text file"),
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Control characters that no text holds; tab, line ends, page breaks and the DOS end-of-file mark may stand.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_MAX_CONTROL = 0.01  # a stray control character from a converter does not make a file binary


def read_text(path: Path) -> str:
    """The text of a file: UTF-8 with or without mark, UTF-16 with mark, else GB18030; line ends as they are.

    A byte order mark is not part of the text. Raises ReadError for a file that is missing, empty, too big or no text.
    """
    data = _read_bytes(path)
    text = _decode(path, data)
    if not text.strip("\ufeff \t\r\n\x0b\x0c\u3000\x1a"):
        raise ReadError(f"{path}: the file is empty; give a file with the text of a plan")
    if "\x00" in text or len(_CONTROL.findall(text)) > len(text) * _MAX_CONTROL:
        raise ReadError(f"{path}: binary data, not text; save the plan as plain text (.txt, UTF-8) first")
    return text


@dataclass(frozen=True, slots=True)
class Survey:
    """What paths name: files to read, sorted, each once; and what cannot be read at all, with the reason."""

    files: tuple[Path, ...]
    refused: tuple[tuple[Path, str], ...]


def find_files(paths: Sequence[Path], leave_out: Path | None = None) -> Survey:
    """The files that `paths` name: files as they are, folders searched for plans.

    A folder gives its text files and the office files that `read_text` refuses with advice, so that nobody misses
    them in silence; hidden files and folders, and the folder `leave_out` (the base itself), are passed over.
    """
    found: set[Path] = set()
    refused: list[tuple[Path, str]] = []
    for path in paths:
        if not path.is_dir():
            found.add(path)  # one that is not there is refused by `read_text`, which says so
            continue
        inside = [file for file in path.rglob("*") if _is_plan(file.relative_to(path), file, leave_out)]
        found.update(inside)
        if not inside:
            wanted = ", ".join(SUFFIXES)
            refused.append((path, f"{path}: no plans in this folder; it needs files ending in {wanted}"))
    return Survey(tuple(sorted(found)), tuple(refused))


def _is_plan(below: Path, file: Path, leave_out: Path | None) -> bool:
    if any(part.startswith(".") for part in below.parts) or file.suffix.lower() not in (*SUFFIXES, *OFFICE_SUFFIXES):
        return False
    if leave_out is not None and leave_out.resolve() in file.resolve().parents:
        return False
    return file.is_file()


def _read_bytes(path: Path) -> bytes:
    """The bytes of a regular file within the size limit; ReadError says what is wrong otherwise."""
    try:
        if path.is_dir():
            raise ReadError(f"{path}: a folder, not a file; name a file in it")
        if not path.exists():
            raise ReadError(f"{path}: no such file; check the spelling")
        if not path.is_file():
            raise ReadError(f"{path}: a device or pipe, not a file; save the plan as a file first")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ReadError(f"{path}: more than the limit of {MAX_BYTES // 1024 // 1024} MiB; split the file")
        return data
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from error
    except ValueError as error:  # a NUL in the path
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"{path!s:.80}: not a possible file name; check the spelling") from error


def _decode(path: Path, data: bytes) -> str:
    """Bytes to characters, by mark, then strict UTF-8, then GB18030."""
    for start, kind in _SIGNATURES:
        if data.startswith(start):
            raise ReadError(f"{path}: {kind}")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_as(path, data[len(mark) :], encoding)
    if b"\x00" in data:
        raise ReadError(f"{path}: binary data, not text; save the plan as plain text (.txt, UTF-8) first")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_as(path, data, "gb18030")


def _decode_as(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise ReadError(f"{path}: neither UTF-8, UTF-16 nor GB18030 ({where}); save it as UTF-8 text") from error
