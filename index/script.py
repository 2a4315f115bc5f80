"""Traditional characters become simplified before anything is compared. The only file that knows OpenCC."""

import functools
from typing import Any


@functools.cache
def _converter() -> Any:
    from opencc import OpenCC  # type: ignore[attr-defined, unused-ignore]

    return OpenCC("t2s")


def to_simplified(text: str) -> str:
    """The text in simplified characters; text without Chinese characters is returned as it is."""
    if text.isascii():
        return text
    return str(_converter().convert(text))
