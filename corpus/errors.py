"""What can go wrong on the way in.

    PlanError            anything a user can mend; one clear line: what, where, what to do
    ├── ReadError        the file cannot be read as text (missing, empty, binary, unknown format)
    ├── QueryError       a question or a SPARQL query that cannot be answered as written
    ├── NotFoundError    a document, item or entity that the base does not hold
    ├── BaseError        the knowledge base is missing, damaged, locked or of another version
    └── FormatError      an unknown or impossible export

`api/errors.py` alone maps these to exit statuses and HTTP statuses.
"""


class PlanError(ValueError):
    """A mistake that the user can mend; the message is one line and says what to do."""


class ReadError(PlanError):
    """A file that cannot be read as the text of a plan."""


class QueryError(PlanError):
    """A query that cannot be answered as written; carries line and column (from 1) where they are known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class NotFoundError(PlanError):
    """Something asked for by name that the base does not hold."""


class BaseError(PlanError):
    """The knowledge base is missing, damaged, locked by another writer, or of another format version."""


class FormatError(PlanError):
    """An export format that does not exist or cannot hold what was asked for."""
