"""Every rule of extraction is in the table with a sentence and an example, and fires on its example."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from corpus.parse import parse_file, parse_text
from corpus.sample import SAMPLE
from corpus.tables import Row
from graph.extract import extract
from graph.facts import to_json
from graph.lexicon import Lexicon
from ontology import tables

GRAPH = Path(__file__).parent.parent / "graph"
RULES = {row["rule"]: row for row in tables.rows("rules")}
# where a call takes the id of a rule: function -> position of the argument
_TAKES_RULE = {"Found": 4, "Entry": 3, "_named": 4, "_say": 4, "relation": 5, "Link": 3, "trust": 0}
_PLAN = "政协青田市委员会2023年工作要点\n\n一、主要任务\n1.{phrase}\n2.以上事项由办公室督办。\n"


def facts_in(phrase: str, rule: str) -> set[str]:
    """What a rule finds in a phrase that is an item of a plan, in the words of the table."""
    document = parse_text(_PLAN.format(phrase=phrase), "plan.txt")
    facts = to_json(document, extract(document, Lexicon.load()))
    mentions = {f"{m['class']} {m['text']}" for m in facts["mentions"] if m["rule"] == rule}
    relations = {f"{r['predicate']} {r['object']['name']}" for r in facts["relations"] if r["rule"] == rule}
    deadlines = {f"deadline {t['deadline']['printed']}" for t in facts["tasks"] if t["deadline"]}
    return mentions | relations | (deadlines if rule == "deadline" else set())


BY_USERS = {
    "alias",
    "user",
}  # what these find, a base's users have stated: see test_graph_aliases and test_api_corrections


@pytest.mark.parametrize("row", [row for name, row in RULES.items() if name not in BY_USERS])
def test_a_rule_fires_on_its_example(row: Row) -> None:
    phrase, _, found = row["example"].partition(" → ")
    assert found in facts_in(phrase, row["rule"])


@pytest.mark.parametrize("row", RULES.values(), ids=list(RULES))
def test_a_rule_says_in_one_sentence_when_it_fires_and_what_it_concludes(row: Row) -> None:
    when, _, then = row["sentence"].partition(": ")
    assert when[0].isupper() or when[0] > "\u4e00"
    assert then.endswith(".") and ". " not in row["sentence"]


# ---- the table and the code


def _strings(node: ast.expr) -> Iterator[str]:
    """The strings that an argument may be: itself, or both branches of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_strings(node.body), *_strings(node.orelse))


def _argument(call: ast.Call) -> ast.expr | None:
    """The argument of a call that is the id of a rule."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in _TAKES_RULE:
        return None
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "rule"), None)
    return named or (call.args[_TAKES_RULE[name]] if len(call.args) > _TAKES_RULE[name] else None)


@cache
def _trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(file.read_text(encoding="utf-8")) for file in sorted(GRAPH.glob("*.py")))


def test_no_rule_of_the_code_is_missing_in_the_table() -> None:
    calls = [node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    used = {rule for call in calls if (argument := _argument(call)) for rule in _strings(argument)}
    assert len(used) > 40
    assert used - set(RULES) == set()


def test_no_rule_of_the_table_is_missing_in_the_code() -> None:
    written = {n.value for tree in _trees() for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    assert set(RULES) - written == set()


def test_every_fact_of_the_sample_names_a_rule_of_the_table() -> None:
    document = parse_file(SAMPLE)
    facts = extract(document, Lexicon.load())
    assert {m.rule for m in facts.mentions} | {r.rule for r in facts.relations} <= set(RULES)
