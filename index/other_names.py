"""Names that mean the same by what users say: merged entities and the alias table, as a question uses them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graph.aliases import Aliases
from graph.assertions import Journal, groups
from index.catalogue import NameRow
from index.query import name_key


class OtherName(NamedTuple):
    """An entity that is also meant: the key under which its items are found, and what tells it from its namesakes."""

    key: str
    cls: str
    label: str
    iri: str | None  # None for an alias, which knows class and full name only

    def is_of(self, row: NameRow) -> bool:
        """Whether a row of the catalogue speaks of it."""
        return row.iri == self.iri if self.iri else (row.cls, row.label) == (self.cls, self.label)

    def names(self, row: NameRow) -> bool:
        """Whether a row speaks of it, and is the one under its full name."""
        return self.is_of(row) and row.name == self.key


@dataclass(frozen=True)
class OtherNames:
    """What else is meant, by the key of a name that a question may use and by the IRI of an entity found by it."""

    by_key: Mapping[str, tuple[OtherName, ...]] = field(default_factory=dict)
    by_iri: Mapping[str, tuple[OtherName, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Journal, aliases: Aliases) -> "OtherNames":
        """From the merges that hold and the rows of the alias table."""
        by_key: dict[str, dict[OtherName, None]] = defaultdict(dict)
        by_iri: dict[str, tuple[OtherName, ...]] = {}
        for group in groups(journal.same()):
            members = tuple(OtherName(name_key(node.name), node.cls, node.name, node.iri) for node in group)
            for member in members:
                by_key[member.key] |= dict.fromkeys(members)
                by_iri[str(member.iri)] = members
        for row in aliases.rows:
            by_key[name_key(row.alias)][OtherName(name_key(row.full), row.cls, row.full, None)] = None
        return cls({key: tuple(found) for key, found in by_key.items() if key}, by_iri)

    def of_question(self, keys: Iterable[str], rows: Iterable[NameRow]) -> list[tuple[str, OtherName]]:
        """What else a question means: each with the name in the question that means it.

        `keys` are the stretches of the question that could be names, `rows` what the catalogue found by them.
        """
        found = [(key, other) for key in keys for other in self.by_key.get(key, ())]
        found += [(row.name, other) for row in rows for other in self.by_iri.get(row.iri, ())]
        return list(dict.fromkeys(found))
