"""Tiny transformers, made here: their vectors mean nothing, but they are loaded, asked and told apart as real ones."""

from collections.abc import Mapping
from pathlib import Path

from corpus.sample import SAMPLE

DIMENSION = 32


def tiny_model(folder: Path, seed: int = 1, prompts: Mapping[str, str] | None = None) -> Path:
    """A BERT of one layer with random weights and a WordPiece vocabulary of single characters, saved in `folder`."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    characters = sorted({*SAMPLE.read_text(encoding="utf-8"), *"abcdefghijklmnopqrstuvwxyz0123456789:.?"} - {" ", "\n"})
    continued = [f"##{c}" for c in characters if c.isascii()]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *continued]
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=DIMENSION,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=DIMENSION,
        max_position_embeddings=128,
    )
    bert = BertModel(config)
    bert.save_pretrained(folder / "bert")
    BertTokenizer(vocab={word: number for number, word in enumerate(words)}).save_pretrained(folder / "bert")
    modules = [Transformer(str(folder / "bert"), max_seq_length=128), Pooling(DIMENSION)]
    model = SentenceTransformer(modules=modules, device="cpu", prompts=dict(prompts or {}))
    model.save(str(folder / "model"))
    return folder / "model"
