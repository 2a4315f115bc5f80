"""The catalogue: documents, items, sentences, names and theme links as rows, and which tokens every item holds.

One file, so that a document comes and goes in one transaction. What a search ranks by is read from it at once
(`index.columns`); rows are fetched for what is shown.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import BaseError, NotFoundError
from index import tokens

_SCHEMA = """
CREATE TABLE documents (id TEXT PRIMARY KEY, iri TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL,
                        metadata TEXT NOT NULL, repairs INTEGER NOT NULL, profile TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, iri TEXT NOT NULL, document TEXT NOT NULL,
                    position INTEGER NOT NULL, path TEXT NOT NULL, ordinal INTEGER, heading TEXT, section TEXT,
                    text TEXT NOT NULL, raw TEXT,
                    start INTEGER NOT NULL, end INTEGER NOT NULL, is_item INTEGER NOT NULL);
CREATE INDEX items_of_document ON items (document, position);
CREATE TABLE sentences (number INTEGER PRIMARY KEY, item INTEGER NOT NULL, text TEXT NOT NULL, raw TEXT,
                        start INTEGER NOT NULL, end INTEGER NOT NULL);
CREATE INDEX sentences_of_item ON sentences (item, start);
CREATE TABLE names (name TEXT NOT NULL, item INTEGER NOT NULL, iri TEXT NOT NULL, cls TEXT NOT NULL,
                    label TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
                    PRIMARY KEY (name, item, iri, start)) WITHOUT ROWID;
CREATE INDEX names_of_item ON names (item);
CREATE TABLE links (theme TEXT NOT NULL, item INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
                    grade INTEGER NOT NULL, text TEXT NOT NULL,
                    PRIMARY KEY (theme, item, start, end)) WITHOUT ROWID;
CREATE INDEX links_of_item ON links (item);
CREATE TABLE cuts (item INTEGER PRIMARY KEY, held BLOB NOT NULL);
CREATE TABLE profiles (document TEXT PRIMARY KEY, tokens BLOB NOT NULL) WITHOUT ROWID;
"""
_MAPPED = 1 << 32  # bytes of a finished file that may be read through memory
_STORED = np.dtype("<u8")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document; `metadata` as in `parse --json`, `profile` the words that say whose plan and for when it is."""

    id: str
    iri: str
    title: str
    source: str
    metadata: dict[str, object]
    repairs: int
    profile: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item or a section; `number` is the 63-bit id of its vector, `ordinal` the printed number, offsets raw.

    `raw` is the text as printed where a repair changed it, else None.
    """

    number: int
    id: str
    iri: str
    document: str
    position: int
    path: str
    ordinal: int | None
    heading: str | None
    section: str | None
    text: str
    raw: str | None
    start: int
    end: int
    is_item: bool

    @property
    def printed(self) -> str:
        """The characters between the raw offsets."""
        return self.text if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A sentence of an item; `raw` is the text as printed where a repair changed it, else None; offsets raw."""

    number: int
    item: int
    text: str
    raw: str | None
    start: int
    end: int

    @property
    def printed(self) -> str:
        """The characters between the raw offsets."""
        return self.text if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class NameRow:
    """An entity named in an item: `name` normalised as queries are, `label` the full name, offsets raw."""

    name: str
    item: int
    iri: str
    cls: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """An item's link to a theme (IRI): grade 2 (heading or main line) or 1 (in passing), and the words that show it.

    Offsets are raw.
    """

    theme: str
    item: int
    start: int
    end: int
    grade: int
    text: str


