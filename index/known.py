"""What a base knows of the things that a question names: from words to conditions on items."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from graph.store import Store
from graph.terms import Literal
from index import question_dates, structured, tokens, units
from index.catalogue import Catalogue, DocumentRow
from index.conditions import About, Condition, Due, Either, Holds, InFrame, Named, OfDocument, Stated
from index.query import Place, Question, name_key, understand
from index.structured import Asked, Reading
from index.types import Language
from ontology import tables

_LONGEST_WORD = 8  # characters of a Chinese word that is looked for as it stands


class Known:
    """The names in the facts of one snapshot; each list is read when the first question asks for it."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._objects: dict[str, frozenset[str]] = {}

    @cached_property
    def documents(self) -> list[DocumentRow]:
        """Every document."""
        return self._catalogue.documents()

    @cached_property
    def units(self) -> frozenset[str]:
        """The units of task frames, as printed."""
        return self._names("?frame yao:leadUnit|yao:participatingUnit ?name")

    def objects(self, predicate: str) -> frozenset[str]:
        """The Chinese names of what facts of a predicate have as their object."""
        if predicate not in self._objects:
            self._objects[predicate] = self._names(f"?s yao:{predicate} ?o . ?o rdfs:label ?name")
        return self._objects[predicate]

    def _names(self, where: str) -> frozenset[str]:
        rows = self._store.query(f'SELECT DISTINCT ?name {{ {where} FILTER(LANG(?name) = "zh") }}').rows()
        return frozenset(name.value for row in rows if isinstance(name := row["name"], Literal))

    # ---- conditions

    def conditions(self, reading: Reading) -> list[Condition] | None:
        """What the items must fulfil; None where something in the question stays unclear, or is not known here."""
        rest = self._subject(reading.rest) if reading.rest else []
        if rest is None:
            return None
        found = [self._condition(asked, reading) for asked in reading.asked]
        kept = [condition for condition in found if condition is not None]
        return [*kept, *rest] if len(kept) == len(found) else None

    def _condition(self, asked: Asked, reading: Reading) -> Condition | None:
        slot, language = structured.slots()[asked.slot], reading.language
        if slot.reads == "unit":
            return self.unit(asked.words, language, asked.slot)
        if slot.reads in ("date", "nothing"):
            return _due(asked)
        if slot.reads == "frequency":
            return _often(asked, language)
        if slot.reads == "class":
            cls, _, part = structured.values("class", language)[asked.words].partition(",")
            return Stated(asked.slot, slot.predicates[0], cls=cls, part=part)
        if slot.reads == "document":
            return _of_documents(self.named_documents(asked.words, language), asked)
        if slot.reads == "year":
            return _of_documents(self.of_year(int(asked.words)), asked)
        if slot.reads == "place" and len(reading.asked) > 1 and (rows := self.of_place(asked.words)):
            return _of_documents(rows, asked)
        return self._stated(asked, language)

    def unit(self, words: str, language: Language, slot: str) -> Condition | None:
        """The items whose frame names a unit; None where the base knows none of that name."""
        predicates = structured.slots()[slot].predicates
        meant = {words, *self._bodies(words)}
        printed = {name for word in meant for name in units.matching(word, self.units, language)}
        framed = InFrame(slot, predicates, tuple(printed)) if printed else None
        if slot != "responsible":
            return framed
        doing = self.objects("performedBy")
        named = {name for word in meant for name in units.matching(word, doing, language)} | (meant & doing)
        stated = Stated(slot, "performedBy", tuple(sorted(named))) if named else None
        return Either(framed, stated) if framed and stated else framed or stated

    @staticmethod
    def is_plain(reading: Reading, wanted: Sequence[Condition]) -> bool:
        """Whether a question asks for dates in words that mean nothing else: then no item is an answer as well.

        A known unit that leads nothing may still be responsible without that word, so it is searched for.
        """
        dated = any(asked.plain and asked.slot.startswith("due-") for asked in reading.asked)
        return dated and not any(isinstance(condition, Holds) for condition in wanted)

    def is_silent_on(self, reading: Reading) -> bool:
        """Whether a question plainly asks for what this base knows nothing of: a unit that it never names."""
        for asked in reading.asked:
            reads = structured.slots()[asked.slot].reads
            if not asked.plain or reads != "unit" or not units.is_name(asked.words, reading.language):
                continue
            if self.unit(asked.words, reading.language, "responsible") is None and not self._bodies(asked.words):
                return True
        return False

    def _bodies(self, words: str) -> set[str]:
        """The full names of the bodies that are mentioned under a name."""
        return {row.label for row in self._catalogue.named([name_key(words)]) if row.cls == "Body"}

    def _stated(self, asked: Asked, language: Language) -> Condition | None:
        """A fact whose object's name is the one asked for, or ends in it, or (topics, documents) holds it."""
        slot = structured.slots()[asked.slot]
        there = self.objects(slot.predicates[0])
        if slot.reads in ("form", "group"):
            wanted = (structured.forms if slot.reads == "form" else structured.groups)(language)[asked.words]
            names = [name for name in there if name.endswith(wanted)]
        elif slot.reads == "place":
            names = [name for name in there if name in structured.places(language)[asked.words]]
        else:
            wanted = (asked.words,) if slot.reads == "title" else _chinese_words(asked.words)
            names = [name for name in there if _holds_one(name, wanted)]
        cls = "Document" if slot.reads == "title" else None
        return Stated(asked.slot, slot.predicates[0], tuple(sorted(names)), cls) if names else None

    def _subject(self, rest: str) -> list[Condition] | None:
        """What is left of a question, where themes and terms account for all of it, or it is one Chinese word."""
        question = understand(rest)
        places = _places(question)
        if question.share(places) < 1:
            return [Holds((rest,))] if question.language == "zh" and 1 < len(rest) <= _LONGEST_WORD else None
        found: list[Condition] = []
        for place in dict.fromkeys(places):
            notations = tuple(named.theme.notation for named in question.themes if named.place == place)
            forms = tuple(form for term in question.terms if term.place == place for form in term.forms)
            found.append(About(notations) if notations else Holds(forms))
        return found

    # ---- documents

    def named_documents(self, words: str, language: Language) -> list[DocumentRow]:
        """The documents that words name by title, issuer or place: 金华市政协, Jinhua, State Council."""
        wanted = _parts_of_name(words, language)
        return [row for row in self.documents if wanted and all(_holds_one(_said_of(row), part) for part in wanted)]

    def of_year(self, year: int) -> list[DocumentRow]:
        """The documents for a year; where they do not say, of the year of their issue."""
        return [row for row in self.documents if self.year_of(row) == str(year)]

    @staticmethod
    def year_of(row: DocumentRow) -> str:
        """The year that a document is for, else that of its issue; empty where it tells neither."""
        return str(row.metadata.get("year") or row.metadata.get("date_of_issue_iso") or "")[:4]

    def scope(self, reading: Reading) -> list[DocumentRow] | None:
        """The documents that a question is limited to, where it asks for nothing else of the facts; else None."""
        rows = [row for row in self.documents if reading.asked]
        for asked in reading.asked:
            if asked.slot not in ("document", "year"):
                return None
            of_year = asked.slot == "year"
            found = self.of_year(int(asked.words)) if of_year else self.named_documents(asked.words, reading.language)
            rows = [row for row in rows if row in found]
        return rows or None

    def of_place(self, words: str) -> list[DocumentRow]:
        """The documents of a place or, of a province, of its places; the name in either language."""
        key = tokens.normalise(words).strip()
        names = set(structured.places("zh").get(key, ()) or structured.places("en").get(key, ()) or (key,))
        names |= {row["short"] for row in tables.rows("places") if row["province"] in names}
        return [row for row in self.documents if any(name in _said_of(row) for name in names)]


