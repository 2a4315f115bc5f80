"""How long a question takes, over 1,000 items of real plans and over 100,000 made from their sentences, and encoding.

Each figure stands beside its floor in the same run: encoding the question and an exact search of the same vectors.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.quality import QUESTIONS, SHARED
from bench.table import Row
from graph.store import Store
from graph.zones import sentences
from index import answer
from index.alignment import alignment
from index.catalogue import Catalogue, DocumentRow, ItemRow, SentenceRow
from index.columns import Columns
from index.dense import VectorIndex
from index.embed import load_encoder
from index.library import Library
from index.query import understand
from index.search import Sources, rank
from index.types import DocumentRef

_PLANS = 36  # of corpus/plans: some 1,000 items
_MANY = 100_000
_PART = 500  # items of a made document
_ENCODED = 20_000  # short texts
_ENCODE = """
import sys, time
from index.embed import load_encoder
texts = sys.stdin.buffer.read().decode("utf-8").split("\\n")
encoder = load_encoder()
encoder.encode(texts[:100])
start = time.process_time()
encoder.encode(texts)
print(len(texts) / (time.process_time() - start))
"""


def measure() -> list[Row]:
    """Encoding, questions over real plans, questions over many made items."""
    plans = sorted((SHARED / "corpus" / "plans").glob("*.txt"))[:_PLANS]
    if not plans:
        print("bench: asking left out: the shared material is not beside this checkout", file=sys.stderr)
        return []
    texts = [line.strip() for plan in plans for line in plan.read_text(encoding="utf-8").splitlines()]
    parts = [line[start:end] for line in texts if line for start, end in sentences(line) if end - start > 5]
    with tempfile.TemporaryDirectory() as folder:
        return [_encoding(parts), *_over_plans(Path(folder) / "kb", plans), *_over_many(Path(folder), parts)]


def questions() -> list[str]:
    """The calibration questions, both languages in turn."""
    files = sorted(QUESTIONS.glob("calibration_*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [str(json.loads(line)["query"]) for line in lines[::3]]


def _encoding(parts: list[str]) -> Row:
    short = [part[:20] for part in parts]
    texts = [short[i % len(short)].replace("\n", " ") for i in range(_ENCODED)]
    one_core = os.environ | {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, "-c", _ENCODE], input="\n".join(texts).encode(), capture_output=True, check=True, env=one_core
    )
    rate = float(done.stdout)
    name = "texts of up to 20 characters encoded in a second of one core"
    return Row(name, f"{rate:,.0f}", wanted=">= 15,000", met=rate >= 15_000)


def _over_plans(base: Path, plans: list[Path]) -> Iterator[Row]:
    Library.build(base, plans)
    with Library.open(base) as library:
        size = library.check()
        times = _times(library.search)
        floor = _floor(library.sources)
        yield _row(f"a question over {size.items:,} items of plans ({size.vectors:,} vectors)", times, floor, 3)


def _over_many(folder: Path, parts: list[str]) -> Iterator[Row]:
    before = _memory()
    sources = _made(folder, parts)

    def ask(question: str) -> None:
        def reference(identifier: str) -> DocumentRef:
            return DocumentRef(identifier, identifier, identifier, identifier)

        answer.compose(rank(understand(question), sources), sources, reference, limit=10, explain=False)

    start = time.perf_counter()
    ask("哪些条目涉及民生")
    first = time.perf_counter() - start
    times = _times(ask)
    name = f"a question over {_MANY:,} made items ({len(sources.vectors):,} vectors)"
    yield _row(name, times, _floor(sources), 10)
    yield Row(f"the first question over {_MANY:,} made items, s", f"{first:.2f}")
    yield Row(f"memory for {_MANY:,} made items, MB", f"{_memory() - before:,}", f"before: {before:,}")


def _made(folder: Path, parts: list[str]) -> Sources:
    """A base of items of three sentences drawn from real plans; only what a search reads."""
    draw = random.Random(0)
    encoder = load_encoder()
    catalogue = Catalogue.create(folder / "catalogue.sqlite")
    vectors = VectorIndex.empty(encoder.dimension)
    for number in range(_MANY // _PART):
        document = DocumentRow(f"d{number:05}", f"urn:d{number}", "", "", {}, 0, "")
        nodes, told = [], []
        for place in range(_PART):
            item = (number * _PART + place) * 10
            chosen = draw.choices(parts, k=3)
            text = "".join(chosen)
            iri = f"urn:{item}"
            nodes.append(ItemRow(item, iri, iri, document.id, place, "", None, None, None, text, None, 0, 1, True))
            told += [SentenceRow(item + i, item, part, None, 0, 1) for i, part in enumerate(chosen, 1)]
        catalogue.put(document, nodes, told, [], [])
        texts = [node.text for node in nodes] + [sentence.text for sentence in told]
        numbers = [node.number for node in nodes] + [sentence.number for sentence in told]
        vectors.add(numbers, encoder.encode(texts))
    catalogue.close()
    vectors = vectors.divided()
    vectors.save(folder / "vectors.faiss")
    catalogue, vectors = Catalogue.read(folder / "catalogue.sqlite"), VectorIndex.load(folder / "vectors.faiss")
    columns = Columns(catalogue, vectors)
    return Sources(Store.in_memory(), catalogue, vectors, columns, encoder, alignment(encoder, catalogue.texts))


def _times(ask: Callable[[str], object]) -> list[float]:
    """Milliseconds of each question, once all have been asked."""
    asked = questions()
    for question in asked:
        ask(question)
    times = []
    for question in asked:
        start = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - start) * 1000)
    return times


def _floor(sources: Sources) -> float:
    """Milliseconds of encoding a question and one search of the vectors, median."""
    times = []
    for question in questions():
        start = time.perf_counter()
        sources.vectors.search(sources.encoder.encode_questions([question])[0], 10)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _row(name: str, times: list[float], floor: float, wanted: float) -> Row:
    middle, late = np.percentile(times, [50, 95])
    return Row(
        f"{name}, ms p50 (p95)",
        f"{middle:.1f} ({late:.1f})",
        f"encoding and one search of the vectors: {floor:.2f}",
        f"{middle / floor:.1f}",
        f"<= {wanted} ms",
        met=bool(middle <= wanted),
    )


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
