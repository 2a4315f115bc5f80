"""The named queries of `ontology/queries`: general questions to any base, as tested SPARQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.errors import NotFoundError

FOLDER = Path(__file__).resolve().parent.parent / "ontology" / "queries"


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with its name and what it asks, in Chinese and English (the comments `# zh:` and `# en:`)."""

    name: str
    zh: str
    en: str
    text: str


@cache
def named_queries() -> Mapping[str, NamedQuery]:
    """All named queries by name, sorted."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.rq"))}


def named_query(name: str) -> NamedQuery:
    """One named query; raises NotFoundError, listing the names there are, for an unknown one."""
    found = named_queries()
    if name not in found:
        raise NotFoundError(f"no query is named {name!r}; there are: {', '.join(found)}")
    return found[name]


def _read(path: Path) -> NamedQuery:
    text = path.read_text(encoding="utf-8")
    said = dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith(("# zh: ", "# en: ")))
    return NamedQuery(path.stem, said["zh"], said["en"], text)
