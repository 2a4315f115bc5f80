"""Train the bundled model: `python -m training --start ../shared/embedding/prototype/model --out index/model`."""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import PlanError
from index.embed import EmbeddingMatrix, StaticEncoder
from ontology import tables
from training.export import export, read_table
from training.learn import Source, learn, source_of
from training.pairs import Data, is_chinese, read_data
from training.recipe import CONTINUED, FRESH, Recipe
from training.table import first_table, frequencies, translate
from training.teacher import find_teacher, projection, teach, word_list
from training.validate import report
from training.vocabulary import Vocabulary, build_tokenizer, read_tokenizer

_PROGRESS = 250  # steps between two lines


def train(
    shared: Path, out: Path, teacher: Path, recipe: Recipe, cache: Path | None = None, start: Path | None = None
) -> list[str]:
    """All steps, from a first table of its own or from the model in `start`, whose tokenizer stays.

    Returns what the model finds of the questions held back.
    """
    data = read_data(shared, recipe)
    _say(f"pairs: {', '.join(f'{name} {len(rows)}' for name, rows in data.pairs.items())}")
    tokenizer = read_tokenizer(start) if start else _tokenizer(data, word_list(teacher), recipe)
    vocabulary = Vocabulary(tokenizer)
    _say(f"tokenizer: {len(vocabulary)} pieces")
    words = {i: w for i, w in enumerate(vocabulary.pieces) if len(w) > 1 and w.isascii() and w.isalnum()}
    shown = _taught(data, recipe)
    vectors = teach(teacher, [*words.values(), *shown], cache)
    directions = projection(np.array([v for text, v in vectors.items() if " " in text]), recipe.dimension)
    goal = _unit(np.array(list(vectors.values())) @ directions)
    places = {text: place for place, text in enumerate(vectors)}
    _say(f"teacher: {len(places)} texts")
    known = {row: goal[places[word]] for row, word in words.items()}
    texts = {text: places[text] for text in shown}
    sources = [source_of(name, data.pairs[name], vocabulary, texts) for name in recipe.shares if data.pairs.get(name)]
    table, weights = read_table(start) if start else _first(sources, data, vocabulary, known, recipe)
    _say("first table")
    table, weights = learn(sources, table, weights, goal, vocabulary.split, recipe, _progress)
    export(out, tokenizer, table, weights, recipe.weight_power)
    return report(StaticEncoder(out), data.held_back, data.pools)


def _tokenizer(data: Data, taught: Sequence[str], recipe: Recipe) -> dict[str, Any]:
    texts = list(
        dict.fromkeys(text for rows in data.pairs.values() for pair in rows for text in (pair.left, pair.right))
    )
    chinese = [text for text in texts if is_chinese(text)]
    terms = [form for term in tables.glossary() for form in (term.zh, *term.zh_alt)]
    return build_tokenizer((t for t in texts if not is_chinese(t)), chinese, terms, taught, recipe)


def _taught(data: Data, recipe: Recipe) -> list[str]:
    """The English texts shown to the teacher."""
    chosen = random.Random(recipe.seed)
    found: list[str] = []
    for name, rows in data.pairs.items():
        english = [text for text in dict.fromkeys(pair.left for pair in rows) if not is_chinese(text)]
        limit = recipe.taught.get(name, len(english))
        found += chosen.sample(english, min(limit, len(english)))
    return found


def _first(
    sources: Sequence[Source], data: Data, vocabulary: Vocabulary, known: dict[int, EmbeddingMatrix], recipe: Recipe
) -> tuple[EmbeddingMatrix, EmbeddingMatrix]:
    """The table and the weights to start from."""
    rows = len(vocabulary)
    across = [
        (left, right)
        for source in sources
        if source.name in ("statutes", "tatoeba", "terms", "questions")
        for pair, left, right in zip(data.pairs[source.name], source.left, source.right, strict=True)
        if not is_chinese(pair.left)
    ]
    translated = translate(across, known, rows)
    share = frequencies([side for source in sources for side in (source.left, source.right)], rows)
    weights = (recipe.frequent / (recipe.frequent + share)).astype(np.float32)
    return first_table(known, translated, rows, recipe.dimension, recipe.seed), weights


def _unit(vectors: EmbeddingMatrix) -> EmbeddingMatrix:
    scaled: EmbeddingMatrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-8)
    return scaled


def _say(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def _progress(step: int, loss: float) -> None:
    if step % _PROGRESS == 0:
        _say(f"step {step}: loss {loss:.3f}")


def main() -> None:
    """Read the arguments, train, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="the folder with the data")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write the model to")
    parser.add_argument("--teacher", type=Path, help="a folder with the teacher; default: its installed package")
    parser.add_argument("--cache", type=Path, help="a folder in which the teacher's vectors are kept between runs")
    parser.add_argument("--start", type=Path, help="a folder with a static model to train further")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--held-back", type=float, help="share of the questions not learnt from; default: none")
    given = parser.parse_args()
    chosen = {"seed": given.seed, "steps": given.steps, "held_back": given.held_back}
    try:
        usual = CONTINUED if given.start else FRESH
        recipe = replace(usual, **{name: value for name, value in chosen.items() if value is not None})
        lines = train(given.shared, given.out, given.teacher or find_teacher(), recipe, given.cache, given.start)
    except PlanError as error:
        sys.exit(f"training: {error}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
