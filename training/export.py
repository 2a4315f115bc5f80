"""Writes a model folder that sentence-transformers and `index/embed.py` both read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from corpus.errors import ReadError
from index.embed import EmbeddingMatrix
from training.vocabulary import write_tokenizer

_MODULES = [
    ("", "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"),
    ("1_Normalize", "sentence_transformers.base.modules.normalize.Normalize"),
]
_SETTINGS = {
    "default_prompt_name": None,
    "model_type": "SentenceTransformer",
    "prompts": {"document": "", "query": ""},
    "similarity_fn_name": "cosine",
}


def export(
    folder: Path, tokenizer: dict[str, Any], table: EmbeddingMatrix, weights: EmbeddingMatrix, power: float = 1.0
) -> None:
    """Write the model. Rows are stored at unit length in float16, their lengths go into the float32 weights.

    A `power` below 1 brings the weights nearer to each other.
    """
    (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
    lengths = np.maximum(np.linalg.norm(table, axis=1), 1e-8)
    arrays = {
        "embeddings": (table / lengths[:, None]).astype(np.float16),
        "weights": ((weights * lengths) ** power).astype(np.float32),
    }
    save_file(arrays, folder / "model.safetensors")
    write_tokenizer(tokenizer, folder / "tokenizer.json")
    modules = [{"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(_MODULES)]
    _write_json(folder / "modules.json", modules)
    _write_json(folder / "config_sentence_transformers.json", _SETTINGS)
    key = "sentence_embedding"
    _write_json(folder / "1_Normalize" / "config.json", {"module_input_name": key, "module_output_name": key})


def read_table(folder: Path) -> tuple[EmbeddingMatrix, EmbeddingMatrix]:
    """The rows of a model's tokens and their weights; older static models have rows alone.

    Raises ReadError where the folder holds no static model.
    """
    try:
        arrays = load_file(folder / "model.safetensors")
        rows: EmbeddingMatrix = arrays["embeddings" if "embeddings" in arrays else "embedding.weight"]
    except (OSError, KeyError, SafetensorError) as error:
        raise ReadError(f"{folder} holds no static model: {error}") from error
    return rows.astype(np.float32), arrays.get("weights", np.ones(len(rows), np.float32))


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")
