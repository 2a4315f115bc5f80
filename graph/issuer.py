"""Who issued a document, and which places its short names mean (市政府 in a Jinhua plan is 金华市人民政府)."""

import re
from collections import Counter
from dataclasses import dataclass

from corpus.types import Document
from graph.lexicon import Lexicon, PlaceName
from ontology.tables import cue

_LEVEL = re.compile(r"(自治区|省|市|州|县|区|旗)$")
_LEVEL_WORD = re.compile(r"自治区|省|市|州|县|区|旗")
_LATEST = 12  # characters before a place; one that comes later in a name or title is not the issuer's
_LONGEST = 16  # characters of a place's name: 积石山保安族东乡族撒拉族自治县 has 15
_OFTEN = 3  # times that a text names its own place at least
_CLEAR = 1.5  # times as often as it are all places of the level named at most
_RANKS = {"市": ("市", "州"), "省": ("省", "自治区")}
_KINDS = ("cppcc", "congress", "government", "party")  # in this order: 政协 and 人大 bodies also hold 委, 党


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer's name, kind and place. `places` maps a level (省, 市, …) to the full name of the place.

    `kind` is cppcc, congress, party, government or None. `home` is the issuer's own place, None where not stated.
    """

    name: str | None
    kind: str | None
    home: str | None
    level: str | None
    places: tuple[tuple[str, str], ...]

    def place(self, level: str) -> str | None:
        """The full name of the place that a level word means here; None where the document does not say."""
        return dict(self.places).get(level)


def issuer_of(document: Document, lexicon: Lexicon) -> Issuer:
    """Reads the issuer from signature, letterhead and title, in this order."""
    names = _stated_names(document)
    chain = _home(names, lexicon)
    if not chain and not any(_is_national(name, lexicon) for name in names):
        chain = _told_by_text(document.text.clean, lexicon)
    home = chain[-1].full if chain else None
    name = (document.metadata.issuing_bodies or (None,))[0]
    return Issuer(name, _kind(names), home, (level_of(home) or None) if home else None, _by_level(chain))


def level_of(place: str) -> str:
    """The level word that a place's full name ends with (金华市 -> 市)."""
    found = _LEVEL.search(place)
    return found[1] if found else ""


def _stated_names(document: Document) -> list[str]:
    meta = document.metadata
    stated = [*(meta.issuing_bodies or ()), meta.letterhead, meta.title, meta.printing_office]
    return [re.sub(r"\s", "", name) for name in stated if name]


def _kind(names: list[str]) -> str | None:
    kinds = (kind for name in names for kind in _KINDS if cue(f"issuer-{kind}").search(name))
    return next(kinds, None)


# ---------------------------------------------------------------- where nothing states the issuer


def _told_by_text(text: str, lexicon: Lexicon) -> list[PlaceName]:
    """The place that a text without title and signature speaks from: 我市 and 市科技局 in one that names 青岛 most.

    A province is told by its own name or by those of its cities. Empty where two places come near each other.
    """
    speaks = {"市": cue("speaks-city"), "省": cue("speaks-province")}
    hits = {level: len(pattern.findall(text)) for level, pattern in speaks.items()}
    level = max(hits, key=lambda level: hits[level])
    if not hits[level]:
        return []
    places = {full: place for place in (m.value for m in lexicon.places.find(text)) for full in _named(place)}
    named = Counter(
        full for m in lexicon.places.find(text) for full in _named(m.value) if level_of(full) in _RANKS[level]
    )
    first = next(iter(named.most_common(1)), ("", 0))
    if first[1] < _OFTEN or sum(named.values()) > first[1] * _CLEAR:
        return []
    place = places[first[0]]
    return [place if place.full == first[0] else PlaceName(first[0], "Province", None)]


def _named(place: PlaceName) -> tuple[str, ...]:
    """A place and the province that it speaks of."""
    return (place.full, place.province) if place.province else (place.full,)


# ---------------------------------------------------------------- places, from the highest to the issuer's own


def _by_level(chain: list[PlaceName]) -> tuple[tuple[str, str], ...]:
    """Level word -> place. Of two places of one level (a city and its county-level city) the issuer's own counts."""
    if not chain:
        return ()
    places = {"省": chain[0].full} if chain[0].municipality else {}  # province and city in one
    province = chain[0].province
    places |= {level_of(full): full for full in (province, *(place.full for place in chain)) if full}
    return tuple(sorted((level, full) for level, full in places.items() if level))


def _home(names: list[str], lexicon: Lexicon) -> list[PlaceName]:
    """The places of the first name that states any; none where a name before it is a national body's."""
    for name in names:
        if _is_national(name, lexicon):
            return []
        chain = _chain(name, lexicon)
        if chain:
            return chain
    return []


def _is_national(name: str, lexicon: Lexicon) -> bool:
    """国务院…, 国家…, and ministries, which have no place before them."""
    department = lexicon.department.match(name)
    ministry = department and department[1] is None and cue("central-ending").fullmatch(department[3])
    return bool(ministry or cue("national-body").match(name))


def _chain(name: str, lexicon: Lexicon) -> list[PlaceName]:
    """All places that a body's name or a title opens with: 浙江省, 杭州市, 杭州市西湖区."""
    lead = cue("body-lead").match(name)
    start = lead.end() if lead else 0
    step = _place_at(name, start, lexicon) or _first_known(name, lexicon)
    chain: list[PlaceName] = []
    while step and (not chain or step[0].province in (None, chain[-1].full, chain[-1].province)):
        chain.append(_within(step[0], chain))
        step = _place_at(name, step[1], lexicon)
    return chain


def _first_known(name: str, lexicon: Lexicon) -> tuple[PlaceName, int] | None:
    """The first place of the gazetteer in a title that opens with other words (关于印发湖州市…)."""
    return next(((m.value, m.end) for m in lexicon.places.find(name) if m.start <= _LATEST), None)


def _within(place: PlaceName, above: list[PlaceName]) -> PlaceName:
    """A district's full name holds its city's (杭州市西湖区); counties and county-level cities stand alone."""
    if level_of(place.full) == "区" and above and level_of(above[-1].full) == "市":
        return PlaceName(above[-1].full + place.full, place.level, above[-1].province)
    return place


def _place_at(name: str, at: int, lexicon: Lexicon) -> tuple[PlaceName, int] | None:
    """The place that starts at `at`, and where it ends: of the gazetteer, else a county-level one told by its form."""
    known = next((m for m in lexicon.places.find(name[at : at + _LONGEST]) if m.start == 0), None)
    if known is None:
        return _county(name, at, at, None, lexicon)
    end = at + known.end
    if name[at:end] != known.value.full:  # 长沙县 lies in 长沙市, but is not the city
        return _county(name, at, end, known.value.province, lexicon) or (known.value, end)
    return known.value, end


def _county(name: str, at: int, after: int, province: str | None, lexicon: Lexicon) -> tuple[PlaceName, int] | None:
    """A name with a level word where a body, a date or the end follows, so that 文化市场, 社区 … are none.

    With `after` past `at` the level word must stand just there.
    """
    last = at + _LONGEST if after == at else after + 1
    for found in _LEVEL_WORD.finditer(name, max(after, at + 1), last):
        place, end = name[at : found.end()], found.end()
        department = lexicon.department.match(name, end)
        own = department is not None and department[1] is None  # 沙市 + 区教育局 would be a city's
        if (own or cue("after-place").match(name, end)) and not cue("no-place").search(place):
            return PlaceName(place, "County", province), end
    return None
