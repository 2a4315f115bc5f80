"""Confidences against verdicts: the error is nought where they agree, and every group tells its share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.calibration import Calibration, Group, Judged, calibrate


def test_confidences_that_hold_have_no_error() -> None:
    found = calibrate([Judged("verb", 0.75, right) for right in (1, 1, 1, 0)] + [Judged("name", 1.0, 1)])
    assert found == Calibration(
        facts=5,
        error=0.0,
        rule_error=0.0,
        bins=(Group("0.7-0.8", 4, 0.75, 0.75), Group("0.9-1.0", 1, 1.0, 1.0)),
        levels=(Group("0.75", 4, 0.75, 0.75), Group("1.00", 1, 1.0, 1.0)),
        rules=(Group("name", 1, 1.0, 1.0), Group("verb", 4, 0.75, 0.75)),
    )


def test_the_error_is_weighted_by_the_facts() -> None:
    found = calibrate([Judged("a", 0.9, 0), Judged("b", 0.6, 1), Judged("b", 0.6, 0.5), Judged("b", 0.6, 0.5)])
    assert found.error == pytest.approx((0.9 + 3 * abs(0.6 - 2 / 3)) / 4)


def test_two_rules_of_one_bin_may_make_up_for_each_other_but_not_by_rule() -> None:
    found = calibrate([Judged("a", 0.5, 1), Judged("b", 0.5, 0)])
    assert (found.error, found.rule_error) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("confidence", "name"), [(0.7, "0.7-0.8"), (0.29, "0.2-0.3"), (0.3, "0.3-0.4"), (1, "0.9-1.0")]
)
def test_a_border_belongs_to_the_bin_above(confidence: float, name: str) -> None:
    assert [group.name for group in calibrate([Judged("a", confidence, 1)]).bins] == [name]


def test_nothing_judged_is_no_error() -> None:
    assert calibrate([]) == Calibration(0, 0.0, 0.0, (), (), ())


@given(st.lists(st.builds(Judged, st.sampled_from("abc"), st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0]))))
def test_every_fact_is_in_one_group_of_each_kind(facts: list[Judged]) -> None:
    found = calibrate(facts)
    for groups in (found.bins, found.levels, found.rules):
        assert sum(group.facts for group in groups) == len(facts) == found.facts
        assert [group.name for group in groups] == list(dict.fromkeys(group.name for group in groups))
    assert 0 <= found.error <= 1
