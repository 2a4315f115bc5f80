"""Every IRI of the project is made here, and nowhere else.

IRIs are opaque ASCII and deterministic: the last segment is a key computed from what identifies the thing, never from
time, order, path or machine. The same input gives the same IRI everywhere. Labels carry the Chinese.
"""

import base64
import hashlib
from dataclasses import dataclass

DEFAULT_BASE = "https://w3id.org/yaodian/"
VOCABULARY = DEFAULT_BASE + "ontology#"
THEME = DEFAULT_BASE + "id/theme/"
FORM = DEFAULT_BASE + "id/form/"
RULE = DEFAULT_BASE + "id/rule/"
STRENGTH = DEFAULT_BASE + "id/strength/"

PREFIXES: dict[str, str] = {
    "yao": VOCABULARY,
    "theme": THEME,
    "form": FORM,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "org": "http://www.w3.org/ns/org#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
}

_KEY_BYTES = 10  # 80 bits: one chance in a million of a clash among 10^9 things
_SEPARATOR = "\x1f"  # stands in no name


def key(*parts: str) -> str:
    """A key of 16 characters [a-z2-7] for what `parts` identify (SHA-256, first 80 bits, base 32)."""
    digest = hashlib.sha256(_SEPARATOR.join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest[:_KEY_BYTES]).decode("ascii").lower()


def number(identifier: str) -> int:
    """The stable positive 63-bit id of a key, for stores that want integers (FAISS, SQLite)."""
    raw = base64.b32decode(identifier.upper())
    return int.from_bytes(raw[:8], "big") & 0x7FFF_FFFF_FFFF_FFFF


def term(name: str) -> str:
    """The IRI of a class or property of our own vocabulary."""
    return VOCABULARY + name


def theme(notation: str) -> str:
    """The IRI of a theme by its notation (`LV.edu`)."""
    return THEME + notation


def rule(name: str) -> str:
    """The IRI of a rule of extraction by its name in `rules.tsv`."""
    return RULE + name


def local(iri: str) -> str:
    """The `id` of a resource: the last segment of its IRI."""
    return iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def expand(curie: str) -> str:
    """The full IRI of a prefixed name such as `skos:prefLabel`; raises KeyError for an unknown prefix."""
    prefix, _, name = curie.partition(":")
    return PREFIXES[prefix] + name


@dataclass(frozen=True, slots=True)
class Names:
    """The IRIs of things described by a base. `base` is a setting that depends on neither host nor port."""

    base: str = DEFAULT_BASE

    def _id(self, kind: str, *parts: str) -> str:
        return f"{self.base}id/{kind}/{key(kind, *parts)}"

    def document(self, text: str) -> str:
        """A document version, identified by its text as read from the file."""
        return self._id("document", text)

    def node(self, document: str, path: str, *, item: bool) -> str:
        """A unit of a document's outline, identified by its path."""
        return self._id("item" if item else "section", document, path)

    def passage(self, document: str, start: int, end: int) -> str:
        """A sentence of a document, identified by its raw offsets."""
        return self._id("passage", document, str(start), str(end))

    def entity(self, cls: str, name: str) -> str:
        """An entity, identified by its class and its full name."""
        return self._id("entity", cls, name)

    def activity(self, document: str, path: str, name: str, start: int) -> str:
        """An activity: one instance in one place of one document."""
        return self._id("entity", "Activity", document, path, name, str(start))

    def mention(self, document: str, entity: str, start: int, end: int) -> str:
        """A mention of an entity, by its raw offsets."""
        return self._id("mention", document, entity, str(start), str(end))

    def fact(self, document: str, subject: str, predicate: str, object_: str, start: int, end: int) -> str:
        """A relation with its evidence, by its raw offsets."""
        return self._id("fact", document, subject, predicate, object_, str(start), str(end))

    def evidence(self, document: str, start: int, end: int) -> str:
        """Characters of a document that state something, by their raw offsets."""
        return self._id("evidence", document, str(start), str(end))

    def task(self, item: str) -> str:
        """The task frame of an item."""
        return self._id("task", item)

    def assertion(self, identifier: str) -> str:
        """What a user asserts, or the base proposes, by its id (see `graph.assertions`)."""
        return f"{self.base}id/assertion/{identifier}"

    def graph(self, name: str) -> str:
        """A named graph: a document's (by its id) or one of ontology, themes, links, corrections."""
        return f"{self.base}graph/{name}"
