"""`facts --explain`: the rule behind every fact, when it fires, and an example."""

from collections.abc import Iterator
from typing import Any

from api.present import printable
from ontology.tables import rules


def explained(found: dict[str, Any]) -> dict[str, Any]:
    """`facts --json` with the sentence and the example of its rule (`ontology/rules.tsv`) for every fact."""
    return found | {kind: [_with_rule(fact) for fact in found[kind]] for kind in ("mentions", "relations")}


def _with_rule(fact: dict[str, Any]) -> dict[str, Any]:
    rule = rules()[fact["rule"]]
    return fact | {"explanation": {"sentence": rule.sentence, "example": rule.example}}


def explained_lines(found: dict[str, Any]) -> Iterator[str]:
    """Each mention and relation with its characters, and below it the rule, its sentence and an example."""
    for mention in found["mentions"]:
        yield from _lines(f"{mention['class']} {mention['name']}", mention, mention)
    for relation in found["relations"]:
        ends = f"{relation['subject']['name']} --{relation['predicate']}--> {relation['object']['name']}"
        grade = f" (grade {relation['grade']})" if "grade" in relation else ""
        yield from _lines(f"{ends}{grade}", relation, relation["evidence"])
    yield f"{len(found['mentions'])} mentions, {len(found['relations'])} relations"


def _lines(what: str, fact: dict[str, Any], place: dict[str, Any]) -> Iterator[str]:
    why = fact["explanation"]
    yield printable(f"{what}   “{place['text']}” ({place['start']}-{place['end']})")
    yield f"    {fact['rule']} ({fact['confidence']:.2f}): {why['sentence']} E.g. {why['example']}"
