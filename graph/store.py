"""The RDF store: an Oxigraph database on disk or in memory. The only file that knows pyoxigraph.

The default graph of every query is the union of all named graphs (DESIGN.md, "Identity and evidence").
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from typing import Literal as Choice

import pyoxigraph as ox

from corpus.errors import BaseError, FormatError, QueryError
from graph.guard import names_a_dataset, refuse_depth, refuse_ways_out
from graph.terms import Literal, Quad, Term
from ontology.namespace import PREFIXES

RESULT_FORMATS: Mapping[str, ox.QueryResultsFormat] = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPH_FORMATS: Mapping[str, ox.RdfFormat] = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_DATASET_FORMATS = frozenset({"nquads", "trig", "jsonld"})
_POSITION = re.compile(r"^error at (\d+):(\d+): *(.*)$", re.S)

Kind = Choice["select", "ask", "graph"]


class QueryResult:
    """What a query gave: rows (`select`), yes or no (`ask`) or triples (`graph`). It can be read once."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.kind: Kind = "graph"
        self.variables: tuple[str, ...] = ()
        if isinstance(raw, ox.QuerySolutions):
            self.kind = "select"
            self.variables = tuple(variable.value for variable in raw.variables)
        elif isinstance(raw, ox.QueryBoolean):
            self.kind = "ask"

    def __bool__(self) -> bool:
        return bool(self._raw)

    def rows(self) -> Iterator[dict[str, Term]]:
        """The rows of a `select`, unbound variables left out."""
        for solution in self._raw:
            bound = ((name, solution[name]) for name in self.variables)
            yield {name: from_ox(value) for name, value in bound if value is not None}

    def triples(self) -> Iterator[tuple[str, str, Term]]:
        """The triples of a `graph` result."""
        for triple in self._raw:
            yield _iri(triple.subject), triple.predicate.value, from_ox(triple.object)

    def serialize(self, format: str) -> bytes:
        """The result in a standard format: json, xml, csv, tsv for rows and yes or no; an RDF format for triples.

        Raises FormatError where the format cannot hold this kind of result.
        """
        if self.kind == "graph":
            if format not in GRAPH_FORMATS:
                raise FormatError(f"{format} cannot hold triples; use one of {', '.join(GRAPH_FORMATS)}")
            return ox.serialize(self._raw, format=GRAPH_FORMATS[format], prefixes=PREFIXES) or b""
        if format not in RESULT_FORMATS:
            raise FormatError(f"{format} cannot hold rows; use one of {', '.join(RESULT_FORMATS)}")
        if self.kind == "ask" and format in ("csv", "tsv"):
            return (str(bool(self._raw)).lower() + "\r\n").encode()  # SPARQL 1.1 gives ASK no CSV form
        return bytes(self._raw.serialize(format=RESULT_FORMATS[format]))


