"""`facts --json`: the facts of a document with offsets in the text as read from the file."""

from typing import Any

from corpus.types import Document, Span
from graph.model import Facts, Mention, Node, Relation, Task
from ontology.namespace import Names


def to_json(document: Document, facts: Facts, names: Names | None = None) -> dict[str, Any]:
    """Mentions, relations and tasks as one JSON object; `start` and `end` are raw, `text` is `raw[start:end]`."""
    return {
        "mentions": [_mention(document, mention) for mention in facts.mentions],
        "relations": [_relation(document, relation) for relation in facts.relations],
        "tasks": [_task(document, task) for task in facts.tasks],
    }


def _place(document: Document, span: Span) -> dict[str, Any]:
    start, end = document.text.raw_span(span)
    return {"text": document.text.raw[start:end], "start": start, "end": end, "repaired": document.clean(span)}


def _mention(document: Document, mention: Mention) -> dict[str, Any]:
    entity = mention.entity
    return {
        "class": entity.cls,
        "subclass": entity.subclass,
        "name": entity.name,
        **_place(document, mention.span),
        "item": mention.item,
        "iri": entity.iri,
        "rule": mention.rule,
        "confidence": mention.confidence,
    }


def _node(node: Node) -> dict[str, Any]:
    return {"iri": node.iri, "class": node.cls, "name": node.name}


def _relation(document: Document, relation: Relation) -> dict[str, Any]:
    made = {
        "subject": _node(relation.subject),
        "predicate": relation.predicate,
        "object": _node(relation.object),
        "item": relation.item,
        "evidence": _place(document, relation.span),
        "rule": relation.rule,
        "confidence": relation.confidence,
    }
    return made if relation.grade is None else made | {"grade": relation.grade}


def _task(document: Document, task: Task) -> dict[str, Any]:
    deadline = task.deadline
    return {
        "path": task.path,
        "lead": list(task.lead),
        "participants": list(task.participants),
        "deadline": deadline and {"printed": deadline.printed, "iso": deadline.iso, "kind": deadline.kind},
        "frequency": list(task.frequency),
        "measures": list(task.measures),
        "evidence": [_place(document, span) for span in task.evidence],
    }
