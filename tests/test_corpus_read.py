"""Reading files: encodings, what is refused and how, what a folder gives."""

import codecs
from pathlib import Path

import pytest

import corpus.read
from corpus.errors import ReadError
from corpus.parse import parse_file
from corpus.read import find_files, read_text
from corpus.sample import SAMPLE

TEXT = "一、加强领导\r\n1.落实责任。各地要落实责任，𠮷祥。\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(TEXT.encode("utf-8"), TEXT, id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + TEXT.encode("utf-8"), TEXT, id="utf-8 with mark"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT, id="utf-16-le"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, id="utf-16-be"),
        pytest.param(TEXT.encode("gb18030"), TEXT, id="gb18030"),
        pytest.param("要点\x0c第二页".encode(), "要点\x0c第二页", id="page break"),
        pytest.param(b"plain", "plain", id="ascii"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, text: str) -> None:
    file = tmp_path / "plan.any"
    file.write_bytes(data)
    assert read_text(file) == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (codecs.BOM_UTF8, "empty"),
        ("\u3000\n".encode(), "empty"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04rest", "docx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old Office"),
        (b"\x89PNG\r\n", "picture"),
        (b"{\\rtf1", "rich text"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"text\x00more", "binary"),
        (b"a\x01\x02\x03\x04", "binary"),
        (b"\xff\xff\xff\xff", "GB18030"),
        (codecs.BOM_UTF16_LE + b"a", "GB18030"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(data)
    with pytest.raises(ReadError, match=message) as caught:
        read_text(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_folders_and_impossible_names_are_refused(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "none.txt", "no such file"),
        (tmp_path, "a folder"),
        (Path("a\0b"), "not|no such"),
    ]:
        with pytest.raises(ReadError, match=message):
            read_text(path)


def test_files_above_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus.read, "MAX_BYTES", 10)
    file = tmp_path / "plan.txt"
    file.write_text("x" * 11, encoding="utf-8")
    with pytest.raises(ReadError, match="limit"):
        read_text(file)


def test_folders_are_searched_and_files_taken_as_they_are(tmp_path: Path) -> None:
    for name in ["b.txt", "a.md", "sub/c.TXT", "sub/d.markdown", "e.pdf", "f.text"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("要点", encoding="utf-8")
    names = ["a.md", "b.txt", "f.text", "sub/c.TXT", "sub/d.markdown"]
    assert find_files([tmp_path]).files == tuple(sorted(tmp_path / name for name in (*names, "e.pdf")))
    assert find_files([tmp_path / "e.pdf", tmp_path / "a.md", tmp_path / "a.md"]).files == (
        tmp_path / "a.md",
        tmp_path / "e.pdf",
    )


def test_hidden_folders_and_the_base_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.txt", ".git/b.txt", "kb/originals/c.txt", "sub/.hidden.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TEXT, encoding="utf-8")
    assert find_files([tmp_path], leave_out=tmp_path / "kb").files == (tmp_path / "a.txt",)


def test_missing_paths_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read_text(tmp_path / "none")
    ((path, reason),) = find_files([tmp_path]).refused
    assert path == tmp_path
    assert "no plans" in reason


def test_the_sample_is_there_and_named_as_its_source() -> None:
    assert SAMPLE.with_name("PROVENANCE.md").is_file()
    assert parse_file(SAMPLE).source == "jinhua-cppcc-2022.txt"
