"""One tokenizer for index and query: nothing that is in the text can be missed."""

from hypothesis import given
from hypothesis import strategies as st

from index.tokens import fingerprint, normalise, query_tokens, tokens, words

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=12)


def test_words_bigrams_and_characters() -> None:
    assert tokens("5G基站") == ["w5g", "w基站", "基站", "c基", "c站"]


def test_traditional_and_full_width_characters_meet_their_plain_forms() -> None:
    assert tokens("請你來協商") == tokens("请你来协商")
    assert tokens("ＡＰＰ１２") == tokens("app12")


def test_latin_words_inside_chinese_stand_alone() -> None:
    assert words("推进5G和APP应用") == ["推进", "5g", "app", "应用"]


def test_a_single_character_can_be_asked_for() -> None:
    assert query_tokens("水") == ["c水"]
    assert query_tokens("治水，水") == [t for t in dict.fromkeys(tokens("治水，水")) if not t.startswith("c")]


def test_no_bigram_crosses_a_mark() -> None:
    assert "育就" not in tokens("教育、就业")


@given(HAN, HAN, HAN)
def test_every_substring_of_two_characters_or_more_is_found(before: str, wanted: str, after: str) -> None:
    plain = normalise(wanted)
    text = set(tokens(normalise(before) + plain + normalise(after)))
    bigrams = {t for t in query_tokens(plain) if t[0] not in "wc"}
    assert bigrams <= text


@given(HAN, HAN, HAN)
def test_a_text_has_the_fingerprint_of_all_that_it_holds(before: str, wanted: str, after: str) -> None:
    assert fingerprint("数字" + wanted) <= set(tokens(before + "数字" + wanted + after))


@given(st.text(max_size=40))
def test_any_text_is_cut_without_blanks_or_quotes(text: str) -> None:
    assert all(token and '"' not in token and " " not in token for token in tokens(text))
