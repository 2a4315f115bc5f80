"""The values that `corpus/` hands on: text with its repairs, and a document with its outline.

Two coordinate systems meet here. **raw** offsets count characters (code points) in the text as read from
the file, line ends included; **clean** offsets count characters in the repaired text. Every span in a
`Document` is clean; `RepairedText.raw_span` leads back. All spans are half-open: start inclusive, end exclusive.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters."""

    start: int
    end: int


class Repair(NamedTuple):
    """One edit that turns raw text into clean text, with its reason.

    `raw[start:end] == before` was replaced by `after`. `kind` is one of `join` (a line broken inside a
    sentence), `character` (characters deleted or changed), `character-form` (half-width to full-width),
    `whitespace`, `markup`. `line` counts from 1 in the raw text.
    """

    kind: str
    start: int
    end: int
    before: str
    after: str
    reason: str
    line: int


@dataclass(frozen=True)
class RepairedText:
    """Raw text, the repairs, and the clean text that they give.

    `repairs` are sorted by `start` and do not overlap.
    """

    raw: str
    repairs: tuple[Repair, ...] = ()

    @cached_property
    def clean(self) -> str:
        """The text after all repairs."""
        parts: list[str] = []
        at = 0
        for repair in self.repairs:
            parts += [self.raw[at : repair.start], repair.after]
            at = repair.end
        parts.append(self.raw[at:])
        return "".join(parts)

    @cached_property
    def _clean_starts(self) -> list[int]:
        """Where each repair's replacement starts in the clean text."""
        shifts = accumulate((len(r.after) - (r.end - r.start) for r in self.repairs), initial=0)
        return [repair.start + shift for repair, shift in zip(self.repairs, shifts, strict=False)]

    def raw_span(self, span: Span) -> Span:
        """The raw characters that a clean span stands on; repairing them gives the clean characters again.

        Shape: clean span in, raw span out. A span that starts or ends inside a replacement takes the whole
        repaired place; an edit that only deletes and touches the span's border stays outside it.
        """
        if span.end <= span.start:
            at = self._raw_position(span.start, to_end=False)
            return Span(at, at)
        return Span(self._raw_position(span.start, to_end=False), self._raw_position(span.end, to_end=True))

    def _raw_position(self, clean: int, *, to_end: bool) -> int:
        """The raw offset of a clean one: of a span's first character, or (`to_end`) just past its last one."""
        target = clean - 1 if to_end else clean
        # the last repair whose replacement holds, or ends before, the target character
        index = bisect_right(self._clean_starts, target) - 1
        if index < 0:
            return clean
        repair, start = self.repairs[index], self._clean_starts[index]
        if target < start + len(repair.after):
            return repair.end if to_end else repair.start
        return repair.end + (clean - start - len(repair.after))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the document says about itself, after GB/T 9704-2012 and GB/T 33480-2016; None where it is silent.

    `adopted_date`, `printing_date` and `date_of_issue_iso` are ISO dates; `date_of_issue` is as printed.
    `year` is the year a plan is for, read from its title. `cc` holds 抄送 and 抄报 alike, `cc_kind` says which.
    """

    title: str | None = None
    document_type: str | None = None  # 文种
    issuing_bodies: tuple[str, ...] | None = None  # 发文机关署名
    letterhead: str | None = None  # 发文机关标志
    document_number: str | None = None  # 发文字号
    addressee: str | None = None  # 主送机关
    date_of_issue: str | None = None  # 成文日期
    date_of_issue_iso: str | None = None
    adopted_by: str | None = None  # 通过会议（题注）
    adopted_date: str | None = None
    approval_note: str | None = None
    attachments: tuple[str, ...] | None = None  # 附件说明
    enclosed_documents: tuple[str, ...] | None = None
    cc: str | None = None  # 抄送机关
    cc_kind: str | None = None
    printing_office: str | None = None  # 印发机关
    printing_date: str | None = None  # 印发日期
    effective: str | None = None
    valid_until: str | None = None
    publicity: str | None = None  # 发布层次
    secrecy: str | None = None  # 密级
    secrecy_period: str | None = None  # 保密期限
    urgency: str | None = None  # 紧急程度
    copy_number: str | None = None  # 份号
    signer: str | None = None  # 签发人
    note: str | None = None  # 附注
    footer: str | None = None
    year: int | None = None


class Block(NamedTuple):
    """A stretch of text outside the outline.

    `role` is one of letterhead, document_number, title, adoption, addressee, notice_body, attachment_line,
    preamble, closing, signature, cc, printing, publicity, attachment_roster, footer, other.
    """

    role: str
    span: Span


class Node(NamedTuple):
    """One unit of the outline (章节条目): a part, a numbered unit, an unnumbered paragraph unit or a box.

    `path` is the key: labels without their trailing 、．. joined by `/` (`三/7`, `一/（三）/2`, `P2/二/（一）/1`).
    `label` is as printed and `number` its integer, both None where there is none. `heading` is the lead sentence
    or the heading line, None where there is none; `heading_span` its place. `kind` is part, numbered, paragraph or box.
    `span` covers the label and everything under the node. `parent` is the path above, None at the top.
    """

    path: str
    level: int
    kind: str
    label: str | None
    number: int | None
    heading: str | None
    heading_span: Span | None
    span: Span
    parent: str | None
    is_item: bool


@dataclass(frozen=True)
class Document:
    """One file's plan: source name, text, metadata, blocks and outline in document order."""

    source: str
    text: RepairedText
    metadata: Metadata
    blocks: tuple[Block, ...] = ()
    outline: tuple[Node, ...] = field(default=())

    @cached_property
    def items(self) -> tuple[Node, ...]:
        """The items (条目): the units that state a task."""
        return tuple(node for node in self.outline if node.is_item)

    @cached_property
    def sections(self) -> tuple[Node, ...]:
        """The units that are not items: parts, sections and headings above items."""
        return tuple(node for node in self.outline if not node.is_item)

    @cached_property
    def by_path(self) -> dict[str, Node]:
        """The outline by path."""
        return {node.path: node for node in self.outline}

    def clean(self, span: Span) -> str:
        """The repaired characters of a clean span."""
        return self.text.clean[span.start : span.end]

    def raw(self, span: Span) -> str:
        """The characters of a clean span as they stand in the file."""
        start, end = self.text.raw_span(span)
        return self.text.raw[start:end]

    def ancestors(self, node: Node) -> Iterator[Node]:
        """The units above a node, nearest first."""
        path = node.parent
        while path is not None and path in self.by_path:
            above = self.by_path[path]
            yield above
            path = above.parent
