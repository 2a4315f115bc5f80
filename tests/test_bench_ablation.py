"""The table of ablations: its baselines against their formulas, masked columns, intervals, and the text."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import ablation, baselines
from bench.ablation import COLUMNS, Measured, by_column, by_weights, figures, interval, pooled, refitted
from bench.baselines import BM25, Baseline, Text, by_meaning, by_words, fuse, order, rank_all
from bench.calibrate import fit_ranking
from bench.quality import Judged, Question, Set
from index import tokens
from index.catalogue import ItemRow
from index.embed import load_encoder
from index.evaluate import Score
from index.evaluate_search import Estimate, LanguageReport, Outcome, SearchReport
from index.search import Features, Scored

TEXTS = (["教育", "学校", "教育"], ["教育", "卫生"], ["交通", "5g", "建设", "建设", "建设"])


def row(position: int) -> ItemRow:
    return ItemRow(
        number=position,
        id=f"i{position}",
        iri="",
        document="d",
        position=position,
        path=f"一/{position}",
        ordinal=position,
        heading=None,
        section=None,
        text="",
        raw=None,
        start=0,
        end=0,
        is_item=True,
    )


def candidate(position: int, **features: float) -> Scored:
    given = dict.fromkeys(COLUMNS, 0.0) | features
    return Scored(number=position, row=position, features=Features(**given), strength=0.0)


def asked(name: str, language: str, *candidates: tuple[Scored, int], missed: Sequence[int] = ()) -> Judged:
    grades = tuple(grade for _, grade in candidates if grade) + tuple(missed)
    return Judged(name, language, 2, candidates, grades)


def questions() -> list[Judged]:
    """In every set the words say what is right; alignment says it too, in Chinese only."""
    found = []
    for name in ("development, one", "calibration 1", "calibration 2", "validation 1"):
        for language in ("zh", "en"):
            right = candidate(2, words=0.9, aligned=0.8 if language == "zh" else 0.0, item=0.1)
            wrong = candidate(1, words=0.2, aligned=0.1, item=0.3)
            found.append(asked(name, language, (wrong, 0), (right, 2)))
    return [*found, asked("validation 1", "zh", (candidate(1, words=0.5), 0))]


# ---- words


def bm25_by_hand(question: Sequence[str], text: Sequence[str]) -> float:
    mean = (3 + 2 + 5) / 3
    total = 0.0
    for token in question:
        n, f = sum(token in other for other in TEXTS), text.count(token)
        rarity = math.log(1 + (3 - n + 0.5) / (n + 0.5))
        total += rarity * f * (1.2 + 1) / (f + 1.2 * (1 - 0.75 + 0.75 * len(text) / mean))
    return total


@pytest.mark.parametrize("question", [["教育"], ["建设", "卫生"], ["教育", "教育", "5g"], ["无"], []])
def test_bm25_is_the_formula(question: list[str]) -> None:
    expected = [bm25_by_hand(question, text) for text in TEXTS]
    np.testing.assert_allclose(BM25(TEXTS).scores(question), expected)


def test_bm25_of_known_numbers() -> None:
    # 卫生 stands in one of three texts: ln(1 + 2.5 / 1.5) = .98083; its text has 2 of 10/3 tokens on average:
    # 2.2 / (1 + 1.2 (.25 + .75 x .6)) = 2.2 / 1.84
    np.testing.assert_allclose(BM25(TEXTS).scores(["卫生"]), [0.0, 0.980829 * 2.2 / 1.84, 0.0], rtol=1e-6)


def test_bm25_of_no_texts_and_of_empty_ones() -> None:
    assert BM25([]).scores(["教育"]).tolist() == []
    assert BM25([[], []]).scores(["教育"]).tolist() == [0.0, 0.0]


def test_an_english_question_meets_only_digits_and_latin_words() -> None:
    texts = [Text("推进教育公平。", ()), Text("建设5G基站。", ()), Text("推进APEC合作。", ())]
    found = by_words(texts, ["education for all", "5G base stations", "what about APEC"], tokens.words)
    assert found == ([], [1], [2])


def test_order_keeps_equal_scores_as_they_stand() -> None:
    assert order(np.array([0.0, 2.0, 0.0, 3.0, 2.0])) == [3, 1, 4, 0, 2]
    assert order(np.array([0.0, 2.0, 0.0, 3.0, 2.0]), above=0.0) == [3, 1, 4]


# ---- fusion


def test_fusion_adds_reciprocal_ranks() -> None:
    # 7: 1/61 + 1/62; 5: 1/62 + 1/61, the same: the lower place first; 9: 1/63; 1: 1/63, in the other one
    assert fuse([[7, 5, 9], [5, 7, 1]]) == [5, 7, 1, 9]
    assert fuse([[4, 2], [2]]) == [2, 4]
    assert fuse([[], [3, 1]]) == [3, 1]


@given(st.permutations(range(6)))
def test_fusion_of_a_ranking_with_itself_is_that_ranking(ranking: list[int]) -> None:
    assert fuse([ranking, ranking]) == ranking


# ---- meaning


def test_the_best_sentence_lifts_its_item() -> None:
    question = "养老服务"
    long = "加强道路交通安全管理，推进城市轨道交通建设，完善公路网络，改善农村公路。"
    texts = [Text(long + question, (long, question)), Text("老年人的医疗", ("老年人的医疗",))]
    found = by_meaning(load_encoder(), texts, [question])
    assert found == {baselines.WHOLE: ([1, 0],), baselines.BEST: ([0, 1],)}


def test_what_is_not_installed_is_told_and_the_rest_is_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "find_spec", lambda _: None)
    monkeypatch.setattr(baselines, "_other_model", lambda model: f"no {model}")
    found = rank_all([Text("推进教育公平。", ("推进教育公平。",))], ["教育", "health"])
    assert {one.name: one.why_not for one in found if one.rankings is None} == {
        "prototype model alone": "no prototype model",
        "all-MiniLM-L6-v2 alone": "no all-MiniLM-L6-v2",
        "txtai, dense, bundled model": "txtai is not installed: pip install txtai",
        "txtai, hybrid, bundled model": "txtai is not installed: pip install txtai",
    }
    assert {one.name: one.rankings for one in found if one.rankings is not None} == {
        "bundled model alone, item cosine": ([0], [0]),
        "bundled model alone, item or best sentence": ([0], [0]),
        baselines.BM25_WORDS: ([0], []),
        baselines.BM25_BIGRAMS: ([0], []),
        baselines.FUSED: ([0], [0]),
    }


def test_borderline_items_are_left_out_of_a_baselines_ranking() -> None:
    question = Question("教育", "zh", {"p|一/1": 2, "p|一/4": 1}, frozenset({"p|一/2"}), by_number=False)
    baseline = Baseline("one", ([1, 2, 0],))
    found = list(ablation._graded([question], baseline, [row(1), row(2), row(3)], {"d": "p"}))
    assert found == [(0, 2)]


# ---- masking


def test_the_columns_are_those_of_the_weights() -> None:
    values = {name: float(place) for place, name in enumerate(COLUMNS)}
    assert Features(**values).row() == tuple(values.values())


def test_a_masked_column_weighs_nothing_and_the_others_are_fitted_as_if_it_were_not_there() -> None:
    judged = [question for question in questions() if question.grades]
    aligned = COLUMNS.index("aligned")
    masked = fit_ranking(judged, [aligned])
    blank = [
        replace(q, candidates=tuple((candidate_without(s, "aligned"), grade) for s, grade in q.candidates))
        for q in judged
    ]
    np.testing.assert_allclose(masked, fit_ranking(blank), atol=1e-7)
    whole = fit_ranking(judged)
    assert masked[aligned] == 0 < whole[aligned]
    assert masked[COLUMNS.index("words")] > whole[COLUMNS.index("words")]


def candidate_without(scored: Scored, name: str) -> Scored:
    return replace(scored, features=replace(scored.features, **{name: 0.0}))


def test_without_a_part_its_questions_are_ranked_by_the_rest() -> None:
    judged = questions()
    assert refitted(judged) == [(2, 0)] * 8 + [(0,)]
    # the cosine alone is wrong everywhere: it gets no weight, and equal strengths stand in the order of the document
    rest = [name for name in COLUMNS if name != "item"]
    assert refitted(judged, rest) == [(0, 2)] * 8 + [(0,)]
    assert refitted(judged, ["words"])[::2][:4] == [(2, 0)] * 4  # Chinese, by alignment


def test_no_fit_sees_what_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []

    def fit(judged: Sequence[Judged], without: Sequence[int]) -> ablation.Array:
        seen.append(tuple(sorted({f"{q.set} {q.language}" for q in judged})))
        return np.ones(len(COLUMNS))

    monkeypatch.setattr(ablation, "fit_ranking", fit)
    refitted([question for question in questions() if question.language == "zh"])
    assert seen == [
        ("calibration 1 zh", "calibration 2 zh"),
        ("calibration 2 zh", "development, one zh"),
        ("calibration 1 zh", "development, one zh"),
        ("calibration 1 zh", "calibration 2 zh", "development, one zh"),
    ]


def test_one_column_alone_retrieves_only_what_has_it() -> None:
    some = [(candidate(3, words=0.5), 1), (candidate(1), 2), (candidate(2, words=0.5), 0), (candidate(4, words=0.7), 0)]
    question = asked("calibration 1", "en", *some)
    assert by_column(question, "words") == (0, 0, 1)
    assert by_weights(question, np.zeros(len(COLUMNS))) == (2, 0, 1, 0)  # by position, not as the search had them
    assert by_column(asked("calibration 1", "en", missed=[2]), "words") == ()
    assert by_weights(asked("calibration 1", "en", missed=[2]), np.ones(len(COLUMNS))) == ()


# ---- figures


def test_what_was_not_retrieved_counts_as_missed() -> None:
    judged = [
        asked("calibration 1", "zh", (candidate(1), 2), missed=[2]),
        asked("calibration 1", "zh", missed=[1]),
        asked("calibration 1", "zh"),
    ]
    found = figures("one", judged, [(2,), (), ()])
    best = 3 + 3 / math.log2(3)
    np.testing.assert_allclose(found.ndcg, [3 / best, 0])
    np.testing.assert_allclose(found.recall, [0.5, 0])


def test_recall_counts_the_first_ten() -> None:
    judged = [asked("calibration 1", "zh", missed=[1, 1])]
    assert figures("one", judged, [(1, *[0] * 9, 1)]).recall.tolist() == [0.5]


def test_the_interval_is_the_same_for_the_same_seed_and_holds_the_mean() -> None:
    values = np.random.default_rng(3).uniform(size=50)
    low, high = interval(values)
    assert (low, high) == interval(values) != interval(values, seed=1)
    assert low < values.mean() < high
    half = 1.96 * values.std() / math.sqrt(50)
    np.testing.assert_allclose([low, high], [values.mean() - half, values.mean() + half], atol=0.01)
    assert interval(np.ones(5)) == (1.0, 1.0)


def test_pooled_means_weigh_questions() -> None:
    assert pooled([Estimate(1.0, 0, 1, 1), Estimate(0.5, 0, 1, 3)]) == Estimate(0.625, 0.0, 0.0, 4)
    assert pooled([]) == Estimate(0.0, 0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("name", "group"),
    [("development, the sample plan", "development"), ("calibration 3", "calibration"), ("validation 1", "validation")],
)
def test_the_group_of_a_set_is_the_first_word_of_its_name(name: str, group: str) -> None:
    assert ablation.group_of(name) == group


# ---- the table


def language_report() -> LanguageReport:
    one = Estimate(1.0, 1.0, 1.0, 1)
    silent = Estimate(0.5, 0.0, 1.0, 2)
    return LanguageReport(one, one, one, one, Score(right=1, found=2, wanted=1), silent, Estimate(0.0, 0.0, 0.0, 1))


def measured() -> list[Measured]:
    outcome = Outcome("1", "zh", "教育", ("1", "2"), (("1", 2),), (2, 0), (0.9, 0.1))
    languages = {"zh": language_report(), "en": language_report()}
    report = SearchReport(languages, Estimate(0.25, 0.0, 1.0, 4), 0.1, (outcome, replace(outcome, language="en")))
    found = []
    for name in dict.fromkeys(question.set for question in questions()):
        judged = tuple(question for question in questions() if question.set == name)
        baseline = ("BM25", tuple((0, 2) if question.grades else () for question in judged))
        found.append(Measured(judged, (baseline,), (("txtai", "not installed"),), report))
    return found


def test_the_table_of_rankings() -> None:
    rows = [line.strip("| ").split(" | ") for line in ablation.ranking_table(measured()).splitlines()]
    head, whole = rows[0], rows[2]
    assert head[1] == "development zh / en" and head[-1] == "recall@10, validation zh / en" and len(head) == 8
    one = "1.000 (1.000 to 1.000)"
    assert whole == [ablation.WHOLE, "1.000 / 1.000", "1.000 / 1.000", one, one, "", "", "1.000 / 1.000"]
    assert [row[0] for row in rows[3:]] == [
        ablation.SHIPPED,
        *ablation.PARTS,
        "words alone (that feature of this search)",
        "BM25",
    ]
    assert rows[-1] == [
        "BM25",
        "0.631 / 0.631",
        "0.631 / 0.631",
        "0.631 (0.631 to 0.631)",
        "0.631 (0.631 to 0.631)",
        "-0.369 (-0.369 to -0.369)",
        "-0.369 (-0.369 to -0.369)",
        "1.000 / 1.000",
    ]


def test_the_table_of_answers_pools_the_sets_of_a_group() -> None:
    rows = [line.strip("| ").split(" | ") for line in ablation.answers_table(measured()).splitlines()][2:]
    assert rows[2] == [
        *("calibration", "zh", "2 / 4", "0.500", "1.000", "0.667", "0.500", "0.000", "0.100", "0.250 (8 pairs)"),
    ]
    assert [row[:2] for row in rows] == [[group, lang] for group in ablation.GROUPS for lang in ("zh", "en")]


def test_the_report_names_what_was_skipped_and_every_row_has_the_columns_of_its_head() -> None:
    text = ablation.report(measured())
    assert "| txtai | skipped: not installed |" in text
    widths: list[set[int]] = [set()]
    for line in text.splitlines():
        if line.startswith("|"):
            widths[-1].add(line.count("|"))
        elif widths[-1]:
            widths.append(set())
    assert [width for width in widths if width] == [{9}, {11}]
    assert text.startswith("# What each part of the search is worth\n\n20")


def test_without_the_shared_material_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ablation, "sets", lambda: [])
    assert ablation.measure() == []
    assert "the shared material is not beside this checkout" in capsys.readouterr().err


def test_a_set_is_measured_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text(
        "工作要点\n一、教育工作\n1.推进教育公平。新建学校两所。\n2.建设5G基站。\n3.改善学校的伙食。\n", encoding="utf-8"
    )
    lines = [
        {"query": "学校", "lang": "zh", "relevant": {"1": 2}, "borderline": []},
        {"query": "5G", "lang": "en", "relevant": {"2": 1}},
        {"query": "space travel", "lang": "en", "relevant": {}},
    ]
    file = tmp_path / "validation_tiny.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    monkeypatch.setattr(baselines, "find_spec", lambda _: None)
    monkeypatch.setattr(baselines, "_other_model", lambda model: f"no {model}")
    found = ablation._measured(Set("validation tiny", file, (plan,)))
    assert [(one.language, one.grades) for one in found.judged] == [("zh", (2,)), ("en", (1,)), ("en", ())]
    assert dict(found.baselines)[baselines.BM25_WORDS] == ((0, 2), (1,), ())  # the shorter item first
    assert len(dict(found.baselines)[f"{baselines.BUNDLED_MODEL} alone, {baselines.WHOLE}"][0]) == 3
    assert [name for name, _ in found.skipped][-1] == baselines.TXTAI_HYBRID
    assert [outcome.query for outcome in found.report.outcomes] == ["学校", "5G", "space travel"]
