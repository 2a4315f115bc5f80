"""What an error means at the edge: one table from exception class to HTTP status, exit status and title."""

from typing import NamedTuple

from corpus.errors import BaseError, FormatError, NotFoundError, PlanError, QueryError, ReadError
from graph.worker import QueryTimeout, ResultTooLarge


class Meaning(NamedTuple):
    """How a kind of error is reported."""

    http: int
    exit: int
    title: str


# Exit status 2 is wrong usage, 1 everything else that failed (DESIGN.md, "Contract: command line").
MEANINGS: dict[type[PlanError], Meaning] = {
    QueryTimeout: Meaning(503, 1, "It took too long"),
    ResultTooLarge: Meaning(400, 1, "The result is too large"),
    QueryError: Meaning(400, 1, "The query cannot be answered as written"),
    NotFoundError: Meaning(404, 1, "Not in this knowledge base"),
    FormatError: Meaning(400, 2, "No such export"),
    ReadError: Meaning(400, 1, "The file cannot be read"),
    BaseError: Meaning(503, 1, "The knowledge base cannot be used"),
    PlanError: Meaning(400, 1, "The request cannot be carried out"),
}


def meaning(error: PlanError) -> Meaning:
    """The meaning of an error: that of its class or of the nearest class above it."""
    return next(MEANINGS[cls] for cls in type(error).__mro__ if cls in MEANINGS)


def line(error: BaseException) -> str:
    """An error's message as one line."""
    return " ".join(str(error).split())
