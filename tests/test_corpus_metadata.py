"""Metadata after GB/T 9704: gold values, each element, silence."""

import dataclasses
import json
from pathlib import Path

import pytest

from corpus.metadata import iso_date, split_bodies
from corpus.parse import parse_file, parse_text
from corpus.sample import SAMPLE
from corpus.types import Metadata

SHARED = Path(__file__).parent.parent.parent / "shared"
FIELDS = (
    "title", "issuing_bodies", "document_number", "addressee", "date_of_issue", "date_of_issue_iso", "approval_note",
    "attachments", "enclosed_documents", "cc", "printing_office", "printing_date", "valid_until", "publicity",
)  # fmt: skip
PLAN = "一、任务\n1.子项。各地要落实责任，加强督导。"


def test_the_metadata_of_the_sample() -> None:
    assert parse_file(SAMPLE).metadata == Metadata(
        title="中共政协金华市委员会党组2022年工作要点",
        document_type="工作要点",
        issuing_bodies=("中共政协金华市委员会党组",),
        letterhead="中共政协金华市委员会党组文件",
        document_number="金政协党组〔2022〕2号",
        date_of_issue="2022年5月17日",
        date_of_issue_iso="2022-05-17",
        adopted_by="中共政协金华市委员会党组会议",
        adopted_date="2022-05-13",
        cc="中共金华市委",
        cc_kind="抄报",
        printing_office="金华市政协办公室",
        printing_date="2022-05-17",
        year=2022,
    )


def test_the_blocks_of_the_sample() -> None:
    assert [block.role for block in parse_file(SAMPLE).blocks] == [
        "letterhead", "document_number", "title", "adoption", "preamble", "signature", "cc", "printing",
    ]  # fmt: skip


@pytest.mark.skipif(not (SHARED / "gold-plans").is_dir(), reason="the shared gold plans are not there")
@pytest.mark.parametrize("name", ["for_121", "mk_f2", "odkg_arch3_120", "xv_s022"])
def test_the_metadata_of_the_gold_plans(name: str) -> None:
    file = SHARED / "gold-plans" / "structure" / f"{name}.structure.json"
    gold = json.loads(file.read_text(encoding="utf-8"))["metadata"]
    mine = dataclasses.asdict(parse_file(SHARED / "gold-plans" / "texts" / f"{name}.txt").metadata)
    as_tuple = {key: tuple(gold[key]) if isinstance(gold[key], list) else gold[key] for key in FIELDS}
    assert {key: mine[key] for key in FIELDS} == as_tuple


NOTICE = """000123
机密★1年
特急
某省人民政府办公厅文件
某政办发〔2023〕8号
签发人：张三
某省人民政府办公厅关于印发
2023年数字政府工作要点的通知
各市、县人民政府，省政府各部门、各直属机构：
《2023年数字政府工作要点》已经省政府同意，现印发给你们，请认真贯彻执行。
附件：1.任务清单
2.联系人名单
某省人民政府办公厅
二〇二三年三月五日
（此件公开发布）
2023年数字政府工作要点
为推进数字政府建设，制定本要点。
一、任务
1.子项。各地要落实责任，加强督导。
本要点自2023年4月1日起施行，有效期至2025年3月31日。
抄送：省委办公厅，省人大常委会办公厅。
某省人民政府办公厅 2023年3月6日印发
"""


def test_every_element_of_the_layout_is_read() -> None:
    assert parse_text(NOTICE, "x").metadata == Metadata(
        title="某省人民政府办公厅关于印发2023年数字政府工作要点的通知",
        document_type="通知",
        issuing_bodies=("某省人民政府办公厅",),
        letterhead="某省人民政府办公厅文件",
        document_number="某政办发〔2023〕8号",
        addressee="各市、县人民政府，省政府各部门、各直属机构",
        date_of_issue="二〇二三年三月五日",
        date_of_issue_iso="2023-03-05",
        approval_note="已经省政府同意",
        attachments=("任务清单", "联系人名单"),
        enclosed_documents=("2023年数字政府工作要点",),
        cc="省委办公厅，省人大常委会办公厅",
        cc_kind="抄送",
        printing_office="某省人民政府办公厅",
        printing_date="2023-03-06",
        effective="本要点自2023年4月1日起施行",
        valid_until="有效期至2025年3月31日",
        publicity="此件公开发布",
        secrecy="机密",
        secrecy_period="1年",
        urgency="特急",
        copy_number="000123",
        signer="张三",
        year=2023,
    )


@pytest.mark.parametrize("raw", ["", PLAN, "为推进改革，加强领导，落实责任，制定本方案，请遵照执行。\n" + PLAN])
def test_silence_stays_silence(raw: str) -> None:
    assert parse_text(raw, "x").metadata == Metadata()


def test_a_title_printed_twice_is_taken_once() -> None:
    title = "关于印发行动计划（2021-2023年）的通知"
    document = parse_text(
        f"{title.replace('（', '(').replace('）', ')')}\n{title}\n各市人民政府：\n请执行。\n{PLAN}", "x"
    )
    assert document.metadata.title == title
    assert [b.role for b in document.blocks][:2] == ["title_repeat", "title"]


