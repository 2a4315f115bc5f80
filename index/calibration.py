"""Whether a confidence means something: of the facts given 0.9, how many hold?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_BINS = 10
_Key = TypeVar("_Key", int, float, str)


@dataclass(frozen=True, slots=True)
class Judged:
    """A fact with its rule and confidence, and how right it is: 1 right, 0 wrong, 0.5 doubtful."""

    rule: str
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that were given about the same confidence, or that one rule found; both figures are means."""

    name: str
    facts: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error: the mean distance of confidence and share right, weighted by the number of facts.

    `error` is over ten bins of equal width, `rule_error` over the rules; `levels` are the confidences as they stand.
    All are empty or 0 where no fact was judged.
    """

    facts: int
    error: float
    rule_error: float
    bins: tuple[Group, ...]
    levels: tuple[Group, ...]
    rules: tuple[Group, ...]


def calibrate(facts: Iterable[Judged]) -> Calibration:
    """Compares confidences with verdicts."""
    judged = list(facts)
    bins = _groups(judged, lambda fact: _bin(fact.confidence), lambda n: f"{n / _BINS:.1f}-{(n + 1) / _BINS:.1f}")
    levels = _groups(judged, lambda fact: round(fact.confidence, 2), lambda level: f"{level:.2f}")
    rules = _groups(judged, lambda fact: fact.rule, str)
    return Calibration(len(judged), _error(bins), _error(rules), bins, levels, rules)


def _bin(confidence: float) -> int:
    """The number of the bin; 1.0 belongs to the last one. The summand undoes the rounding of products like 0.7 x 10."""
    return min(int(confidence * _BINS + 1e-9), _BINS - 1)


def _groups(facts: Sequence[Judged], key: Callable[[Judged], _Key], name: Callable[[_Key], str]) -> tuple[Group, ...]:
    """Groups in the order of their keys."""
    members: dict[_Key, list[Judged]] = {}
    for fact in facts:
        members.setdefault(key(fact), []).append(fact)
    return tuple(
        Group(name(one), len(of), sum(f.confidence for f in of) / len(of), sum(f.right for f in of) / len(of))
        for one, of in sorted(members.items(), key=lambda pair: pair[0])
    )


def _error(groups: Sequence[Group]) -> float:
    total = sum(group.facts for group in groups)
    return sum(group.facts * abs(group.confidence - group.right) for group in groups) / total if total else 0.0
