"""From text to vectors: the bundled bilingual model, or any sentence-transformers model by name or path.

The bundled model is a table of static token vectors (weighted mean of the tokens, then unit length). It is read with
`tokenizers`, `safetensors` and numpy in a tenth of a second; importing torch and sentence-transformers, which takes
ten, happens only for another model. Both loaders give the same vectors (tests/test_index_embed.py): the file holds
`embeddings` in float16 and a float32 weight per token, which makes sentence-transformers compute in float32 too.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import BaseError
from index.script import to_simplified

EmbeddingMatrix = npt.NDArray[np.float32]

BUNDLED = Path(__file__).parent / "model"
_BATCH = 256


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
        """float32 of shape (len(texts), dimension); a text without any known token gives a row of zeros."""


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
        return "yaodian-static" if self._path == BUNDLED else self._path.name

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
        for row, encoded in enumerate(self._tokenizer.encode_batch(plain, add_special_tokens=False)):
            if encoded.ids:
                ids = encoded.ids
                vectors[row] = self._weights[ids] @ self._table[ids].astype(np.float32)
        return to_unit_length(vectors)

    def pieces(self, texts: Sequence[str]) -> list[npt.NDArray[np.int64]]:
        """For each text the rows of its tokens, each once, in rising order."""
        plain = [to_simplified(text) for text in texts]
        encoded = self._tokenizer.encode_batch(plain, add_special_tokens=False)
        return [np.unique(np.asarray(one.ids, np.int64)) for one in encoded]

    def rows(self, ids: npt.NDArray[np.int64]) -> EmbeddingMatrix:
        """The weighted vectors of tokens, shape (len(ids), dimension); their lengths say how much each matters."""
        rows: EmbeddingMatrix = self._weights[ids][:, None] * self._table[ids].astype(np.float32)
        return rows


class SentenceTransformerEncoder:
    """Any model that sentence-transformers loads; never contacts a hub when given a path."""

    def __init__(self, model: str | Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._name = str(model)
        local = Path(model).exists()
        self._model: Any = SentenceTransformer(str(model), device="cpu", local_files_only=local)

    @property
    def name(self) -> str:
        """The name or path as given."""
        return self._name

    @property
    def dimension(self) -> int:
        """The length of the model's sentence vectors."""
        return int(self._model.get_embedding_dimension())

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the vectors of a fixed text: what the model does, wherever its files lie."""
        probe = self.encode(["要点 work plan"]).round(3)
        return hashlib.sha256(probe.tobytes()).hexdigest()

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        """The model's vectors, scaled to unit length."""
        plain = [to_simplified(text) for text in texts]
        vectors = self._model.encode(plain, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False)
        return to_unit_length(np.asarray(vectors, np.float32).reshape(len(texts), self.dimension))


def load_encoder(model: str | Path | None = None) -> Encoder:
    """The bundled model by default, else a sentence-transformers model by path or name.

    Raises BaseError, with what to do, where the model cannot be loaded.
    """
    if model is None or Path(model) == BUNDLED:
        return StaticEncoder(BUNDLED)
    try:
        return SentenceTransformerEncoder(model)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BaseError(
            f"the embedding model {model} cannot be loaded ({reason}); give the path of its folder"
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
