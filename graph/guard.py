"""No way out: SPARQL that would make the engine open a connection is refused before evaluation.

Oxigraph follows SERVICE (and LOAD in updates) with no switch to turn it off. The scan skips strings, IRIs and
comments and refuses both words wherever the engine's parser could read a keyword there, which is wider than where
white space would put one: it takes `?x.SERVICE`, `-1SERVICE` and `SERVICE:x`. Harmless are only a variable
(`?service`) and the local part of a prefixed name (`ex:service`). Code point escapes (SPARQL 1.1, 19.2) can hide
a keyword as well as a quotation mark that hides one, so the text is scanned both as written and resolved.
"""

import re

from corpus.errors import QueryError

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_TOKEN = re.compile(
    r'''
    (?P<skip> """(?:[^"\\]|\\.|"(?!""))*""" | \'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\'
      | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'
      | <[^<>"{}|^`\\\x00-\x20]*> | \#[^\n\r]* )
  | (?P<variable> [?$]\w+ )
  | (?P<name> (?:[\w.:%-]|\\.)+ )
  | (?P<other> . )
    ''',
    re.X | re.S,
)
_DEEPEST = 200
_KEYWORD = re.compile(r"SERVICE|LOAD", re.I)


def refuse_ways_out(query: str) -> None:
    """Raise QueryError, with line and column, if the query could name SERVICE or LOAD as a keyword."""
    for text in {query, _ESCAPE.sub(_resolve, query)}:
        for token in _TOKEN.finditer(text):
            found = _KEYWORD.search(token["name"].split(":", 1)[0]) if token["name"] else None
            if found:
                _refuse(text, token.start() + found.start(), found[0].upper())


def names_a_dataset(query: str) -> bool:
    """Whether the query has a FROM clause of its own: then its default graph is what it says, and not the union."""
    words = (token["name"] for token in _TOKEN.finditer(query) if token["name"])
    return any(word.upper() == "FROM" for word in words)


def refuse_depth(query: str) -> None:
    """Raise QueryError for brackets nested deeper than anybody writes: the engine's parser recurses and would crash."""
    depth = 0
    for token in _TOKEN.finditer(query):
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(token["other"] or "", 0)
        if depth > _DEEPEST:
            raise QueryError(f"the query nests brackets more than {_DEEPEST} deep; write it flatter")


def _refuse(text: str, at: int, word: str) -> None:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    raise QueryError(
        f"{word} at line {line}, column {column} is not allowed: this endpoint answers from its own graphs only; "
        "take the clause out (or rename a prefix of that name)",
        line,
        column,
    )


def _resolve(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else escape[0]
