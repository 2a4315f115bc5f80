"""Content negotiation: the most specific range decides, of equals the first offered wins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.negotiate import GRAPH, ROWS, choose, content_type

JSON, XML, CSV = "application/sparql-results+json", "application/sparql-results+xml", "text/csv"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        (XML, XML),
        (XML.upper(), XML),
        (f"{XML};q=0.5, {CSV}", CSV),
        (f"{JSON};q=0, */*", "application/json"),
        ("text/*", CSV),
        ("text/*;q=0.3, application/json;q=0.2", CSV),
        (f"*/*;q=0.1, {CSV};q=0.2", CSV),
        (f"{CSV};charset=utf-8", CSV),
        (f"{CSV}; q = 0.9, {XML};q=0.8", CSV),
        ("image/png", None),
        (f"{CSV};q=high", None),
        (f"{CSV};q=2", None),
        ("*/*;q=0", None),
        (",,,", JSON),
        ("*", JSON),
        ("*;q=0.1, text/csv", CSV),
        ("nonsense", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
    ],
)
def test_choice_among_result_formats(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, tuple(ROWS)) == chosen


@given(st.text(alphabet="abq*/;,=.019 \t", max_size=60))
def test_any_header_gives_an_offer_or_nothing(accept: str) -> None:
    assert choose(accept, tuple(GRAPH)) in (None, *GRAPH)


@given(st.sampled_from(sorted(GRAPH)))
def test_an_exact_type_gets_itself(offer: str) -> None:
    assert choose(f"{offer}, */*;q=0.1", tuple(GRAPH)) == offer


def test_text_says_that_it_is_utf8() -> None:
    assert content_type("text/turtle") == "text/turtle; charset=utf-8"
    assert content_type("application/ld+json") == "application/ld+json"
