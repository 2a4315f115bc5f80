"""SHACL: whether a base keeps the shapes of `ontology/shapes.ttl`. The only file that knows pyshacl.

pyshacl checks the Core constraints, reading the Oxigraph store where it lies, as the union of its graphs. It would
evaluate a SPARQL constraint once for every focus node; Oxigraph evaluates each once for all of them, with the same
results, because every such query names `$this` by what its shape targets. Nothing in the store is copied or changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pyshacl
from pyshacl.graph_abstraction import OxigraphDataGraph
from rdflib import RDF, SH, Graph
from rdflib import Literal as RdfLiteral
from rdflib.term import Node

from graph.store import Store
from graph.terms import Literal, Term

_TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_LONGEST = 80  # characters of an offending value in a message


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One fault: the IRI that has it, the property (empty where it is none alone), what is wrong, how bad it is.

    `path` is written as in SPARQL, `a/b` for a sequence, `a|b` for alternatives; `severity` is Violation or Warning.
    """

    focus: str
    path: str
    message: str
    severity: str


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
    data = _Data(store.engine_for_validation())
    _, results, _ = pyshacl.validate(data, shacl_graph=_shapes().core, inplace=True)
    yield from (_violation(results, result) for result in results.subjects(SH.focusNode))


def _check_queries(store: Store) -> Iterator[Violation]:
    for message, query in _shapes().queries:
        for row in store.query(query).rows():
            yield Violation(_text(row["this"]), "", f"{message}: {_shortened(row['value'])}", "Violation")


class _Data(OxigraphDataGraph):
    """The store as pyshacl sees it, mended in two places."""

    def __bool__(self) -> bool:
        """There are data, or nothing to check.

        pyshacl asks thrice for each fault, and its own class answers by counting every statement: 82 s for 72 faults
        in 15,000 statements, instead of 4.
        """
        return True

    def objects(self, *args: Any, **kwargs: Any) -> Any:
        """A literal has no properties; pyshacl's own class fails on a path that meets one."""
        return iter(()) if args and isinstance(args[0], RdfLiteral) else super().objects(*args, **kwargs)


@cache
def _shapes() -> _Shapes:
    graph = Graph().parse(data=(files("ontology") / "shapes.ttl").read_text(encoding="utf-8"), format="turtle")
    constraints = set(graph.objects(None, SH.sparql))
    queries = tuple(sorted((str(graph.value(c, SH.message)), str(graph.value(c, SH.select))) for c in constraints))
    graph.remove((None, SH.sparql, None))
    return _Shapes(_handed_down(graph), queries)


def _handed_down(shapes: Graph) -> Graph:
    """The shapes with the targets of each node shape handed down to its property shapes.

    What they say stays the same; but pyshacl checks a property shape that has targets of its own for all of them at
    once, and one that hangs on a node shape for each node anew, which takes twice as long.
    """
    for node_shape, property_shape in list(shapes.subject_objects(SH.property)):
        shapes.remove((node_shape, SH.property, property_shape))
        shapes.add((property_shape, RDF.type, SH.PropertyShape))
        for target in _TARGETS:
            for found in shapes.objects(node_shape, target):
                shapes.add((property_shape, target, found))
    return shapes


def _violation(results: Graph, result: Node) -> Violation:
    def value(name: Node) -> str:
        return min((str(found) for found in results.objects(result, name)), default="")

    path = results.value(result, SH.resultPath)
    shown = "" if path is None else _shown(results, path)
    severity = value(SH.resultSeverity).removeprefix(str(SH))
    return Violation(value(SH.focusNode), shown, value(SH.resultMessage), severity)


def _shown(results: Graph, path: Node) -> str:
    """A property path on one line."""
    if alternatives := results.value(path, SH.alternativePath):
        return "|".join(_shown(results, step) for step in results.items(alternatives))
    steps = list(results.items(path))
    return "/".join(_shown(results, step) for step in steps) if steps else str(path)


def _text(term: Term) -> str:
    return term.value if isinstance(term, Literal) else term


def _shortened(term: Term) -> str:
    text = _text(term)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
