"""From a file to a `Document`: repair, layout, metadata, outline. The one door into this layer for text."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpus.layout import read_layout, with_closing
from corpus.metadata import blocks, read_metadata
from corpus.outline import closing_start, outline
from corpus.read import read_text
from corpus.repair import repair
from corpus.types import Document, Node, Repair, Span


def parse_file(path: Path) -> Document:
    """Reads and parses a file; its source is the file's name. Raises ReadError for what is no text."""
    return parse_text(read_text(path), path.name)


def parse_text(raw: str, source: str) -> Document:
    """Parses a text. Any string is accepted; a text without numbered units has an empty outline."""
    text = repair(raw)
    layout = read_layout(text.clean)
    for number in range(len(layout.parts)):
        start = closing_start(layout, number)
        if start is not None:
            layout = with_closing(layout, number, start)
    return Document(source, text, read_metadata(layout), blocks(layout), outline(layout))


def to_json(document: Document) -> dict[str, Any]:
    """One entry of `documents` of `yaodian parse --json`: all offsets are raw, `text == raw[start:end]`."""
    return {
        "metadata": {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(document.metadata).items()},
        "sections": [_section(document, node) for node in document.sections],
        "items": [_item(document, node) for node in document.items],
        "repairs": [_repair(repair) for repair in document.text.repairs],
        "blocks": [{"role": b.role, **_place(document, b.span)} for b in document.blocks],
    }


def _place(document: Document, span: Span) -> dict[str, Any]:
    start, end = document.text.raw_span(span)
    return {"start": start, "end": end, "text": document.text.raw[start:end]}


def _section(document: Document, node: Node) -> dict[str, Any]:
    start, end = document.text.raw_span(node.span)
    return {
        "path": node.path,
        "level": node.level,
        "kind": node.kind,
        "number": node.number,
        "label": node.label,
        "heading": node.heading,
        "start": start,
        "end": end,
    }


def _item(document: Document, node: Node) -> dict[str, Any]:
    return {
        "path": node.path,
        "level": node.level,
        "number": node.number,
        "label": node.label,
        "heading": node.heading,
        **_place(document, node.span),
        "repaired": document.clean(node.span),
        "section": node.parent,
    }


def _repair(repair: Repair) -> dict[str, Any]:
    return {name: getattr(repair, name) for name in ("kind", "line", "start", "end", "before", "after", "reason")}