class Store:
    """Named graphs in an Oxigraph database."""

    def __init__(self, engine: ox.Store) -> None:
        self._engine = engine

    @classmethod
    def in_memory(cls) -> "Store":
        """An empty store that is gone with the process."""
        return cls(ox.Store())

    @classmethod
    def create(cls, path: Path) -> "Store":
        """The store at `path`, made if absent, open for writing."""
        return cls(ox.Store(str(path)))

    @classmethod
    def read(cls, path: Path) -> "Store":
        """An existing store, open for reading only; raises BaseError where it is absent or damaged."""
        if not (path / "CURRENT").is_file():
            raise BaseError(f"no RDF store at {path}; run: yaodian repair")
        try:
            return cls(ox.Store.read_only(str(path)))
        except (OSError, RuntimeError) as error:
            raise BaseError(f"the RDF store at {path} cannot be opened ({error}); run: yaodian repair") from error

    def add(self, quads: Iterable[Quad]) -> None:
        """Add statements; those already there stay single."""
        self._engine.bulk_extend(map(to_ox, quads))

    def load(self, path: Path, graph: str) -> None:
        """Add the triples of a Turtle file to a graph; raises BaseError with its place where it cannot be parsed."""
        try:
            self._engine.load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
        except SyntaxError as error:
            raise BaseError(f"{path.name} is not valid Turtle: {error}; mend the file and build again") from error

    def drop(self, graph: str) -> None:
        """Remove a named graph and all in it."""
        self._engine.remove_graph(ox.NamedNode(graph))

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted."""
        return sorted(_iri(graph) for graph in self._engine.named_graphs())

    def close(self) -> None:
        """Let go of the database, so that its folder can be moved or removed; the store cannot be used any more."""
        del self._engine

    def flush(self) -> None:
        """Write everything to disk."""
        self._engine.flush()

    def __len__(self) -> int:
        return len(self._engine)

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """All statements, or those of one graph."""
        for quad in self._engine.quads_for_pattern(None, None, None, ox.NamedNode(graph) if graph else None):
            yield Quad(_iri(quad.subject), quad.predicate.value, from_ox(quad.object), _iri(quad.graph_name))

    def query(self, text: str, **bindings: Term) -> QueryResult:
        """Evaluate a SPARQL 1.1 query; `bindings` fix variables that it projects (Oxigraph's rule).

        Raises QueryError, with line and column where they are known, for a query that cannot be parsed or that
        would reach out of the base.
        """
        refuse_ways_out(text)
        refuse_depth(text)
        union = not names_a_dataset(text)
        try:
            fixed = {ox.Variable(name): _term(value) for name, value in bindings.items()}
            return QueryResult(
                self._engine.query(text, prefixes=PREFIXES, use_default_graph_as_union=union, substitutions=fixed)
            )
        except SyntaxError as error:
            raise _query_error(str(error)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query failed: {error}") from error

    def dump(self, format: str, graphs: Iterable[str] | None = None) -> bytes:
        """All statements, or those of some graphs, in an RDF format.

        `nquads` and `ntriples` are sorted and so the same for the same statements, byte for byte. A format
        without named graphs holds the union.
        """
        if format not in GRAPH_FORMATS:
            raise FormatError(f"unknown RDF format {format}; use one of {', '.join(GRAPH_FORMATS)}")
        chosen = None if graphs is None else set(graphs)
        quads = sorted(
            (str(quad), quad)
            for quad in self._engine.quads_for_pattern(None, None, None, None)
            if chosen is None or _iri(quad.graph_name) in chosen
        )
        if format == "nquads":
            return "".join(f"{line} .\n" for line, _ in quads).encode("utf-8")
        if format in _DATASET_FORMATS:
            statements: Iterable[Any] = (quad for _, quad in quads)
        else:
            triples = sorted({str(quad.triple): quad.triple for _, quad in quads}.items())
            if format == "ntriples":
                return "".join(f"{line} .\n" for line, _ in triples).encode("utf-8")
            statements = (triple for _, triple in triples)
        return ox.serialize(statements, format=GRAPH_FORMATS[format], prefixes=PREFIXES) or b""

    def engine_for_validation(self) -> ox.Store:
        """The engine itself, for pyshacl, which reads a pyoxigraph store directly."""
        return self._engine


def parse_turtle(path: Path) -> Iterator[tuple[str, str, Term]]:
    """The triples of a Turtle file without blank nodes."""
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
        yield _iri(quad.subject), quad.predicate.value, from_ox(quad.object)


def written(term: Term) -> str:
    """A term as SPARQL writes it, escaped; raises ValueError where an IRI holds what no IRI may."""
    return str(_term(term))


def to_ox(quad: Quad) -> ox.Quad:
    """Our statement as Oxigraph's."""
    return ox.Quad(
        ox.NamedNode(quad.subject), ox.NamedNode(quad.predicate), _term(quad.object), ox.NamedNode(quad.graph)
    )


def from_ox(term: Any) -> Term:
    """Oxigraph's term as ours; a blank node of a query's own making becomes `_:name`."""
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        return Literal(term.value, datatype=None if datatype == PREFIXES["xsd"] + "string" else datatype)
    return _iri(term)


def _term(term: Term) -> Any:
    if isinstance(term, str):
        return ox.NamedNode(term)
    if term.lang:
        return ox.Literal(term.value, language=term.lang)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype) if term.datatype else None)


def _iri(node: Any) -> str:
    if isinstance(node, ox.NamedNode):
        return node.value
    if isinstance(node, ox.DefaultGraph):
        return ""
    return f"_:{node.value}" if isinstance(node, ox.BlankNode) else str(node)


def _query_error(message: str) -> QueryError:
    found = _POSITION.match(message)
    if not found:
        return QueryError(f"the SPARQL query cannot be parsed: {' '.join(message.split())}")
    line, column, detail = int(found[1]), int(found[2]), " ".join(found[3].split())
    expected = detail if len(detail) <= 160 else detail[:157] + "..."
    return QueryError(f"SPARQL syntax error at line {line}, column {column}: {expected}", line, column)