def test_the_title_named_in_the_notice_is_the_last_resort() -> None:
    notice = "各市林业局：\n现将《林业局2019年工作要点》（见附件）印发给你们，请贯彻。\n附件：林业局2019年工作要点"
    raw = f"{notice}\n2019年是关键之年，要抓好落实。\n{PLAN}"
    assert parse_text(raw, "x").metadata.title == "林业局2019年工作要点"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2022年5月17日", "2022-05-17"),
        ("２０２２年５月１７日", "2022-05-17"),
        ("二〇二二年十二月三十一日", "2022-12-31"),
        ("二○一三年九月十日", "2013-09-10"),
        ("一九九六年二月五日", "1996-02-05"),
        ("2021-07-30", "2021-07-30"),
        ("2022年2月30日", None),
        ("2022年5月", None),
        ("", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    assert iso_date(text) == iso


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("国务院", ("国务院",)),
        ("工业和信息化部 财政部", ("工业和信息化部", "财政部")),
        ("工业和信息化部科技部财政部商务部", ("工业和信息化部", "科技部", "财政部", "商务部")),
        ("广东省发展和改革委员会广东省科学技术厅", ("广东省发展和改革委员会", "广东省科学技术厅")),
        ("某市委办公室", ("某市委办公室",)),
        ("工业和信息化部办公厅发展改革委办公厅", ("工业和信息化部办公厅", "发展改革委办公厅")),
    ],
)
def test_bodies_are_parted(text: str, bodies: tuple[str, ...]) -> None:
    assert split_bodies(text) == bodies


@pytest.mark.parametrize(
    ("sentence", "effective"),
    [
        ("本办法自2023年2月22日起施行，有效期5年。", "本办法自2023年2月22日起施行"),
        ("本细则为配套文件，自2023年2月22日施行。", "自2023年2月22日施行"),
        ("本政策自2021年开始执行。", "本政策自2021年开始执行"),
        ("本意见自印发之日起30日后实施。", "本意见自印发之日起30日后实施"),
        ("按照《自主评价补贴细则》执行。", None),
        ("重点形成自动上料计量、制造执行。", None),
        ("引导群众自愿执行。", None),
    ],
)
def test_only_a_clause_of_validity_says_from_when_a_paper_is_valid(sentence: str, effective: str | None) -> None:
    raw = f"某市办法\n一、办好学校\n新建学校。\n二、附则\n{sentence}\n"
    assert parse_text(raw, "x").metadata.effective == effective


def test_the_label_of_an_attachment_is_no_part_of_its_name() -> None:
    raw = "某市方案\n一、办好学校\n新建学校。\n附：1.建设布局表\n2.任务表\n"
    assert parse_text(raw, "x").metadata.attachments == ("建设布局表", "任务表")


def test_a_notice_on_one_line_with_its_plan_is_taken_apart() -> None:
    raw = (
        "各县人民政府，市政府各部门：现将《青田市“十四五”林业规划》印发给你们，请认真执行。"
        f"青田市人民政府2021年7月28日（此件公开发布）林业是生态建设的主体。\n{PLAN}"
    )
    found = parse_text(raw, "x").metadata
    assert (found.title, found.document_type, found.issuing_bodies) == (
        "青田市“十四五”林业规划",
        "规划",
        ("青田市人民政府",),
    )
    assert (found.addressee, found.date_of_issue_iso, found.publicity) == (
        "各县人民政府，市政府各部门",
        "2021-07-28",
        "此件公开发布",
    )


def test_a_date_inside_a_notice_is_no_signature() -> None:
    raw = f"各县人民政府：现将办法印发给你们，请执行。我局2014年7月15日印发的办法同时废止。\n{PLAN}"
    assert parse_text(raw, "x").metadata.date_of_issue is None


def test_a_speech_has_the_day_on_which_it_was_held() -> None:
    raw = f"政府工作报告\n——2023年1月5日在青田市第九届人民代表大会第二次会议上\n各位代表：\n现在报告工作。\n{PLAN}"
    found = parse_text(raw, "x").metadata
    assert (found.title, found.date_of_issue_iso) == ("政府工作报告", "2023-01-05")


def test_attachments_on_one_line_are_parted_by_their_numbers() -> None:
    raw = f"各县人民政府：\n请执行。\n{PLAN}\n附件：1.任务清单.doc2.自评报告（2.0版）.doc3.汇总表"
    assert parse_text(raw, "x").metadata.attachments == ("任务清单.doc", "自评报告（2.0版）.doc", "汇总表")


def test_a_signature_between_the_list_of_attachments_and_the_attachments_is_read() -> None:
    back = "附件：\n1.任务清单\n2.汇总表\n青田市人民政府\n2023年3月5日\n附件1：任务清单\n1.修路\n2.办学"
    raw = f"各县人民政府：\n请执行。\n{PLAN}\n{back}"
    document = parse_text(raw, "x")
    found = document.metadata
    assert (found.issuing_bodies, found.date_of_issue_iso, found.attachments) == (
        ("青田市人民政府",),
        "2023-03-05",
        ("任务清单", "汇总表"),
    )
    assert [node.path for node in document.outline] == [node.path for node in parse_text(PLAN, "x").outline]
