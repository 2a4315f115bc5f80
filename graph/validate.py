"""SHACL: whether a base keeps the shapes of `ontology/shapes.ttl`. The only file that knows pyshacl.

pyshacl checks the Core constraints on a copy of the union of all graphs. It would evaluate a SPARQL constraint once for
every focus node (a minute for one plan); Oxigraph evaluates each once for all of them, with the same results, because
every such query names `$this` by what its shape targets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyshacl
from rdflib import SH, Graph
from rdflib.term import Node

from graph.store import Store
from graph.terms import Literal, Term


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One fault: the IRI that has it, the property (empty where it is none alone), what is wrong, how bad it is."""

    focus: str
    path: str
    message: str
    severity: str  # Violation or Warning


@dataclass(frozen=True, slots=True)
class Report:
    """What validation found, sorted; `conforms` as long as nothing is worse than a warning."""

    conforms: bool
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class _Shapes:
    """The shapes apart: Core constraints for pyshacl, SPARQL constraints (message and query) for the store."""

    core: Graph
    queries: tuple[tuple[str, str], ...]


def validate(store: Store) -> Report:
    """Check everything in the store against the shapes."""
    violations = tuple(sorted({*_check_core(store), *_check_queries(store)}))
    return Report(all(one.severity != "Violation" for one in violations), violations)


def _check_core(store: Store) -> Iterator[Violation]:
    data = Graph().parse(data=store.dump("ntriples"), format="nt")
    _, results, _ = pyshacl.validate(data, shacl_graph=_shapes().core, inplace=True)
    assert isinstance(results, Graph)
    yield from (_violation(results, result) for result in results.subjects(SH.focusNode))


def _check_queries(store: Store) -> Iterator[Violation]:
    for message, query in _shapes().queries:
        for row in store.query(query).rows():
            yield Violation(_text(row["this"]), "", f"{message}: {_shortened(row['value'])}", "Violation")


@cache
def _shapes() -> _Shapes:
    graph = Graph().parse(data=(files("ontology") / "shapes.ttl").read_text(encoding="utf-8"), format="turtle")
    constraints = sorted(set(graph.objects(None, SH.sparql)), key=str)
    queries = tuple(sorted((str(graph.value(c, SH.message)), str(graph.value(c, SH.select))) for c in constraints))
    graph.remove((None, SH.sparql, None))
    return _Shapes(graph, queries)


def _violation(results: Graph, result: Node) -> Violation:
    def value(name: Node) -> str:
        return min((str(found) for found in results.objects(result, name)), default="")

    path = next(results.objects(result, SH.resultPath), None)
    shown = "" if path is None else _shown(results, path)
    severity = value(SH.resultSeverity).removeprefix(str(SH))
    return Violation(value(SH.focusNode), shown, value(SH.resultMessage), severity)


def _shown(results: Graph, path: Node) -> str:
    """A property path as SPARQL writes it: `a/b` for a sequence, `a|b` for alternatives."""
    if alternatives := results.value(path, SH.alternativePath):
        return "|".join(_shown(results, step) for step in results.items(alternatives))
    steps = list(results.items(path))
    return "/".join(_shown(results, step) for step in steps) if steps else str(path)


def _text(term: Term) -> str:
    return term.value if isinstance(term, Literal) else term


def _shortened(term: Term) -> str:
    text = _text(term)
    return text if len(text) <= 80 else f"{text[:79]}…"
