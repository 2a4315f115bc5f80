"""Extraction on small plans: what is found, where, and what is not made up."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.parse import parse_text
from corpus.types import Document, Metadata, RepairedText, Span
from graph import extract as extract_module
from graph.extract import extract
from graph.facts import to_json
from graph.issuer import issuer_of
from graph.lexicon import Lexicon
from graph.model import CLASSES, PREDICATES, Deadline, Facts
from graph.zones import sentences
from ontology.namespace import Names
from ontology.tables import cue, rows

LEXICON = Lexicon.load()


def plan(*items: str, title: str = "政协湖州市委员会2023年工作要点", preamble: str = "") -> Document:
    body = "\n".join(f"{number}.{item}" for number, item in enumerate(items, 1))
    return parse_text(f"{title}\n\n{preamble}\n一、重点工作\n{body}\n", "plan.txt")


def facts(*items: str, title: str = "政协湖州市委员会2023年工作要点", preamble: str = "") -> Facts:
    return extract(plan(*items, title=title, preamble=preamble), LEXICON)


def mentions(cls: str, *items: str, title: str = "政协湖州市委员会2023年工作要点") -> list[tuple[str, str]]:
    """(printed, full name) of one class inside items."""
    document = plan(*items, title=title)
    found = extract(document, LEXICON).mentions
    return [(document.clean(m.span), m.entity.name) for m in found if m.entity.cls == cls and m.item]


def relations(predicate: str, *items: str, title: str = "政协湖州市委员会2023年工作要点") -> list[tuple[str, str]]:
    """(subject, object) of one predicate, themes and outline left out."""
    found = facts(*items, title=title).relations
    return [
        (r.subject.name, r.object.name)
        for r in found
        if r.predicate == predicate and r.object.cls not in ("Theme", "Section") and r.rule != "metadata"
    ]


# ---------------------------------------------------------------- names


def test_short_bodies_are_expanded_from_the_issuer() -> None:
    text = "抓落实。为市委、市政府决策提供参考，落实省委部署，配合省教育厅。"
    assert mentions("Body", text) == [
        ("市委", "中共湖州市委"),
        ("市政府", "湖州市人民政府"),
        ("省委", "中共浙江省委"),
        ("省教育厅", "浙江省教育厅"),
    ]


def test_a_printed_place_wins_over_the_issuer() -> None:
    assert mentions("Body", "抓落实。学习宁波市政府经验。") == [("宁波市政府", "宁波市人民政府")]


def test_two_cities_governments_stay_two_and_the_same_city_is_one() -> None:
    def government(title: str) -> str:
        found = facts("抓落实。报市政府。", title=title).mentions
        return next(m.entity.iri for m in found if m.entity.cls == "Body" and m.item)

    huzhou, ningbo = government("湖州市教育局2023年工作要点"), government("宁波市教育局2023年工作要点")
    assert huzhou != ningbo
    assert huzhou == government("湖州市教育局2024年工作要点")


def test_a_body_without_a_known_place_keeps_its_printed_name() -> None:
    text = "抓落实。报市政府。"
    assert mentions("Body", text, title="2023年工作要点") == [("市政府", "市政府")]


NO_PLACE: dict[str, str] = {}


@pytest.mark.parametrize(
    ("issuer", "places"),
    [
        ("金华市人民政府", {"省": "浙江省", "市": "金华市"}),
        ("政协杭州市西湖区委员会", {"省": "浙江省", "市": "杭州市", "区": "杭州市西湖区"}),
        ("连云港市海州区教育局", {"省": "江苏省", "市": "连云港市", "区": "连云港市海州区"}),
        ("荆州市沙市区人民政府", {"省": "湖北省", "市": "荆州市", "区": "荆州市沙市区"}),
        ("长兴县人民政府", {"县": "长兴县"}),
        ("湖州市长兴县教育局", {"省": "浙江省", "市": "湖州市", "县": "长兴县"}),
        ("长沙县人民政府", {"省": "湖南省", "县": "长沙县"}),
        ("景宁畲族自治县人民政府", {"县": "景宁畲族自治县"}),
        ("义乌市人民政府", {"市": "义乌市"}),
        ("浙江省义乌市人民政府", {"省": "浙江省", "市": "义乌市"}),
        ("延边朝鲜族自治州人民政府", {"省": "吉林省", "州": "延边朝鲜族自治州"}),
        ("广西壮族自治区人民政府", {"自治区": "广西壮族自治区"}),
        ("南宁市人民政府", {"自治区": "广西壮族自治区", "市": "南宁市"}),
        ("北京市人民政府", {"省": "北京市", "市": "北京市"}),
        ("北京市海淀区人民政府", {"省": "北京市", "市": "北京市", "区": "北京市海淀区"}),
        ("重庆市云阳县人民政府", {"省": "重庆市", "市": "重庆市", "县": "云阳县"}),
        ("中共浙江省委", {"省": "浙江省"}),
        ("杭州市城市管理局", {"省": "浙江省", "市": "杭州市"}),
        ("国务院办公厅", NO_PLACE),
        ("国家林业和草原局", NO_PLACE),
        ("水利部", NO_PLACE),
        ("办公室", NO_PLACE),
    ],
)
def test_the_issuer_s_places_are_read_from_all_levels_of_its_name(issuer: str, places: dict[str, str]) -> None:
    document = Document("x.txt", RepairedText(""), Metadata(issuing_bodies=(issuer,)))
    assert dict(issuer_of(document, LEXICON).places) == places


@pytest.mark.parametrize(
    "title", ["关于加强城市管理的意见", "文化市场整治方案", "农村社区治理工作要点", "2023年工作要点"]
)
def test_a_level_word_inside_a_title_s_words_is_no_place(title: str) -> None:
    document = Document("x.txt", RepairedText(""), Metadata(title=title))
    assert issuer_of(document, LEXICON).home is None


def test_a_national_body_s_plan_for_a_province_is_not_the_province_s() -> None:
    document = Document("x.txt", RepairedText(""), Metadata(issuing_bodies=("国务院",), title="支持浙江省发展的意见"))
    assert issuer_of(document, LEXICON).home is None


def test_short_bodies_in_a_district_s_plan_are_the_district_s() -> None:
    text = "抓落实。政协要主动作为，区政协、市政协支持区政府，配合市政府、省政府和财政局。"
    assert mentions("Body", text, title="政协杭州市西湖区委员会2023年工作要点") == [
        ("政协", "政协杭州市西湖区委员会"),
        ("区政协", "政协杭州市西湖区委员会"),
        ("市政协", "政协杭州市委员会"),
        ("区政府", "杭州市西湖区人民政府"),
        ("市政府", "杭州市人民政府"),
        ("省政府", "浙江省人民政府"),
        ("财政局", "杭州市西湖区财政局"),
    ]


def test_the_province_above_a_county_level_city_is_not_made_up() -> None:
    text = "抓落实。报市政府、省政府。"
    assert mentions("Body", text, title="义乌市人民政府2023年工作要点") == [
        ("市政府", "义乌市人民政府"),
        ("省政府", "省政府"),
    ]


@pytest.mark.parametrize("text", ["建设城市委员会议室。", "都市民宿发展。", "完善超市政策。"])
def test_a_level_inside_another_word_is_no_body(text: str) -> None:
    assert mentions("Body", f"抓落实。{text}") == []


def test_party_congresses_get_their_full_names() -> None:
    text = "学精神。学习党的二十大、二十届三中全会和省、市党代会精神，落实市第九次党代会部署。"
    assert mentions("Event", text) == [
        ("党的二十大", "中国共产党第二十次全国代表大会"),
        ("二十届三中全会", "中共二十届三中全会"),
        ("省、市党代会", "中国共产党浙江省代表大会"),
        ("省、市党代会", "中国共产党湖州市第九次代表大会"),
        ("市第九次党代会", "中国共产党湖州市第九次代表大会"),
    ]


def test_quoted_names_are_told_apart_by_head_and_verb() -> None:
    text = "抓活动。开展“春风送暖”活动，打造“水乡来议”平台，坚持“实干为先”，实施“一二三”工程，发展“两高”行业。"
    assert mentions("Initiative", text) == [("春风送暖", "春风送暖"), ("水乡来议", "水乡来议"), ("一二三", "一二三")]
    assert mentions("Strategy", text) == [("实干为先", "实干为先")]


def test_a_slogan_and_its_head_make_one_name() -> None:
    text = "抓活动。开展“比学赶超、创新争优”活动，建立“三张清单”制度。"
    assert mentions("Initiative", text) == [
        ("“比学赶超、创新争优”活动", "“比学赶超、创新争优”活动"),
        ("“三张清单”制度", "“三张清单”制度"),
    ]


def test_head_nouns_name_mechanisms_and_generic_words_do_not() -> None:
    text = "抓机制。建立委员联系企业机制，健全跟踪督办制度和成果反馈清单，完善相关制度，建立更好的机制。"
    assert mentions("Initiative", text) == [
        ("委员联系企业机制", "委员联系企业机制"),
        ("跟踪督办制度", "跟踪督办制度"),
        ("成果反馈清单", "成果反馈清单"),
    ]


def test_modifiers_before_the_head_belong_to_the_name_unless_they_are_a_clause() -> None:
    text = "抓机制。落实“谁执法谁普法”普法责任制，推行“一窗通”过程中形成的模式。"
    assert mentions("Initiative", text)[0] == ("“谁执法谁普法”普法责任制",) * 2
    assert "“一窗通”过程中形成的模式" not in [name for _, name in mentions("Initiative", text)]


def test_a_quoted_name_is_one_thing_in_one_document() -> None:
    text = "抓平台。打造“水乡汇”平台，用好“水乡汇”平台，完善“水乡汇”协商工作体系。"
    assert mentions("Initiative", text) == [("水乡汇", "水乡汇")] * 3
    assert mentions("Strategy", text) == []


def test_the_issuer_s_name_inside_a_quotation_is_not_the_issuer() -> None:
    assert mentions("Body", "抓平台。建设“智慧政协”，开展“走进政协大家谈”活动。") == []


def test_a_modifier_belongs_to_the_form_after_it() -> None:
    text = "抓活动。开展联办协商、联送服务、优秀提案案例评选，开展专项民主监督。"
    printed = [words for words, _ in mentions("ActivityForm", text)]
    assert printed[:2] == ["联办协商", "联送服务"]
    assert printed[-1] == "专项民主监督"


def test_an_adverb_and_its_verb_are_one_verb() -> None:
    text = "抓活动。大力实施“碧水”工程，加快打造“水乡通”平台，持续开展“春风”行动。"
    assert relations("implements", text) == [("一/1", "碧水")]
    assert relations("launches", text) == [("一/1", "水乡通")]
    assert relations("continues", text) == [("一/1", "春风")]


def test_a_place_whose_character_a_thing_has_belongs_to_it() -> None:
    text = "抓品牌。打造具有湖州辨识度的“水乡来议”品牌，打造湖州特色的“同心”品牌。"
    assert relations("locatedIn", text) == [("水乡来议", "湖州市"), ("同心", "湖州市")]


def test_a_volume_belongs_to_the_title_before_it() -> None:
    text = "抓编纂。编好《城市名片》浙江卷，宣传《城市名片》浙江内容。"
    assert mentions("Document", text) == [("《城市名片》浙江卷",) * 2, ("城市名片",) * 2]


# ---------------------------------------------------------------- cues and sentences


def test_the_code_uses_every_kind_of_cue_and_no_other() -> None:
    sources = Path(extract_module.__file__).parent.glob("*.py")
    used = {k for file in sources for k in re.findall(r'cue\("([a-z-]+)"\)', file.read_text(encoding="utf-8"))}
    chosen = {"untitled-document", "work-paper", "document-plan", "document-report", "document-rule"}
    chosen |= {"number-formula", "guiding-formula", "motto"}
    chosen |= {f"issuer-{kind}" for kind in ("cppcc", "congress", "government", "party")}
    kinds = {row["kind"] for row in rows("cues")}
    assert used | chosen == kinds
    assert all(cue(kind).pattern for kind in kinds)


def test_a_kind_of_cue_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match="no-such-kind"):
        cue("no-such-kind")


def test_sentences_end_with_the_closing_marks_behind_their_punctuation() -> None:
    text = " 他说“开工。”随后开工；\n\n（一）完工！ 验收"
    assert [text[s.start : s.end] for s in sentences(text)] == ["他说“开工。”", "随后开工；", "（一）完工！", "验收"]
    assert [text[s.start : s.end] for s in sentences(text, Span(3, 9))] == ["“开工。”", "随"]


@given(st.text(alphabet="甲乙。；！”）\n 　", max_size=40))
def test_sentences_hold_all_characters_but_blanks(text: str) -> None:
    found = list(sentences(text))
    assert "".join(text[s.start : s.end] for s in found).translate(BLANKS) == text.translate(BLANKS)
    assert all(one.end <= next_.start for one, next_ in pairwise(found))


BLANKS = dict.fromkeys(map(ord, "\n 　"))


def test_a_list_that_is_counted_names_its_members() -> None:
    text = "抓平台。打造面向居民、企业的水乡通、企服通两大平台。"
    assert mentions("Initiative", text) == [("水乡通", "水乡通"), ("企服通", "企服通")]
    assert relations("launches", text) == [("一/1", "水乡通"), ("一/1", "企服通")]


def test_documents_are_found_by_title_marks_and_by_their_kind() -> None:
    text = "抓落实。落实《湿地保护条例》，执行关于加强河湖管理的意见。"
    assert mentions("Document", text) == [("湿地保护条例", "湿地保护条例"), ("关于加强河湖管理的意见",) * 2]
    assert relations("implements", text) == [("一/1", "湿地保护条例"), ("一/1", "关于加强河湖管理的意见")]


def test_times_and_quantities() -> None:
    text = "抓建设。2023年6月底前新建学校3所，每季度通报一次，实现乡镇全覆盖。"
    assert mentions("Time", text) == [("2023年6月底前",) * 2, ("每季度",) * 2]
    assert mentions("Quantity", text) == [("3所", "3所"), ("全覆盖", "乡镇全覆盖")]


# ---------------------------------------------------------------- relations


def test_the_verb_says_whether_a_thing_is_new_continued_or_carried_out() -> None:
    text = "抓活动。探索“云上议事”模式，深化“水乡行”活动，开展“春风送暖”活动。"
    assert relations("launches", text) == [("一/1", "“云上议事”模式")]
    assert relations("continues", text) == [("一/1", "水乡行")]
    assert relations("implements", text) == [("一/1", "春风送暖")]


def test_shared_topics_and_forms_are_distributed() -> None:
    text = "抓调研。围绕湿地保护修复、农村饮水安全等课题开展专题调研、组织专项视察。"
    document = plan(text)
    found = extract(document, LEXICON)
    acts = [document.clean(m.span) for m in found.mentions if m.entity.cls == "Activity"]
    assert acts == ["开展专题调研", "组织专项视察"]
    assert relations("onTopic", text) == [(act, topic) for act in acts for topic in ("湿地保护修复", "农村饮水安全")]
    assert relations("hasForm", text) == [("开展专题调研", "专题调研"), ("组织专项视察", "专项视察")]


def test_reports_that_are_heard_have_topics_a_performer_and_a_frequency() -> None:
    text = "抓落实。主席会议每季度听取提案办理进展、履职平台建设等情况汇报。"
    act = "听取提案办理进展、履职平台建设等情况汇报"
    assert relations("onTopic", text) == [(act, "提案办理进展"), (act, "履职平台建设")]
    assert (act, "每季度") in relations("hasTime", text)
    assert relations("performedBy", text) == [(act, "市政协主席会议")]


def test_paired_lists_are_read_respectively() -> None:
    text = "抓平台。打造面向委员、群众的掌上甲、掌上乙两大平台。"
    pairs = [("掌上甲", "政协委员"), ("掌上乙", "群众")]
    assert [pair for pair in relations("targetsGroup", text) if pair[0].startswith("掌上")] == pairs


def test_a_place_or_strategy_inside_a_name_belongs_to_it() -> None:
    text = "抓调研。围绕湖州乡村产业发展、深化“放管服”改革等开展专题调研。"
    assert relations("locatedIn", text) == [("湖州乡村产业发展", "湖州市")]
    assert relations("alignedWith", text) == [("深化“放管服”改革", "“放管服”改革")]


def test_the_document_states_issuer_dates_and_recipients(sample_plan: Document) -> None:
    found = extract(sample_plan, LEXICON).relations
    stated = {(r.predicate, r.object.name) for r in found if r.rule == "metadata"}
    assert stated == {
        ("performedBy", "中共政协金华市委员会党组"),
        ("hasTime", "2022年"),
        ("hasTime", "2022年5月13日"),
        ("hasTime", "2022年5月17日"),
        ("performedBy", "金华市政协办公室"),
        ("involves", "中共金华市委"),
    }


# ---------------------------------------------------------------- task frames

GOVERNMENT = "湖州市人民政府2023年工作要点"


@pytest.mark.parametrize(
    ("bracket", "lead", "participants"),
    [
        ("（责任单位：市教育局、市财政局）", (), ("市教育局", "市财政局")),
        ("（市教育局牵头，市财政局、各区县政府配合）", ("市教育局",), ("市财政局", "各区县政府")),
        ("（牵头单位：市教育局；责任单位：市财政局）", ("市教育局",), ("市财政局",)),
        ("（市教育局、市财政局按职责分工负责）", (), ("市教育局", "市财政局")),
        ("（试行）", (), ()),
        ("（以下简称教育局）", (), ()),
        ("", (), ()),
    ],
)
def test_unit_brackets(bracket: str, lead: tuple[str, ...], participants: tuple[str, ...]) -> None:
    (task,) = facts(f"办好学校。新建学校。{bracket}", title=GOVERNMENT).tasks
    assert (task.lead, task.participants) == (lead, participants)


def test_the_first_unit_leads_where_the_document_says_so() -> None:
    texts = (
        "办学校。新建学校。（责任单位：市教育局、市财政局，列第一位的为牵头单位，下同）",
        "修路。（责任单位：市交通局、市财政局）",
    )
    assert [task.lead for task in facts(*texts, title=GOVERNMENT).tasks][1] == ("市交通局",)


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("到2025年，建成学校。", Deadline("到2025年", "../2025-12-31", "deadline")),
        ("2024年底前建成。", Deadline("2024年底前", "../2024-12-31", "deadline")),
        ("6月底前建成。", Deadline("6月底前", "../2023-06-30", "deadline")),
        ("年底前建成。", Deadline("年底前", "../2023-12-31", "deadline")),
        ("比2015年增长。", None),
        ("落实《规划（2021—2025年）》。", None),
        ("新建学校。", None),
    ],
)
def test_deadlines(text: str, deadline: Deadline | None) -> None:
    (task,) = facts(f"办好学校。{text}", title=GOVERNMENT).tasks
    assert task.deadline == deadline


def test_what_is_not_stated_stays_empty() -> None:
    (task,) = facts("办好学校。市教育局应当新建学校。", title=GOVERNMENT).tasks
    assert (task.lead, task.participants, task.deadline, task.frequency, task.evidence) == ((), (), None, (), ())


# ---------------------------------------------------------------- properties


def assert_sound(document: Document, found: Facts) -> None:
    length = len(document.text.clean)
    for mention in found.mentions:
        assert 0 <= mention.span.start < mention.span.end <= length
        assert mention.entity.cls in CLASSES
    for relation in found.relations:
        assert 0 <= relation.span.start <= relation.span.end <= length
        assert relation.predicate in PREDICATES
    made = to_json(document, found)
    for place in [*made["mentions"], *(r["evidence"] for r in made["relations"])]:
        assert place["text"] == document.text.raw[place["start"] : place["end"]]
    json.dumps(made)


WORDS = st.sampled_from(
    (
        *("围绕", "开展", "听取", "汇报", "建立", "机制", "面向", "两大平台", "专题调研", "等", "活动", "的"),
        *("“", "”", "《", "》", "（", "）", "、", "，", "。", "\n", "·", "x", "1.", "一、"),
        *("市委", "市政府", "政协", "群众", "省、市党代会", "2023年", "底前", "牵头"),
    )
)


@settings(max_examples=120, deadline=None)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_any_text_gives_facts_inside_the_text(text: str) -> None:
    document = parse_text("政协湖州市委员会2023年工作要点\n" + text, "x.txt")
    assert_sound(document, extract(document, LEXICON))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_arbitrary_characters_do_no_harm(text: str) -> None:
    document = Document("x.txt", RepairedText(text), parse_text("空", "x.txt").metadata)
    assert_sound(document, extract(document, LEXICON))


def test_no_items_and_no_issuer_give_no_facts() -> None:
    document = Document("x.txt", RepairedText(""), parse_text("空", "x.txt").metadata)
    assert extract(document, LEXICON) == Facts()


@pytest.fixture
def sample_plan() -> Document:
    path = Path(__file__).parent.parent / "corpus" / "samples" / "jinhua-cppcc-2022.txt"
    return parse_text(path.read_text(encoding="utf-8"), path.name)


def test_raw_offsets_lead_through_repairs(sample_plan: Document) -> None:
    found = extract(sample_plan, LEXICON)
    assert_sound(sample_plan, found)
    repaired = [
        (m["text"], m["repaired"]) for m in to_json(sample_plan, found)["mentions"] if m["text"] != m["repaired"]
    ]
    assert ("2022 年 5 月 13 日", "2022年5月13日") in repaired
    assert ("专委会党员委员履职临时党组\n\n织", "专委会党员委员履职临时党组织") in repaired
    assert ("线上线下一有机结合的会客聚客模式", "线上线下有机结合的会客聚客模式") in repaired


def test_the_same_document_gives_the_same_facts(sample_plan: Document) -> None:
    assert extract(sample_plan, LEXICON) == extract(sample_plan, LEXICON)


def test_the_base_of_iris_is_a_setting(sample_plan: Document) -> None:
    found = extract(sample_plan, LEXICON, Names("https://example.org/"))
    own = [m.entity.iri for m in found.mentions if m.entity.cls != "ActivityForm"]
    assert all(iri.startswith("https://example.org/") for iri in own)
