"""From text to vectors: the bundled bilingual model, or any sentence-transformers model by name or path.

The bundled model is a table of static token vectors (weighted mean of the tokens, then unit length). It is read with
`tokenizers`, `safetensors` and numpy in a tenth of a second; importing torch and sentence-transformers, which takes
ten, happens only for another model. Both loaders give the same vectors (tests/test_index_embed.py): the file holds
`embeddings` in float16 and a float32 weight per token, which makes sentence-transformers compute in float32 too.

Many models want a prompt before a text, and another one before a question than before a passage: `encode_questions`
and `encode` put them there.
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import BaseError
from index.script import to_simplified
from ontology import tables

EmbeddingMatrix = npt.NDArray[np.float32]
TokenRows = npt.NDArray[np.int32]  # of a static model's table

BUNDLED = Path(__file__).parent / "model"
BUNDLED_NAME = "yaodian-static"
_BATCH = 256
# Texts whose vectors tell models apart: both languages, a word and a sentence.
_PROBES = ("要点", "work plan", "围绕民生实事开展专项视察。", "Which tasks are due by the end of June?")


class Prompts(NamedTuple):
    """What a model wants before a question and before a passage; empty: nothing."""

    query: str = ""
    passage: str = ""


class Encoder(Protocol):
    """Anything that turns texts into rows of unit length."""

    @property
    def name(self) -> str:
        """What the model is called in a manifest."""

    @property
    def dimension(self) -> int:
        """Columns of the matrix."""

    @property
    def digest(self) -> str:
        """A hash of what decides the vectors; two encoders with the same digest give the same vectors."""

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """Passages: float32 of shape (len(texts), dimension); a text without any known token gives a row of zeros."""

    def encode_questions(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """Questions, as `encode` gives passages: their cosines with passages say how well those answer."""


def bundled_vocabulary() -> tuple[str, ...]:
    """The pieces of text that the bundled model has a vector for."""
    model = json.loads((BUNDLED / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    return tuple(piece for piece, _ in model["vocab"])


class StaticEncoder:
    """A static sentence-transformers model (StaticEmbedding, Normalize), read without torch."""

    def __init__(self, path: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._path = path
        self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        self._tokenizer.no_padding()
        arrays = load_file(str(path / "model.safetensors"))
        self._table: npt.NDArray[Any] = arrays["embeddings"]
        self._weights: EmbeddingMatrix = arrays["weights"]

    @property
    def name(self) -> str:
        """`yaodian-static` for the bundled model, else the folder's name."""
        return BUNDLED_NAME if self._path == BUNDLED else self._path.name

    @property
    def dimension(self) -> int:
        """Columns of the table."""
        return int(self._table.shape[1])

    @cached_property
    def digest(self) -> str:
        """SHA-256 over tokenizer and table."""
        return _digest(self._path / "tokenizer.json", self._path / "model.safetensors")

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """Weighted sum of the token vectors, scaled to unit length (so a sum serves as well as a mean)."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        plain = [to_simplified(text) for text in texts]
        for row, encoded in enumerate(self._tokenizer.encode_batch_fast(plain, add_special_tokens=False)):
            if encoded.ids:
                ids = encoded.ids
                vectors[row] = self._weights[ids] @ self._wide[ids]
        return to_unit_length(vectors)

    def pieces(self, texts: Sequence[str]) -> list[TokenRows]:
        """For each text the rows of its tokens, each once, in rising order."""
        plain = [to_simplified(text) for text in texts]
        encoded = self._tokenizer.encode_batch_fast(plain, add_special_tokens=False)
        return [np.unique(np.asarray(one.ids, np.int32)) for one in encoded]

    @property
    def size(self) -> int:
        """Rows of the table."""
        return len(self._table)

    @cached_property
    def _wide(self) -> EmbeddingMatrix:
        """The table in float32: to widen rows text by text takes half of the time of encoding."""
        return self._table.astype(np.float32)

    @cached_property
    def _lengths(self) -> EmbeddingMatrix:
        lengths: EmbeddingMatrix = np.maximum(np.linalg.norm(self._wide, axis=1), 1e-9)
        return lengths

    def cosines(self, ids: npt.NDArray[np.int64], others: EmbeddingMatrix) -> EmbeddingMatrix:
        """The cosines of tokens with vectors of unit length, shape (len(ids), len(others))."""
        found: EmbeddingMatrix = (self._wide[ids] @ others.T) / self._lengths[ids][:, None]
        return found

    def rows(self, ids: TokenRows) -> EmbeddingMatrix:
        """The weighted vectors of tokens, shape (len(ids), dimension); their lengths say how much each matters."""
        rows: EmbeddingMatrix = self._weights[ids][:, None] * self._wide[ids]
        return rows

    def encode_questions(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """The same as `encode`: a static model is trained without prompts."""
        return self.encode(texts)


class SentenceTransformerEncoder:
    """Any model that sentence-transformers loads; never contacts a hub when given a path.

    Its prompts are those that it stores, else those of `ontology/model_prompts.tsv`.
    """

    def __init__(self, model: str | Path) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        if sys.stderr is None or not sys.stderr.isatty():
            logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # a bar for every loading is for eyes, not for logs
        local = Path(model).exists()
        self._name = str(Path(model).absolute() if local else model)
        self._model: Any = SentenceTransformer(str(model), device="cpu", local_files_only=local)
        self._dimension = self._model.get_embedding_dimension() or self._model.encode([""]).shape[1]
        self.prompts = stored_prompts(self._model.prompts) or known_prompts(self._name)

    @property
    def name(self) -> str:
        """The name as given, a path in full, so that it names the model in any folder."""
        return self._name

    @property
    def dimension(self) -> int:
        """The length of the model's sentence vectors."""
        return int(self._dimension)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the prompts and the outlines of the vectors of fixed texts: what the model does, wherever its
        files lie.

        The outline says which of two neighbouring components is the larger. Another processor or library changes the
        last digits of a vector and so, unlike any rounding of its components, hardly ever the outline.
        """
        probes = np.vstack([self.encode(_PROBES), self.encode_questions(_PROBES)])
        outline = np.packbits(np.diff(probes, axis=1) > 0).tobytes()
        return hashlib.sha256(json.dumps([self.dimension, *self.prompts]).encode("ascii") + outline).hexdigest()

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """The model's vectors of passages, scaled to unit length."""
        return self._encoded(self._model.encode_document, texts, self.prompts.passage)

    def encode_questions(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """The model's vectors of questions, scaled to unit length."""
        return self._encoded(self._model.encode_query, texts, self.prompts.query)

    def _encoded(self, encode: Any, texts: Sequence[str], prompt: str) -> EmbeddingMatrix:
        plain = [to_simplified(text) for text in texts]
        # A prompt is named even where it is empty: for None a model takes its default one.
        vectors = encode(plain, prompt=prompt, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False)
        return to_unit_length(np.asarray(vectors, np.float32).reshape(len(texts), self.dimension))


def stored_prompts(prompts: Mapping[str, str | None]) -> Prompts | None:
    """The prompts that a model stores (`config_sentence_transformers.json`); None where it stores none.

    sentence-transformers calls a passage `document`, older models `passage` or `corpus`; it fills in empty ones.
    """
    passages = (prompts.get(key) for key in ("document", "passage", "corpus"))
    found = Prompts(prompts.get("query") or "", next(filter(None, passages), ""))
    return found if any(found) else None


def known_prompts(name: str) -> Prompts:
    """The prompts of `ontology/model_prompts.tsv` for a model by its name, or by the folders of its path.

    The first row that matches counts; none: no prompts.
    """
    parts = [part for part in re.split(r"[/\\]|--", name.lower()) if part]  # a hub's cache: models--OWNER--NAME
    for row in tables.rows("model_prompts"):
        if any(fnmatchcase(part, row["model"].lower()) for part in parts):
            return Prompts(json.loads(row["query"]), json.loads(row["passage"]))
    return Prompts()


def load_encoder(model: str | Path | None = None) -> Encoder:
    """The bundled model by default or by its name, else a sentence-transformers model by path or name.

    Raises BaseError, with what to do, where the model cannot be loaded.
    """
    if not model or str(model) == BUNDLED_NAME or Path(model).resolve() == BUNDLED.resolve():
        return StaticEncoder(BUNDLED)
    from safetensors import SafetensorError

    try:
        return SentenceTransformerEncoder(model)
    except (OSError, ValueError, LookupError, RuntimeError, ImportError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BaseError(
            f"the embedding model {model} cannot be loaded ({reason}); give the path of its folder, "
            "or its name where the network can be reached"
        ) from error


def to_unit_length(vectors: EmbeddingMatrix) -> EmbeddingMatrix:
    """The rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: EmbeddingMatrix = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
