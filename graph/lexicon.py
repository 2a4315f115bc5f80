"""The tables of `ontology/` in the form in which extraction uses them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from corpus.tables import Row
from graph.matcher import Matcher
from ontology.tables import Form, Theme, alternatives, column, forms, glossary, rows, themes

LEVELS = ("省", "自治区", "市", "州", "县", "区", "旗")
HAN = "\u4e00-\u9fff"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word of the lexicon names. `full` may hold {P}, the issuer's place at `level`.

    `own` marks an organ of the issuer: the printed name is kept and the place only tells it from others' organs.
    `not_before` are the texts in front of which the word does not count.
    """

    cls: str
    subclass: str | None
    full: str
    rule: str
    label_en: str | None = None
    level: str | None = None
    own: bool = False
    cppcc: bool = False
    not_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A place of the gazetteer; `province` is None for a province."""

    full: str
    level: str
    province: str | None

    @property
    def municipality(self) -> bool:
        """Whether it is a city at province level (直辖市)."""
        return self.level == "Province" and self.full.endswith("市")


@dataclass(frozen=True, slots=True)
class Head:
    """A head noun and the class of the names that it makes."""

    word: str
    cls: str
    subclass: str
    whole: bool
    quoted: bool
    plain: bool
    alone: bool  # plain, and a name without a word before it (落实意见)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A verb and the predicate that it states."""

    verb: str
    predicate: str
    mode: str | None
    inside: bool  # may stand inside a name (智能制造提升行动), so it does not open a new clause


@dataclass(frozen=True, slots=True)
class ThemeWord:
    """What a word says about themes: notations, and whether it counts only in documents of the CPPCC or a party."""

    notations: tuple[str, ...]
    scope: str | None


@dataclass(frozen=True)
class Lexicon:
    """All words that extraction knows; made once by `load`."""

    names: Matcher[Entry]
    places: Matcher[PlaceName]
    forms: Matcher[Form]
    triggers: Matcher[Trigger]
    theme_words: Matcher[ThemeWord]
    themes: tuple[Theme, ...]
    not_named_before: tuple[str, ...]
    heads: dict[str, Head]
    quoted_head: re.Pattern[str]
    plain_head: re.Pattern[str]
    department: re.Pattern[str]
    region: re.Pattern[str]
    event: re.Pattern[str]
    modifiers: tuple[str, ...]
    confidence: dict[str, float]

    @staticmethod
    @cache
    def load() -> "Lexicon":
        """The lexicon of this installation; raises PlanError, naming file and line, where a table is damaged."""
        heads = {row["word"]: _head(row) for row in rows("heads")}
        return Lexicon(
            names=Matcher(dict(_names())),
            places=Matcher(dict(_places())),
            forms=Matcher({word: form for form in forms() for word in form.words}),
            triggers=Matcher(_triggers()),
            theme_words=Matcher(_theme_words()),
            themes=themes(),
            not_named_before=column("not_named_before"),
            heads=heads,
            quoted_head=re.compile(rf"(的?)([{HAN}]{{0,6}}?)({_any(h.word for h in heads.values() if h.quoted)})"),
            plain_head=re.compile(rf"({_any(h.word for h in heads.values() if h.plain)})"),
            department=_department(),
            region=re.compile(rf"({_any(r['word'] for r in rows('place_words') if r['kind'] == 'ending')})"),
            event=re.compile(rf"({_any(row['word'] for row in rows('games') if row['whole'] != 'yes')})"),
            modifiers=column("form_modifiers"),
            confidence={row["rule"]: float(row["confidence"]) for row in rows("rules")},
        )

    def with_names(self, first: Mapping[str, Entry], last: Mapping[str, Entry]) -> "Lexicon":
        """The lexicon with more names: those of `first` win over its own, its own over those of `last`."""
        return replace(self, names=Matcher({**last, **dict(_names()), **first}))


