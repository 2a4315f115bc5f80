"""The catalogue: documents, items and sentences as rows, and the lexical index over the items (SQLite FTS5).

One file, so that a document comes and goes in one transaction. The text is cut by `index.tokens` before FTS5 sees it;
FTS5's own tokenizer only splits at blanks.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.errors import BaseError
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
CREATE VIRTUAL TABLE lexical USING fts5(tokens, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(lexical, row);
"""


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


class Catalogue:
    """Rows by id, and the items that hold given tokens. One connection, which threads use in turn."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._turn = threading.RLock()
        mode = "rwc" if writable else "ro&immutable=1"
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        try:
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise BaseError(f"the catalogue {path} cannot be opened ({error}); build the base again") from error

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
        return cls(path, writable=False)._checked()

    def _checked(self) -> "Catalogue":
        try:
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self.close()
            raise BaseError(f"the catalogue {self._path} cannot be read ({error}); build the base again") from error
        if version != tokens.VERSION:
            self.close()
            raise BaseError(
                f"the catalogue {self._path} was cut by tokenizer version {version}, this program's is "
                f"{tokens.VERSION}; build the base again: yaodian build"
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
    ) -> None:
        """Add or replace a document with its outline, sentences and names, in one transaction."""
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
                "INSERT INTO lexical (rowid, tokens) VALUES (?, ?)",
                [(node.number, " ".join(tokens.tokens(node.text))) for node in nodes if node.is_item],
            )
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
        self._connection.executemany("DELETE FROM lexical WHERE rowid = ?", numbers)
        self._connection.executemany("DELETE FROM sentences WHERE item = ?", numbers)
        self._connection.executemany("DELETE FROM names WHERE item = ?", numbers)
        self._connection.execute("DELETE FROM items WHERE document = ?", (document,))
        self._connection.execute("DELETE FROM documents WHERE id = ?", (document,))

    def finish(self) -> None:
        """Merge the lexical index and pack the file, so that the same documents give a compact snapshot."""
        self._connection.execute("INSERT INTO lexical (lexical) VALUES ('optimize')")
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

    def match(self, wanted: Sequence[str], limit: int, documents: Collection[str] | None = None) -> list[int]:
        """The items that hold any of the tokens, of all documents or of some (ids), by BM25, best first."""
        if not wanted:
            return []
        expression = " OR ".join(f'"{token}"' for token in wanted)
        values = () if documents is None else tuple(documents)
        where = "" if documents is None else f"AND i.document IN ({','.join('?' * len(values))})"
        rows = self._rows(
            f"SELECT i.number FROM lexical JOIN items i ON i.number = lexical.rowid WHERE lexical MATCH ? {where} "
            "ORDER BY bm25(lexical), i.number LIMIT ?",
            (expression, *values, limit),
        )
        return [number for (number,) in rows]

    def tokens_of(self, items: Iterable[int]) -> dict[int, list[str]]:
        """The tokens of items, as indexed."""
        return {
            n: text.split(" ") for n, text in self._select("SELECT rowid, tokens FROM lexical WHERE rowid IN", items)
        }

    def frequencies(self, wanted: Iterable[str]) -> dict[str, int]:
        """In how many items each token stands; tokens that stand nowhere are left out."""
        return dict(self._select("SELECT term, doc FROM vocabulary WHERE term IN", wanted))

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
