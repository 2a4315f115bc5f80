"""Bases that many tests read; built once."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from index.embed import load_encoder
from index.library import Library

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def sample_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base that holds the bundled plan."""
    path = tmp_path_factory.mktemp("base") / "kb"
    Library.build(path)
    return path


@pytest.fixture(scope="session")
def sample(sample_base: Path) -> Iterator[Library]:
    """The bundled plan's base, open."""
    with Library.open(sample_base) as library:
        yield library


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared material beside the checkout; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared material is not beside this checkout")
    return SHARED


@pytest.fixture(scope="module")
def one_encoder() -> Iterator[None]:
    """The bundled model is loaded once for all the builds of a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.library.load_encoder", cache(load_encoder))
        yield