def _any(words: Iterator[str]) -> str:
    """A regular expression for any of `words`, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def _head(row: Row) -> Head:
    return Head(
        row["word"], row["cls"], row["subclass"], row["whole"] == "yes", row["quoted"] == "yes",
        row["plain"] in ("yes", "alone"), row["plain"] == "alone",
    )  # fmt: skip


def _triggers() -> dict[str, Trigger]:
    """The verbs alone and with an adverb before them, which no name holds; a row of the table wins over a compound."""
    verbs = {row["verb"]: _trigger(row) for row in rows("triggers")}
    compounds = {a + verb: replace(trigger, inside=False) for a in column("adverbs") for verb, trigger in verbs.items()}
    return compounds | verbs


def _trigger(row: Row) -> Trigger:
    return Trigger(row["verb"], row["predicate"], row["mode"] or None, row["inside"] == "yes")


def _department() -> re.Pattern[str]:
    cores, ends = _any(iter(column("departments"))), _any(iter(column("department_ends")))
    return re.compile(rf"(国家|中央|省|市|县|区|州|自治区)?({cores})({ends})(?![门分队长员托])")


def _names() -> Iterator[tuple[str, Entry]]:
    """The words of all small lexicons; a later table wins where two hold the same word."""
    for row in rows("groups"):
        yield row["word"], Entry("Group", None, row["full"] or row["word"], "group", row["en"])
    for row in rows("roles"):
        yield row["word"], _role(row)
    for row in rows("strategies"):
        yield row["word"], Entry("Strategy", row["subclass"], row["full"] or row["word"], "formula", row["en"])
    for row in rows("frequencies"):
        yield row["word"], Entry("Time", "Frequency", row["word"], "frequency", row["en"])
    for row in rows("periods"):
        yield row["word"], Entry("Time", "Period", row["word"], "period", row["en"], own=True)
    for row in rows("games"):
        if row["whole"] == "yes":
            yield row["word"], Entry("Event", row["subclass"], row["full"] or row["word"], "event")
    yield from _place_words()
    for row in rows("body_names"):
        yield row["word"], _body(row)
    yield from _short_bodies()


def _role(row: Row) -> Entry:
    return Entry(
        "Role", None, row["full"] or row["word"], "role", row["en"],
        cppcc=bool(row["cppcc"]), not_before=alternatives(row["not_before"]),
    )  # fmt: skip


def _body(row: Row) -> Entry:
    return Entry(
        "Body", row["subclass"], row["full"] or row["word"], "body",
        own=bool(row["own"]), cppcc=bool(row["cppcc"]), not_before=alternatives(row["not_before"]),
    )  # fmt: skip


def _place_words() -> Iterator[tuple[str, Entry]]:
    for row in rows("place_words"):
        if row["subclass"] == "Country":
            yield row["word"], Entry("Place", "Country", "中国", "deictic", "China")
        elif row["kind"] == "deictic":
            level = row["word"][1]
            yield row["word"], Entry("Place", row["subclass"], "{P}", "deictic", level=level)
        elif row["kind"] in ("word", "local"):
            own = row["kind"] == "local"
            yield row["word"], Entry("Place", row["subclass"], row["word"], "place", own=own)


def _short_bodies() -> Iterator[tuple[str, Entry]]:
    for row in rows("body_short"):
        for level in LEVELS:
            full = (row["full"] or row["form"]).replace("{L}", level).replace("{S}", "{P}")
            yield (
                row["form"].replace("{L}", level),
                Entry(
                    "Body", row["subclass"], full, "short-body",
                    level=level, own=bool(row["local"]), not_before=alternatives(row["not_before"]),
                ),
            )  # fmt: skip


def _places() -> Iterator[tuple[str, PlaceName]]:
    for row in rows("places"):
        place = PlaceName(row["full"], row["level"], row["province"] or None)
        yield row["short"], place
        yield row["full"], place


def _theme_words() -> dict[str, ThemeWord]:
    """Word -> themes, from labels, alternative labels, glossary and `theme_words.tsv`, whose rows win."""
    scopes = {row["theme"]: row["scope"] for row in rows("theme_scopes")}
    found: dict[str, dict[str, None]] = {}
    for word, notation in (*_label_words(), *_glossary_words()):
        found.setdefault(word, {})[notation] = None
    words = {word: ThemeWord(tuple(of), scopes.get(next(iter(of)))) for word, of in found.items()}
    for row in rows("theme_words"):
        words[row["word"]] = ThemeWord(alternatives(row["themes"]), row["scope"] or None)
    return words


def _label_words() -> Iterator[tuple[str, str]]:
    return ((word, theme.notation) for theme in themes() for word in (theme.label_zh, *theme.alt_zh))


def _glossary_words() -> Iterator[tuple[str, str]]:
    """Words of the glossary's fields, programmes, groups, formulas and measures."""
    kinds = set(column("theme_kinds", "kind"))
    closed = {row["theme"] for row in rows("theme_scopes") if row["from_glossary"] == "no"}
    for term in glossary():
        if term.theme and term.kind in kinds and term.theme not in closed:
            # two-character words of the glossary are mostly verbs and general nouns
            yield from ((word, term.theme) for word in (term.zh, *term.zh_alt) if len(word) >= 3)
