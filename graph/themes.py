"""Which themes an item concerns: words of the scheme, the glossary and `theme_words.tsv` in its heading and its text.

Grade 2: a word of the heading, or a theme that fills the text; grade 1: named in passing. A section's heading does
not colour its items. A level-1 theme follows from what was found below it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.types import Span
from graph.lexicon import Lexicon
from ontology.tables import cue

# A theme is the item's main line when it is named in at least half of the sentences, three times or more.
_MAIN_SHARE = 0.5
_MAIN_COUNT = 3
# A parent theme follows from one subtheme that is a main line, or from two that are named (three: F1 .909 for .917).
_PARENT_COUNT = 2
# A word alone in a list of bare words is named in passing (涵盖研发、生产、运维等数据域), from so many members on.
_PASSING_LIST = 4
# Documents whose subject is their own organisation: elsewhere 机制 or 监督 say nothing of it.
_OWN_KINDS = {"cppcc": ("cppcc",), "self": ("cppcc", "congress", "party")}


@dataclass(frozen=True, slots=True)
class Link:
    """A theme of an item: grade and the characters that show it best."""

    notation: str
    grade: int
    span: Span
    rule: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A word that speaks of a theme, in the heading or in the text."""

    notation: str
    span: Span
    sentence: int
    heading: bool
    weak: bool = False  # a word so general that alone it shows nothing


def theme_links(
    text: str,
    sentences: list[Span],
    heading: Span | None,
    kind: str | None,
    lexicon: Lexicon,
    skip: Iterable[Span] = (),
) -> list[Link]:
    """The themes of one item, in the order of the scheme; `kind` is the issuer's (see `issuer.Issuer`).

    `skip` holds names of bodies and the like: 省教育厅 in a unit bracket does not make an item one about schools.
    """
    closed = {at for span in skip for at in range(span.start, span.end)}
    hits = [hit for hit in _hits(text, sentences, heading, kind, lexicon) if hit.span.start not in closed]
    by_theme: dict[str, list[Hit]] = {}
    for hit in hits:
        by_theme.setdefault(hit.notation, []).append(hit)
    by_theme = {notation: found for notation, found in by_theme.items() if not _in_passing(text, sentences, found)}
    total = sum(1 for span in sentences if heading is None or span.start >= heading.end) or 1
    links = {notation: _link(found, total) for notation, found in by_theme.items()}
    for theme in lexicon.themes:
        if theme.level == 1:
            _raise_parent(theme.notation, links, lexicon)
    return [links[theme.notation] for theme in lexicon.themes if theme.notation in links]


def _hits(text: str, sentences: list[Span], heading: Span | None, kind: str | None, lexicon: Lexicon) -> Iterator[Hit]:
    for number, sentence in enumerate(sentences):
        for start, end, word in lexicon.theme_words.find(text[sentence.start : sentence.end]):
            weak = word.scope == "weak"
            if word.scope and not weak and kind not in _OWN_KINDS[word.scope]:
                continue
            span = Span(sentence.start + start, sentence.start + end)
            inside = heading is not None and heading.start <= span.start and span.end <= heading.end
            for notation in word.notations:
                yield Hit(notation, span, number, inside, weak)


def _in_passing(text: str, sentences: list[Span], hits: list[Hit]) -> bool:
    """Whether a theme's only word is a weak one, names something else (金融机构), or is one of many bare words."""
    if len(hits) > 1 or hits[0].heading:
        return False
    if hits[0].weak:
        return True
    span, sentence = hits[0].span, sentences[hits[0].sentence]
    if cue("thing-of-field").match(text, span.end, sentence.end):
        return True
    start = max(text.rfind(mark, sentence.start, span.start) for mark in "，。；：（\n") + 1
    ends = [at for at in (text.find(mark, span.end, sentence.end) for mark in "，。；：）\n") if at >= 0]
    clause = text[max(start, sentence.start) : min(ends, default=sentence.end)]
    members = clause.split("、")
    listed = len(members) >= _PASSING_LIST and text[span.start : span.end] in members[1:-1]
    return listed and cue("mere-list").search(clause) is not None


def _link(hits: list[Hit], total: int) -> Link:
    first = hits[0]
    if first.heading:
        return Link(first.notation, 2, first.span, "theme-heading")
    sentences = len({hit.sentence for hit in hits})
    main = len(hits) >= _MAIN_COUNT and sentences / total >= _MAIN_SHARE
    return Link(first.notation, 2 if main else 1, first.span, "theme-main" if main else "theme-word")


def _raise_parent(parent: str, links: dict[str, Link], lexicon: Lexicon) -> None:
    """A subtheme that is a main line, or enough of the subthemes, make their parent concern the item too."""
    children = [theme.notation for theme in lexicon.themes if theme.broader == parent]
    below = [links[notation] for notation in children if notation in links]
    strong = [link for link in below if link.grade == 2]
    if not strong and len(below) < _PARENT_COUNT:
        return
    best = (strong or below)[0]
    grade = 2 if strong and (best.rule == "theme-heading" or len(strong) > 1) else 1
    if parent not in links or links[parent].grade < grade:
        links[parent] = Link(parent, grade, best.span, "theme-parent")
