"""Typing slips: put right where one word was surely meant, and never where the word stands in the base."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from index.library import Library
from index.tokens import normalise
from ontology import tables


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("livelyhood", "livelihood"),
        ("Which items concern livelihod?", "which items concern livelihood?"),
        ("kindergarden", "kindergarten"),
        ("enviromental protection", "environmental protection"),
        ("democratic consultaton", "democratic consultation"),
        ("which tasks does the Finanse Bureau lead", "which tasks does the finance bureau lead"),
        ("哪些条目涉及营商坏境", "哪些条目涉及营商环境"),
        ("数宇政府", "数字政府"),
        ("請你來恊商", "请你来协商"),
    ],
)
def test_a_slip_is_put_right_and_shown(sample: Library, question: str, expected: str) -> None:
    answer = sample.search(question)
    assert answer.query == question
    assert answer.corrected == expected
    assert [r.id for r in answer.results] == [r.id for r in sample.search(expected).results]


@pytest.mark.parametrize(
    "question",
    [
        *("livelihood", "哪些条目涉及民生", "typhoon and flood emergency response", "football leagues for teenagers"),
        *("quantum chromodynamics on Mars", "staple food and poultry", "ransomware attacks on hospitals", "品德教育"),
        *("Quelles tâches concernent l'éducation ?", "Jinhua and Hangzhou", "请你来协商", "黄大仙文化", "养梅花鹿"),
    ],
)
def test_what_is_right_stays(sample: Library, question: str) -> None:
    assert sample.search(question).corrected is None


def test_no_question_of_the_gold_data_is_changed(sample: Library, shared: Path) -> None:
    text = (shared / "gold" / "queries_dev.jsonl").read_text(encoding="utf-8")
    import json

    changed = {q: c for line in text.splitlines() if (c := sample.search(q := json.loads(line)["query"]).corrected)}
    assert changed == {}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A base in which what looks like slips is what stands there."""
    folder = tmp_path_factory.mktemp("odd")
    text = "某市2023年工作要点\n\n一、推广Livelyhood系统。\n\n二、营商坏境博物馆开馆。\n"
    (folder / "plan.txt").write_text(text, encoding="utf-8")
    Library.build(folder / "kb", [folder / "plan.txt"])
    with Library.open(folder / "kb") as library:
        yield library


@pytest.mark.parametrize("question", ["livelyhood", "营商坏境"])
def test_a_word_of_the_base_is_never_changed(odd: Library, question: str) -> None:
    assert odd.search(question).corrected is None


_WORDS = sorted(
    {word for term in tables.glossary() for word in term.en.lower().split() if len(word) > 7 and word.isalpha()}
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_WORDS), st.data())
def test_a_corrected_word_is_one_or_two_letters_away(sample: Library, word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    typed = word[:at] + data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz")) + word[at + 1 :]
    corrected = sample.search(typed).corrected
    assert corrected is None or OSA.distance(typed, corrected) <= 2


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=60).filter(lambda text: any(c.isalnum() for c in text)))
def test_any_text_is_taken(sample: Library, text: str) -> None:
    answer = sample.search(text)
    assert answer.corrected is None or answer.corrected != normalise(text)
