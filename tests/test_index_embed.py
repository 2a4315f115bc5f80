"""The bundled model: the same vectors with and without torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import BaseError
from index.embed import BUNDLED, SentenceTransformerEncoder, load_encoder

TEXTS = [
    "哪些条目涉及民生",
    "which items concern livelihood",
    "請你來協商",
    "围绕碳达峰碳中和背景下推动产业结构优化升级开展常委会专题调研。" * 20,
    "5G＋工业互联网",
    "xyzzyplugh",
]


def test_rows_have_unit_length_and_the_named_dimension() -> None:
    encoder = load_encoder()
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_nothing_gives_zeros_and_no_texts_no_rows() -> None:
    encoder = load_encoder()
    assert not encoder.encode(["", " \n"]).any()
    assert encoder.encode([]).shape == (0, encoder.dimension)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_sentence_transformers_gives_the_same_vectors() -> None:
    by_torch = SentenceTransformerEncoder(BUNDLED)
    bundled = load_encoder()
    assert by_torch.dimension == bundled.dimension
    np.testing.assert_allclose(by_torch.encode([*TEXTS, ""]), bundled.encode([*TEXTS, ""]), atol=1e-5)


def test_traditional_characters_make_no_difference() -> None:
    traditional, simplified = load_encoder().encode(["請你來協商，委員會客廳", "请你来协商，委员会客厅"])
    np.testing.assert_array_equal(traditional, simplified)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    encoder = load_encoder()
    np.testing.assert_allclose(encoder.encode(TEXTS)[2:3], encoder.encode(TEXTS[2:3]), atol=1e-6)


def test_the_bundled_model_needs_no_torch() -> None:
    program = (
        "import sys; from index.embed import load_encoder; load_encoder().encode(['民生']); "
        "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_an_unknown_model_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BaseError, match="cannot be loaded") as caught:
        load_encoder(tmp_path / "empty")
    assert "\n" not in str(caught.value)