def _of_documents(rows: Iterable[DocumentRow], asked: Asked) -> Condition | None:
    iris = tuple(sorted(row.iri for row in rows))
    return OfDocument(iris, asked.slot, asked.words) if iris else None


def _said_of(row: DocumentRow) -> str:
    return tokens.normalise(f"{row.profile} {row.title}")


def _holds_one(name: str, words: Iterable[str]) -> bool:
    return any(word in name for word in words)


def _parts_of_name(words: str, language: Language) -> list[tuple[str, ...]]:
    """The parts of a document's name, each with the Chinese words one of which must stand there."""
    if language == "zh":
        parts: list[tuple[str, ...]] = []
        place = next((n for n in sorted(structured.places("zh"), key=len, reverse=True) if words.startswith(n)), "")
        if place:
            parts.append((structured.places("zh")[place][0],))
            words = words.removeprefix(place).lstrip("省市县区州")
        return parts + [(word,) for word in tokens.words(words) or ([words] if words else [])]
    key = words.removesuffix("'s")
    if key in structured.places("en"):
        return [tuple(structured.places("en")[key][::2])]
    first, _, rest = key.partition(" ")
    if rest and first in structured.places("en"):
        return [structured.places("en")[first][::2], *_parts_of_name(rest, language)]
    found = _chinese_words(words)
    return [found] if found else [(words,)]


def _chinese_words(words: str) -> tuple[str, ...]:
    """What words of a question may be in Chinese: themselves, and the forms of the themes and terms that cover them."""
    question = understand(words)
    if question.language == "zh":
        whole = (question.focus.replace(" ", ""),) if question.focus else ()
        return tuple(dict.fromkeys((words, *whole, *_forms(question))))
    return tuple(dict.fromkeys(_forms(question)))


def _places(question: Question) -> list[Place]:
    """Where a question names themes and terms."""
    return [named.place for named in question.themes] + [term.place for term in question.terms]


def _forms(question: Question) -> list[str]:
    if question.share(_places(question)) < 1:
        return []
    themes = [form for named in question.themes for form in (named.theme.label_zh, *named.theme.alt_zh)]
    return [*themes, *(form for term in question.terms for form in term.forms)]


def _due(asked: Asked) -> Condition | None:
    if asked.slot == "due-any":
        return Due(asked.slot, "", "", relative=False)
    found = question_dates.stretch(asked.words)
    if found is None:
        return None
    start, end = {
        "due-by": ("", found.end),
        "due-before": ("", found.end if found.closed else _day_before(found.start)),
        "due-in": (found.start, found.end),
        "due-after": (_day_after(found.end), ""),
    }[asked.slot]
    return Due(asked.slot, start, end, found.relative)


def _day_before(date: str) -> str:
    """A date below every day from `date` on and above those before it: dates are compared as text."""
    return date[:-2] + f"{int(date[-2:]) - 1:02}"


def _day_after(date: str) -> str:
    return date[:-2] + f"{int(date[-2:]) + 1:02}"


def _often(asked: Asked, language: Language) -> Condition:
    value = structured.values("frequency", language)[asked.words]
    regular = {"regular": "定期", "irregular": "不定期"}
    words = tuple(
        row["word"]
        for row in tables.rows("frequencies")
        if (row["word"] == regular[value] if value in regular else row["iso"] == value)
    )
    return Either(InFrame(asked.slot, ("frequency",), words), Named(asked.slot, "Frequency", words))
