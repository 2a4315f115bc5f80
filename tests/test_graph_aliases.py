"""The alias table: read strictly with line numbers; a Chinese alias is a name in the text."""

from pathlib import Path

import pytest

from corpus.errors import PlanError
from corpus.parse import parse_text
from graph.aliases import Alias, Aliases
from graph.extract import extract
from graph.lexicon import Lexicon

HEADER = "alias\tfull\tclass\tlang\n"
OURS = "金协\t政协金华市委员会\tBody\tzh\n"
PLAN = "政协金华市委员会2024年工作要点\n\n一、办好实事\n\n1.办好金协讲堂。发挥金协作用，打造暖心驿。\n"


def test_a_table_is_read_sorted_each_row_once(tmp_path: Path) -> None:
    file = tmp_path / "aliases.tsv"
    file.write_text(
        f"# ours\n{HEADER}{OURS}\nJinhua CPPCC\t政协金华市委员会\tBody\ten\n{OURS}",
        encoding="utf-8-sig",
    )
    aliases = Aliases.read(file)
    assert aliases.rows == (
        Alias("Jinhua CPPCC", "政协金华市委员会", "Body", "en"),
        Alias("金协", "政协金华市委员会", "Body", "zh"),
    )
    assert Aliases.parse(aliases.text(), "x") == aliases


def test_a_table_saved_by_a_chinese_spreadsheet_is_read(tmp_path: Path) -> None:
    file = tmp_path / "aliases.tsv"
    file.write_bytes((HEADER + "金协\t政协金华市委员会\tBody\tzh\n").replace("\n", "\r\n").encode("gb18030"))
    assert [row.alias for row in Aliases.read(file).rows] == ["金协"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEADER + "金协\t政协金华市委员会\tBody\n", "line 2: 3 cells where the header has 4"),
        (HEADER + "\n# x\n金协\t政协金华市委员会\tOrgan\tzh\n", "line 4: the class 'Organ' is none of"),
        (HEADER + "春季\t2024年春\tTime\tzh\n", "line 2: the class 'Time' is none of"),
        (HEADER + "金协\t政协金华市委员会\tBody\tfr\n", "line 2: the language 'fr' is none of"),
        (HEADER + "协\t政协金华市委员会\tBody\tzh\n", "line 2: alias and full name need two characters"),
        (HEADER + "金协\t\tBody\tzh\n", "line 2: alias and full name need two characters"),
        (HEADER + "金协\t金协\tBody\tzh\n", "line 2: 金协 stands for itself"),
        (HEADER + "金协\t政协甲\tBody\tzh\n金协\t政协乙\tBody\tzh\n", "line 3: 金协 already stands for 政协甲"),
        ("short\tfull\tclass\tlang\n金协\t政协甲\tBody\tzh\n", "line 2: the header must name the columns"),
        ("# nothing\n", "no header line"),
    ],
    ids=range(10),
)
def test_a_bad_row_is_one_line_with_file_and_number(text: str, fault: str) -> None:
    with pytest.raises(PlanError) as caught:
        Aliases.parse(text, "kb/aliases.tsv")
    assert str(caught.value).startswith("kb/aliases.tsv")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_alias_is_found_in_the_text_under_its_full_name() -> None:
    rows = "金协\t政协金华市委员会\tBody\tzh\n小暖\t暖心驿\tInitiative\tzh\n"
    document = parse_text(PLAN, "a.txt")

    def mentioned(lexicon: Lexicon) -> list[tuple[str, str, str]]:
        facts = extract(document, lexicon)
        return [(document.clean(m.span), m.entity.name, m.rule) for m in facts.mentions if m.item]

    found = mentioned(Aliases.parse(HEADER + rows, "x").lexicon())
    assert found.count(("金协", "政协金华市委员会", "alias")) == 2
    assert ("暖心驿", "暖心驿", "alias") in found
    assert not [one for one in mentioned(Lexicon.load()) if one[0] in ("金协", "暖心驿")]


def test_english_aliases_leave_the_extraction_alone() -> None:
    assert Aliases.parse(HEADER + "Jinhua CPPCC\t政协甲\tBody\ten\n", "x").lexicon() is Lexicon.load()
