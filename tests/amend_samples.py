"""Two plans of one place and a base of them, for the tests of what users assert."""

import shutil
from pathlib import Path

from graph.assertions import Note, note
from index.library import Library

PLAN_A = """政协金华市委员会2024年工作要点

一、服务民生

1.办好“同心汇”平台。打造“同心汇”协商平台，方便群众办事。

2.打造“委员同心汇”平台。建设社区食堂，6月底前完成。（牵头单位：市民政局；责任单位：市教育局）
"""
PLAN_B = """兰溪市人民政府2024年工作要点

一、改善民生

1.办好学前教育。新建幼儿园10所。（责任单位：金华市政协办）

2.推进“同 心汇”平台建设。推进金华市政府与兰溪共建。
"""
WHY = note("甲", "读过原文", "2024-05-01")


def plans(folder: Path) -> list[Path]:
    """The two plans as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("a.txt", PLAN_A), ("b.txt", PLAN_B)):
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / "a.txt", folder / "b.txt"]


def copy(kb: Path, target: Path) -> Path:
    """A base of its own for a test that writes."""
    shutil.copytree(kb, target)
    return target


def item(library: Library, source: str, path: str) -> str:
    """The id of an item by the file and the path."""
    return next(i.id for i in library.document(source).items if i.path == path)


def graphs(library: Library) -> set[bytes]:
    """The statements of the documents' own graphs."""
    lines = library.export("nquads").splitlines()
    apart = [f"<{library.names.graph(name)}> .".encode() for name in ("corrections", "links")]
    return {line for line in lines if not line.endswith(tuple(apart))}


def statements(library: Library, name: str) -> set[bytes]:
    """The statements of one graph."""
    end = f"<{library.names.graph(name)}> .".encode()
    return {line for line in library.export("nquads").splitlines() if line.endswith(end)}


def why(reason: str, date: str = "2024-05-02", author: str = "乙") -> Note:
    """Another note."""
    return note(author, reason, date)
