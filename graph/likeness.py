"""Which entities of a base may be one: `proposals(entities, lexicon)`. Pure, and the same for the same entities.

Only whole names are compared, never parts of names: 同心汇 and 委员同心汇 stay two. An organ that the issuer's name
tells apart (the 办公室 of two cities) has a key of its own and is never proposed.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import NamedTuple

from graph.assertions import sorted_pair
from graph.lexicon import LEVELS, Lexicon
from graph.model import Node
from ontology.namespace import Names
from ontology.tables import rows

# An activity is one instance, an amount or a time is what it says, themes and forms have their schemes.
_APART = frozenset({"Activity", "ActivityForm", "Theme", "Time", "Quantity"})
_MARKS = re.compile(r"[\s“”\"'‘’「」『』《》〈〉()【】\[\]·・•‧.]+")
_LEVEL = re.compile("|".join(sorted(LEVELS, key=len, reverse=True)))
_LEAST = 3  # characters of a short form that can be compared between documents
_LEVEL_WORDS = ("本", "我", "全", "各", *LEVELS)  # such a form means another body in every document


@dataclass(frozen=True, slots=True)
class Named:
    """An entity with the forms in which the base's documents print its name."""

    node: Node
    forms: frozenset[str]


class Proposal(NamedTuple):
    """That two entities may be one, in the order of their IRIs; `rule` as in `ontology/likeness.tsv`."""

    first: Node
    second: Node
    rule: str
    confidence: float
    reason: str


def proposals(entities: Iterable[Named], lexicon: Lexicon, names: Names) -> list[Proposal]:
    """Every likely sameness, each pair once by its surest rule, in the order of the IRIs."""
    comparable = sorted((e for e in entities if _comparable(e.node, names)), key=lambda e: e.node.iri)
    found: dict[tuple[str, str], Proposal] = {}
    for rule, pairs in (
        ("marks", _by_key(comparable, plain_name)),
        ("body-form", _by_key((e for e in comparable if e.node.cls == "Body"), lambda name: body_form(name, lexicon))),
        ("short-form", _by_short_form(comparable, lexicon)),
    ):
        confidence, reason = _rules()[rule]
        for one, other in pairs:
            first, second = sorted_pair(one, other)
            found.setdefault((first.iri, second.iri), Proposal(first, second, rule, confidence, reason))
    return [proposal for _, proposal in sorted(found.items())]


@cache
def _rules() -> Mapping[str, tuple[float, str]]:
    return {row["rule"]: (float(row["confidence"]), row["reason"]) for row in rows("likeness")}


def _comparable(node: Node, names: Names) -> bool:
    """Whether its class and name alone identify it."""
    return node.cls not in _APART and node.iri == names.entity(node.cls, node.name)


def _by_key(entities: Iterable[Named], key: Callable[[str], str]) -> Iterator[tuple[Node, Node]]:
    """Pairs of one class whose names have one key."""
    alike: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for entity in entities:
        if form := key(entity.node.name):
            alike[entity.node.cls, form].append(entity.node)
    for nodes in alike.values():
        yield from combinations(nodes, 2)


def _by_short_form(entities: list[Named], lexicon: Lexicon) -> Iterator[tuple[Node, Node]]:
    """An entity's name is printed as a form of just one other entity of the class, and no place speaks against it."""
    by_name = {(e.node.cls, e.node.name): e.node for e in entities}
    long: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for entity in entities:
        for form in entity.forms - {entity.node.name}:
            if (entity.node.cls, form) in by_name:
                long[entity.node.cls, form].append(entity.node)
    for (cls, form), nodes in sorted(long.items()):
        short = by_name[cls, form]
        telling = len(nodes) == 1 and len(form) >= _LEAST and not form.startswith(_LEVEL_WORDS)
        if telling and _same_place(nodes[0].name, form, lexicon):
            yield short, nodes[0]


def _same_place(one: str, other: str, lexicon: Lexicon) -> bool:
    """Whether the places in two names do not contradict each other."""
    here, there = ({m.value.full for m in lexicon.places.find(name)} for name in (one, other))
    return not here or not there or bool(here & there)


# ---- names as they are compared


def plain_name(name: str) -> str:
    """A name without marks and spaces, in one width and case of characters."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", name)).casefold()


def body_form(name: str, lexicon: Lexicon) -> str:
    """The full form of a body's name with its place (金华市政协 -> 政协金华市委员会); the plain name for others."""
    plain = plain_name(name)
    for pattern, full in _variants():
        plain = pattern.sub(full, plain)
    rest = plain.removeprefix("中共")
    for level in _LEVEL.finditer(rest):
        place, form = rest[: level.end()], _short_forms().get((level[0], rest[level.end() :]))
        if form and _is_place(place, lexicon):
            return form.replace("{P}", place)
    return plain


def _is_place(text: str, lexicon: Lexicon) -> bool:
    return any(match.start == 0 for match in lexicon.places.find(text))


@cache
def _variants() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(row["pattern"]), row["full"]) for row in rows("body_variants")]


@cache
def _short_forms() -> dict[tuple[str, str], str]:
    """Level and what stands after it (市, 政协) -> the full name, for the forms of `body_short.tsv` that have one."""
    forms = [row for row in rows("body_short") if row["full"] and not row["local"] and row["form"].startswith("{L}")]
    return {
        (level, row["form"].removeprefix("{L}")): row["full"].replace("{L}", level).replace("{S}", "{P}")
        for row in forms
        for level in LEVELS
    }
