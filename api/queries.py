"""The named queries of `ontology/queries`: general questions to any base, as tested SPARQL.

Each file says in comments at its top what it is called and asks, what its columns are, and which value of its VALUES
line may be changed: `# name: `, `# zh: `, `# en: `, `# columns: ` and, where it has one, `# parameter: `.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.errors import NotFoundError

FOLDER = Path(__file__).resolve().parent.parent / "ontology" / "queries"


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with its name, what it asks in Chinese and English, its columns and its parameter (or None)."""

    name: str
    question_zh: str
    question_en: str
    columns: str
    parameter: str | None
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
    comments = (line[2:] for line in text.splitlines() if line.startswith("# ") and ": " in line)
    said = dict(line.split(": ", 1) for line in comments)
    return NamedQuery(said["name"], said["zh"], said["en"], said["columns"], said.get("parameter"), text)
