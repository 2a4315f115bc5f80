"""Who issued a document, and which places its short names mean (市政府 in a Jinhua plan is 金华市人民政府)."""

import re
from dataclasses import dataclass

from corpus.types import Document
from graph.lexicon import HAN, Lexicon

# A county-level or other place that the gazetteer lacks, read from the start of the issuer's name.
_LEADING = re.compile(
    rf"^(?:中国共产党|中共|中国人民政治协商会议|政协)*([{HAN}]{{2,6}}?)(自治区|自治州|省|市|县|区|州|旗)"
)
_LEVEL = re.compile(r"(自治区|省|市|州|县|区|旗)$")


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
    home, province = _home(names, lexicon)
    places = {level_of(place): place for place in (province, home) if place}
    if home and level_of(home) == "市" and province is None:
        places["省"] = home  # a municipality is province and city in one; 省 then never occurs
    name = (document.metadata.issuing_bodies or (None,))[0]
    return Issuer(name, _kind(names), home, level_of(home) if home else None, tuple(sorted(places.items())))


def level_of(place: str) -> str:
    """The level word that a place's full name ends with (金华市 -> 市)."""
    found = _LEVEL.search(place)
    return found[1] if found else ""


def _stated_names(document: Document) -> list[str]:
    meta = document.metadata
    stated = [*(meta.issuing_bodies or ()), meta.letterhead, meta.title, meta.printing_office]
    return [re.sub(r"\s", "", name) for name in stated if name]


def _home(names: list[str], lexicon: Lexicon) -> tuple[str | None, str | None]:
    """The issuer's place and the province above it."""
    for name in names:
        known = next((m for m in lexicon.places.find(name) if m.start <= 12), None)
        lead = _LEADING.match(name)
        if known and not (lead and lead.end() > known.end + 1):
            return known.value.full, known.value.province
        if lead and not name.startswith(("国务院", "国家", "中华")):
            return (known.value.full if known else "") + name[known.end if known else lead.start(1) : lead.end()], None
    return None, None


def _kind(names: list[str]) -> str | None:
    for name in names:
        if "政协" in name or "政治协商" in name:
            return "cppcc"
        if "人大" in name or "人民代表大会" in name:
            return "congress"
        if re.search(r"政府|国务院|[厅局署]|部$", name):
            return "government"
        if re.search(r"党|[省市县区]委|纪委", name):
            return "party"
    return None