class Catalogue:
    """Rows by id. One connection, which threads use in turn."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._turn = threading.RLock()
        mode = "rwc" if writable else "ro&immutable=1"
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        try:
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise BaseError(f"the catalogue {path} cannot be opened ({error}); run: yaodian repair") from error

    @classmethod
    def create(cls, path: Path) -> "Catalogue":
        """A new, empty catalogue, open for writing."""
        catalogue = cls(path, writable=True)
        catalogue._connection.executescript(_SCHEMA)
        catalogue._connection.execute(f"PRAGMA user_version = {tokens.VERSION}")
        return catalogue

    @classmethod
    def edit(cls, path: Path) -> "Catalogue":
        """An existing catalogue, open for writing."""
        return cls(path, writable=True)._checked()

    @classmethod
    def read(cls, path: Path) -> "Catalogue":
        """A finished catalogue that nobody writes any more."""
        catalogue = cls(path, writable=False)._checked()
        catalogue._connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
        return catalogue

    def _checked(self) -> "Catalogue":
        try:
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self.close()
            raise BaseError(f"the catalogue {self._path} cannot be read ({error}); run: yaodian repair") from error
        if version != tokens.VERSION:
            self.close()
            raise BaseError(
                f"the catalogue {self._path} was cut by tokenizer version {version}, this program's is "
                f"{tokens.VERSION}; run: yaodian repair"
            )
        return self

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        with self._turn:
            return self._connection.execute(query, values).fetchall()

    # ---- writing

    def put(
        self,
        document: DocumentRow,
        nodes: Sequence[ItemRow],
        sentences: Sequence[SentenceRow],
        names: Sequence[NameRow],
        links: Sequence[LinkRow],
    ) -> None:
        """Add or replace a document with its outline, sentences, names and theme links, in one transaction."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._delete(document.id)
            values = asdict(document) | {"metadata": json.dumps(document.metadata, ensure_ascii=False)}
            connection.execute(
                "INSERT INTO documents VALUES (:id,:iri,:title,:source,:metadata,:repairs,:profile)", values
            )
            connection.executemany(
                "INSERT INTO items VALUES (:number,:id,:iri,:document,:position,:path,:ordinal,:heading,:section,"
                ":text,:raw,:start,:end,:is_item)",
                [asdict(node) for node in nodes],
            )
            connection.executemany(
                "INSERT INTO sentences VALUES (:number,:item,:text,:raw,:start,:end)", [asdict(s) for s in sentences]
            )
            connection.executemany(
                "INSERT OR IGNORE INTO names VALUES (:name,:item,:iri,:cls,:label,:start,:end)",
                [asdict(name) for name in names],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO links VALUES (:theme,:item,:start,:end,:grade,:text)",
                [asdict(link) for link in links],
            )
            connection.executemany(
                "INSERT INTO cuts VALUES (?, ?)",
                [(node.number, tokens.held(node.text).astype(_STORED).tobytes()) for node in nodes if node.is_item],
            )
            profile = np.array(sorted(map(tokens.number, tokens.query_tokens(document.profile))), _STORED)
            connection.execute("INSERT INTO profiles VALUES (?, ?)", (document.id, profile.tobytes()))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def remove(self, document: str) -> None:
        """Take a document out with all that came from it, in one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._delete(document)
        self._connection.execute("COMMIT")

    def _delete(self, document: str) -> None:
        numbers = [
            (n,) for (n,) in self._connection.execute("SELECT number FROM items WHERE document = ?", (document,))
        ]
        for table in ("cuts", "sentences", "names", "links"):
            self._connection.executemany(f"DELETE FROM {table} WHERE item = ?", numbers)
        self._connection.execute("DELETE FROM profiles WHERE document = ?", (document,))
        self._connection.execute("DELETE FROM items WHERE document = ?", (document,))
        self._connection.execute("DELETE FROM documents WHERE id = ?", (document,))

    def finish(self) -> None:
        """Pack the file, so that the same documents give a compact snapshot and nothing of removed ones stays in it."""
        self._connection.execute("VACUUM")

    # ---- reading

    def documents(self) -> list[DocumentRow]:
        """Every document, by title and id."""
        rows = self._rows("SELECT * FROM documents ORDER BY title, id")
        return [_document(row) for row in rows]

    def document(self, identifier: str) -> DocumentRow | None:
        """A document by its id."""
        row = next(iter(self._rows("SELECT * FROM documents WHERE id = ?", (identifier,))), None)
        return _document(row) if row else None

    def find(self, name: str) -> DocumentRow:
        """A document by its id, its IRI or its file's name; raises NotFoundError where none or several bear it."""
        row = self.document(name.rpartition("/")[2])
        if row:
            return row
        named = [row for row in self.documents() if row.source == name]
        if len(named) == 1:
            return named[0]
        if named:
            ids = ", ".join(row.id for row in named)
            raise NotFoundError(f"{len(named)} documents come from a file named {name}; name one by its id: {ids}")
        raise NotFoundError(f"no document {name[:200]} in this base; list them with: yaodian list")

    def nodes(self, document: str) -> list[ItemRow]:
        """A document's outline, items and sections in their order."""
        rows = self._rows("SELECT * FROM items WHERE document = ? ORDER BY position", (document,))
        return [_item(row) for row in rows]

    def item(self, identifier: str) -> ItemRow | None:
        """An item or section by its id."""
        row = next(iter(self._rows("SELECT * FROM items WHERE id = ?", (identifier,))), None)
        return _item(row) if row else None

    def items(self, numbers: Iterable[int]) -> dict[int, ItemRow]:
        """Items by their numbers; unknown numbers are left out."""
        return {row[0]: _item(row) for row in self._select("SELECT * FROM items WHERE is_item AND number IN", numbers)}

    def sentences(self, items: Iterable[int]) -> dict[int, list[SentenceRow]]:
        """The sentences of items, in their order."""
        found: dict[int, list[SentenceRow]] = {}
        for row in self._select("SELECT * FROM sentences WHERE item IN", items, "ORDER BY item, start"):
            found.setdefault(row[1], []).append(SentenceRow(*row))
        return found

    def owners(self, numbers: Iterable[int]) -> dict[int, int]:
        """The item that each vector belongs to: itself for an item, its item for a sentence."""
        wanted = list(numbers)
        owner = {row[0]: row[1] for row in self._select("SELECT number, item FROM sentences WHERE number IN", wanted)}
        return {number: owner.get(number, number) for number in wanted}

    def vector_ids(self, document: str | None = None) -> list[int]:
        """The ids of all vectors, or of one document's, sorted."""
        where, values = ("AND document = ?", (document,)) if document else ("", ())
        query = (
            f"SELECT number FROM items WHERE is_item {where} UNION ALL "
            f"SELECT s.number FROM sentences s JOIN items i ON i.number = s.item WHERE is_item {where}"
        )
        return sorted(number for (number,) in self._rows(query, values * 2))

    def counts(self) -> tuple[int, int]:
        """Documents and items."""
        documents = self._rows("SELECT count(*) FROM documents")[0][0]
        items = self._rows("SELECT count(*) FROM items WHERE is_item")[0][0]
        return documents, items

    def order(self) -> list[tuple[int, str]]:
        """The number and the document of every item, by document and place."""
        return self._rows("SELECT number, document FROM items WHERE is_item ORDER BY document, position")

    def sentence_order(self) -> list[tuple[int, int]]:
        """The number and the item of every sentence, by item and place."""
        return self._rows("SELECT number, item FROM sentences ORDER BY item, start")

    def cuts(self) -> dict[int, tokens.Held]:
        """The tokens of every item, as `tokens.held` gives them."""
        return {item: np.frombuffer(held, _STORED) for item, held in self._rows("SELECT item, held FROM cuts")}

    def profiles(self) -> dict[str, frozenset[int]]:
        """The tokens of what says whose plan a document is, as `tokens.number` gives them, by document."""
        rows = self._rows("SELECT document, tokens FROM profiles")
        return {document: frozenset(np.frombuffer(held, _STORED).tolist()) for document, held in rows}

    def linked(self, theme: str) -> list[tuple[int, int]]:
        """The items linked to a theme (IRI), each with the best grade of its links."""
        return self._rows("SELECT item, max(grade) FROM links WHERE theme = ? GROUP BY item", (theme,))

    def links(self, items: Iterable[int]) -> dict[int, list[LinkRow]]:
        """The theme links of items."""
        found: dict[int, list[LinkRow]] = {}
        for row in self._select("SELECT * FROM links WHERE item IN", items, "ORDER BY item, theme, start"):
            found.setdefault(row[1], []).append(LinkRow(*row))
        return found

    def texts(self, sentences: Iterable[int]) -> dict[int, str]:
        """The texts of sentences, by their numbers."""
        return dict(self._select("SELECT number, text FROM sentences WHERE number IN", sentences))

    def named(self, names: Iterable[str]) -> list[NameRow]:
        """Where entities of these (normalised) names are mentioned in items."""
        return [NameRow(*row) for row in self._select("SELECT * FROM names WHERE name IN", names)]

    def names_of(self, items: Iterable[int]) -> list[NameRow]:
        """What items name, under every form."""
        return [NameRow(*row) for row in self._select("SELECT * FROM names WHERE item IN", items)]

    def name_keys(self) -> list[str]:
        """Every (normalised) name under which items mention something, sorted."""
        return [name for (name,) in self._rows("SELECT DISTINCT name FROM names ORDER BY name")]

    def integrity(self) -> list[str]:
        """Faults that SQLite itself sees; empty where it is sound."""
        try:
            found = [str(row[0]) for row in self._rows("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    def _select(self, query: str, values: Iterable[int | str], tail: str = "") -> list[Any]:
        wanted = list(values)
        rows: list[Any] = []
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            rows += self._rows(f"{query} ({marks}) {tail}", part)
        return rows


def _document(row: Any) -> DocumentRow:
    identifier, iri, title, source, metadata, repairs, profile = row
    return DocumentRow(identifier, iri, title, source, json.loads(metadata), int(repairs), profile)


def _item(row: Any) -> ItemRow:
    return ItemRow(*row)
