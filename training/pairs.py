"""The pairs that the model learns from, and the questions held back from it.

A pair says that two texts mean the same, or that the left one asks for the right one. Sources are read by path from
the shared material and from the tables of `ontology/`; those whose licence would bind the weights are not read
(CC-CEDICT, News Commentary, Python's documentation).
"""

import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import NotFoundError
from corpus.parse import parse_text
from corpus.read import read_text
from corpus.tables import rows as rows_of
from corpus.types import Span
from graph.matcher import Matcher
from ontology import tables
from training.recipe import Recipe

_PARALLEL = {"moj_line": "statutes", "moj_art": "statutes", "moj_chap": "statutes", "moj_title": "statutes"}
_PARALLEL["tatoeba"] = "tatoeba"
_LONGEST = 200  # characters of a sentence; what is longer is a list
_SHORTEST = 8
_OURS = Path(__file__).parent / "questions.jsonl"  # more of the same kind as `questions_real.jsonl`


class Pair(NamedTuple):
    """`near` looks like `right` but does not answer `left`; `about` is a subject, `holds` the subjects of `right`."""

    left: str
    right: str
    near: str = ""
    about: str = ""
    holds: frozenset[str] = frozenset()


class Asked(NamedTuple):
    """A held-back sentence with its translation and the plain questions that it answers."""

    zh: str
    en: str
    plain_zh: tuple[str, ...]
    plain_en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Pairs by source, the questions held back, and every sentence that they are looked for in."""

    pairs: Mapping[str, Sequence[Pair]]
    held_back: Mapping[str, Sequence[Asked]]
    pools: Mapping[str, Sequence[str]]


def read_data(shared: Path, recipe: Recipe) -> Data:
    """Everything, in a fixed order. Raises NotFoundError where the shared material is absent."""
    if not (shared / "embedding" / "pairs_zh_en.tsv.gz").is_file():
        raise NotFoundError(f"{shared}: no embedding/pairs_zh_en.tsv.gz there; give the folder with --shared")
    reserved = {row["document"] for row in rows_of("reserved.tsv", "training")}
    sentences = [s for file in _plans(shared, reserved) for s in _sentences(file)]
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for name, pair in _parallel(shared):
        pairs[name].append(pair)
    pairs["prose"] = [Pair(left, right) for left, right in _lines(shared / "embedding" / "zh_pairs_official.tsv.gz")]
    pairs["headings"] = [pair for file in _plans(shared, reserved) for pair in _headings(file)]
    pairs["terms"], pairs["plain"] = _glossary()
    pairs["mentions"] = _mentions(sentences, recipe)
    written, real = _asked(shared / "glossary")
    kept = {"tuples": {row["zh"] for row in written if _held(row["zh"], recipe)}}
    kept["real"] = {row["zh"] for row in real if _held(row["doc"], recipe)}
    for name, rows in (("tuples", written), ("real", real)):
        for row in rows:
            if row["zh"] not in kept[name] and Path(row.get("doc", "")).stem not in reserved:
                pairs["questions"] += _question_pairs(row)
                pairs["terms"] += [Pair(en, zh) for zh, en in row.get("terms", ())]
    return Data(
        pairs={name: _without(list(dict.fromkeys(rows)), kept) for name, rows in pairs.items()},
        held_back={n: [_asked_row(r) for r in rows if r["zh"] in kept[n]] for n, rows in _both(written, real)},
        pools={n: list(dict.fromkeys(r["zh"] for r in rows)) for n, rows in _both(written, real)},
    )


def is_chinese(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return any("\u3400" <= character <= "\u9fff" for character in text)


# ---- parallel text and official prose


def _parallel(shared: Path) -> Iterator[tuple[str, Pair]]:
    for source, english, chinese in _lines(shared / "embedding" / "pairs_zh_en.tsv.gz"):
        if source in _PARALLEL:
            yield _PARALLEL[source], Pair(english, chinese)


def _lines(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")


def _plans(shared: Path, reserved: set[str]) -> list[Path]:
    return [file for file in sorted((shared / "corpus" / "plans").glob("*.txt")) if file.stem not in reserved]


def _sentences(file: Path) -> list[str]:
    parts = read_text(file).replace("。", "。\n").splitlines()
    return [part for part in map(str.strip, parts) if _SHORTEST <= len(part) <= _LONGEST and is_chinese(part)]


def _headings(file: Path) -> Iterator[Pair]:
    """A heading or lead sentence, and each sentence of the body under it."""
    document = parse_text(read_text(file), file.name)
    for node in document.outline:
        if node.is_item and node.heading and node.heading_span:
            body = document.clean(Span(node.heading_span.end, node.span.end)).lstrip("。；：\n\u3000 ")
            for sentence in body.replace("。", "。\n").splitlines()[:4]:
                if len(sentence.strip()) >= _SHORTEST:
                    yield Pair(node.heading[:_LONGEST], sentence.strip()[:_LONGEST])


# ---- glossary and themes


def _glossary() -> tuple[list[Pair], list[Pair]]:
    """Official terms in both languages; and how people say them."""
    official, plain = [], []
    for term in tables.glossary():
        chinese, english = (term.zh, *term.zh_alt), (term.en, *term.en_alt)
        official += [Pair(e, z) for e in english for z in chinese] + [Pair(z, term.zh) for z in term.zh_alt]
        plain += [Pair(p, z) for p in term.plain_en for z in chinese]
        plain += [Pair(p, z) for p in term.plain_zh for z in chinese[:2]]
        plain += [Pair(e, z) for e in term.plain_en for z in term.plain_zh]
    for theme in tables.themes():
        chinese, english = (theme.label_zh, *theme.alt_zh), (theme.label_en, *theme.alt_en)
        official += [Pair(e, z) for e in english for z in chinese] + [Pair(z, theme.label_zh) for z in theme.alt_zh]
        official += [Pair(theme.definition, theme.label_zh)]
    return official, plain


def _mentions(sentences: Sequence[str], recipe: Recipe) -> list[Pair]:
    """The ways to name a term or theme, each with sentences of real plans that speak of it."""
    chosen = random.Random(recipe.seed)
    names, subjects = _subjects()
    matcher = Matcher(subjects)
    holding: dict[str, list[int]] = defaultdict(list)
    holds: list[frozenset[str]] = []
    unique = list(dict.fromkeys(sentences))
    for place, sentence in enumerate(unique):
        found = {subject for match in matcher.find(sentence) for subject in match.value}
        holds.append(frozenset(found))
        for subject in sorted(found):
            holding[subject].append(place)
    pairs = []
    for subject, places in sorted(holding.items()):
        for place in chosen.sample(places, min(len(places), recipe.mentions)):
            for name in chosen.sample(names[subject], min(3, len(names[subject]))):
                pairs.append(Pair(name, unique[place], about=subject, holds=holds[place]))
    return pairs


def _subjects() -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """What each subject is called, in both languages; and the subjects that a Chinese form shows."""
    names: dict[str, list[str]] = {}
    shows: dict[str, set[str]] = defaultdict(set)
    above = {theme.notation: theme.broader for theme in tables.themes()}
    for theme in tables.themes():
        names[theme.notation] = [theme.label_zh, *theme.alt_zh, theme.label_en, *theme.alt_en]
        for form in (theme.label_zh, *theme.alt_zh):
            shows[form] |= _with_broader((theme.notation,), above)
    for row in tables.rows("theme_words"):
        themes = () if row["scope"] else tables.alternatives(row["themes"])
        shows[row["word"]] |= _with_broader(themes, above)  # none: a word that shows nothing hides those within it
    for term in tables.glossary():
        names[term.zh] = list(
            dict.fromkeys((term.zh, *term.zh_alt, *term.plain_zh, term.en, *term.en_alt, *term.plain_en))
        )
        for form in (term.zh, *term.zh_alt):
            shows[form] |= {term.zh, *(_with_broader((term.theme,), above) if term.theme else ())}
    return names, {form: found & names.keys() for form, found in shows.items() if len(form) > 1}


def _with_broader(notations: Sequence[str], above: Mapping[str, str | None]) -> set[str]:
    return {*notations} | {broader for notation in notations if (broader := above.get(notation))}


# ---- questions


def _asked(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    written, real, ours = (
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        for file in (folder / "tuples.jsonl", folder / "questions_real.jsonl", _OURS)
    )
    return written, [*real, *ours]


def _both(written: list[dict[str, Any]], real: list[dict[str, Any]]) -> tuple[tuple[str, list[dict[str, Any]]], ...]:
    return (("tuples", written), ("real", real))


def _held(key: str, recipe: Recipe) -> bool:
    """Whether a tuple, or a whole document, is held back: by its hash, so that a longer list moves nothing."""
    value = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    return value / 2**32 < recipe.held_back


def _question_pairs(row: Mapping[str, Any]) -> list[Pair]:
    near = row.get("near", "")
    asked = [Pair(question, row["zh"], near) for question in (*row["plain_en"], *row["plain_zh"])]
    across = [Pair(e, z) for e in row["plain_en"] for z in row["plain_zh"]]
    return [Pair(row["en"], row["zh"], near), *asked, *across]


def _asked_row(row: Mapping[str, Any]) -> Asked:
    return Asked(row["zh"], row["en"], tuple(row["plain_zh"]), tuple(row["plain_en"]))


def _without(pairs: list[Pair], kept: Mapping[str, set[str]]) -> list[Pair]:
    """The pairs without any text that is held back."""
    held = set().union(*kept.values())
    return [pair for pair in pairs if not {pair.left, pair.right, pair.near} & held]
