"""What a stretch of prose says: the relations between the names found in one zone.

Each method of `_Zone` yields the relations of one kind; the evidence is the clause, or the name that says it itself.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from corpus.types import Span
from graph.activities import Activity
from graph.actors import part_of
from graph.coinages import last_trigger
from graph.found import Found
from graph.model import Mention, Node, Relation
from graph.reader import Reader
from graph.relations import Scene
from graph.tasks import unit_spans
from graph.themes import theme_links
from graph.zones import PROSE, Zone, clause_end, clause_start, sentences, trim
from ontology.tables import cue

Placed = tuple[Found, Mention]

_LINKS = ("、", "和", "与", "及", "以及", "")
_FRAME = 240  # characters before an activity in which its topics, performers and places stand


def zone_relations(
    scene: Scene, zone: Zone, reader: Reader, acts: list[Activity], placed: list[Placed]
) -> Iterator[Relation]:
    """What a stretch of prose says about its item, section or plan."""
    if zone.role not in ("item", "section", *PROSE):
        return
    here = _Zone(scene, zone, reader, acts, placed)
    yield from here.initiatives()
    yield from here.activities()
    yield from here.forms()
    yield from here.strategies()
    yield from here.events()
    yield from here.topics()
    yield from here.people()
    yield from here.responsible()
    yield from here.inside_names()
    yield from here.places_and_numbers()
    yield from here.documents()
    if zone.role == "item":
        yield from here.parts_of_heading()
        yield from here.themes()


class _Zone:
    def __init__(self, scene: Scene, zone: Zone, reader: Reader, acts: list[Activity], placed: list[Placed]) -> None:
        self.scene, self.zone, self.reader, self.acts, self.placed = scene, zone, reader, acts, placed
        self.subject = scene.subject(zone)
        self.text = reader.text
        self.at = {(found.span, found.cls): mention.entity for found, mention in placed}
        self.holder = _holders(placed)
        self.free = [pair for pair, holder in zip(placed, self.holder, strict=True) if holder is None]
        self.ends = [pair[0].span.end for pair in self.free]
        self.starts = [pair[0].span.start for pair in placed]
        self.lists = self._lists()

    # ------------------------------------------------------------ helpers

    def _say(self, subject: Node, predicate: str, object_: Node, span: Span, rule: str = "verb") -> Relation:
        return self.scene.relation(subject, predicate, object_, span, self.zone.item, rule)

    def _clause(self, span: Span) -> Span:
        """The clause around a span, as evidence."""
        start = clause_start(self.text, span.start, self.zone.span.start)
        end = clause_end(self.text, span.end, self.zone.span.end)
        return trim(self.text, Span(min(start, span.start), max(end, span.end)))

    def _before(self, at: int, size: int = 10) -> str:
        return self.text[max(self.zone.span.start, at - size) : at]

    def _after(self, at: int, size: int = 30) -> str:
        return self.text[at : min(self.zone.span.end, at + size)]

    def _held(self, *classes: str) -> Iterator[tuple[Placed, Placed | None]]:
        """Names of some classes, each with the name that holds it."""
        for pair, holder in zip(self.placed, self.holder, strict=True):
            if pair[0].cls in classes:
                yield pair, holder

    def _lists(self) -> list[tuple[int, int]]:
        """For each free name the first and the last of the names that stand in one list with it."""
        lists: list[tuple[int, int]] = []
        while len(lists) < len(self.free):
            first = last = len(lists)
            while last + 1 < len(self.free) and self._linked(last):
                last += 1
            lists += [(first, last)] * (last + 1 - first)
        return lists

    def _linked(self, index: int) -> bool:
        one, next_ = self.free[index][0].span, self.free[index + 1][0].span
        return next_.start - one.end <= 2 and self.text[one.end : next_.start] in _LINKS

    # ------------------------------------------------------------ what an item does

    def initiatives(self) -> Iterator[Relation]:
        """launches, continues, implements: the last verb before a name, shared by the members of a list."""
        carried: tuple[int, str] | None = None
        for (found, mention), holder in self._held("Initiative", "Body"):
            if found.cls == "Body":
                if found.rule == "made-body":
                    yield self._say(self.subject, "launches", mention.entity, self._clause(found.span))
                continue
            if holder and holder[0].cls in ("Topic", "Document", "Initiative"):
                continue
            if re.match(r"”?(?:开展|举办|组织)", self._after(found.span.end, 4)):
                continue  # it carries out what follows: see `_doer`
            at = found.span.start - (self.text[found.span.start - 1] == "“")
            start = clause_start(self.text, at, self.zone.span.start)
            trigger = last_trigger(self.reader, at)
            if trigger:
                carried = (start, trigger[0].predicate)
                yield from self._doer(mention.entity, trigger[1], found.span)
            if found.rule == "heading-name":
                yield self._say(self.subject, "implements", mention.entity, found.span, "heading-name")
            elif carried and carried[0] == start:
                yield self._say(self.subject, carried[1], mention.entity, self._clause(found.span))
            elif cue("by-means").match(self._after(found.span.end, 12)):
                yield self._say(self.subject, "implements", mention.entity, self._clause(found.span))

    def _doer(self, initiative: Node, verb: Span, place: Span) -> Iterator[Relation]:
        """组织X开展“…”, 协助X落实“…”: X performs it; 在X开展“…”: X takes part."""
        if not cue("carrying-verb").search(self.text[verb.start : verb.end]):
            return
        for found, mention in self._ending_near(verb.start):
            before = self._before(found.span.start)
            if (
                found.cls in ("Body", "Role", "Initiative")
                and found.span.end == verb.start
                and cue("asked-verb").search(before)
            ):
                yield self._say(initiative, "performedBy", mention.entity, self._clause(place))
            if found.cls == "Body" and before.endswith("在") and cue("among").match(self._after(found.span.end)):
                yield self._say(initiative, "involves", mention.entity, self._clause(place))

    def _ending_near(self, at: int) -> Iterator[Placed]:
        """Free names that end at most six characters before a place."""
        return iter(self.free[bisect_left(self.ends, at - 6) : bisect_right(self.ends, at)])

    def parts_of_heading(self) -> Iterator[Relation]:
        """What an item launches is part of the one platform or programme that its heading builds."""
        heading = self.zone.node.heading_span if self.zone.node else None
        if heading is None:
            return
        whole = [
            m.entity
            for f, m in self.placed
            if f.cls == "Initiative" and heading.start <= f.span.start and f.span.end <= heading.end + 1
        ]
        if len(whole) != 1 or whole[0].subclass not in ("Platform", "Programme"):
            return
        for found, mention in self.placed:
            if found.cls != "Initiative" or found.span.start < heading.end or mention.entity.iri == whole[0].iri:
                continue
            trigger = last_trigger(self.reader, found.span.start - (self.text[found.span.start - 1] == "“"))
            if trigger and trigger[0].predicate == "launches" and found.subclass == "Platform":
                yield self._say(mention.entity, "partOf", whole[0], self._clause(found.span), "heading-part")

    def documents(self) -> Iterator[Relation]:
        """implements: documents that an item carries out or draws up."""
        for found, mention in self.free:
            if found.cls != "Document" or mention.entity.iri == self.scene.plan.iri or self.zone.role != "item":
                continue
            begin = found.span.start - (self.text[found.span.start - 1] == "《")
            trigger = last_trigger(self.reader, begin)
            if trigger and (trigger[0].predicate == "implements" or found.rule == "headed"):
                yield self._say(self.subject, "implements", mention.entity, self._clause(found.span))

    # ------------------------------------------------------------ activities

    def activities(self) -> Iterator[Relation]:
        """implements, hasForm, onTopic and who, when, where of each activity."""
        for act in self.acts:
            node = self.at.get((act.span, "Activity"))
            if node is None:
                continue
            yield self._say(self.subject, "implements", node, act.span, "activity")
            for form in act.forms:
                yield self._say(node, "hasForm", self.scene.entity(form, self.zone.item), form.span, "form")
            for topic in act.topics:
                cls = "Document" if (topic.span, "Document") in self.at else "Topic"
                if (topic.span, cls) in self.at:
                    yield self._say(node, "onTopic", self.at[topic.span, cls], topic.span, "topic-frame")
            venue = self.at.get((act.venue, "Initiative")) if act.venue else None
            if venue:
                yield self._say(node, "hasForm", venue, act.span, "form")
                yield self._say(self.subject, "implements", venue, act.span, "activity")
            yield from self._circumstances(act, node)

    def _circumstances(self, act: Activity, node: Node) -> Iterator[Relation]:
        first = act.forms[0].span.start if act.forms else act.span.end
        evidence = self._clause(act.span)
        starts = {topic.span.start for topic in act.topics}
        near = slice(bisect_left(self.starts, act.span.start - _FRAME), bisect_right(self.starts, act.span.end))
        for found, mention in self.placed[near]:
            inside = act.span.start < found.span.start and found.span.end <= act.span.end
            gap = self.text[found.span.end : act.span.start] if 0 <= act.span.start - found.span.end <= 6 else None
            predicate = None
            if found.cls in ("Body", "Role"):
                predicate = self._agent(act, found, first, gap)
            elif found.cls == "Time" and found.subclass == "Frequency" and gap == "":
                predicate = "hasTime"
            elif found.cls == "Document" and inside and found.span.end < first:
                predicate = "onTopic"
            elif found.cls == "Quantity" and inside:
                predicate = "hasQuantity"
            elif found.cls == "Place" and found.span.end in starts:
                predicate = "locatedIn"
            if predicate:
                yield self._say(node, predicate, mention.entity, evidence)

    def _agent(self, act: Activity, found: Found, first: int, gap: str | None) -> str | None:
        """A body or role inside the activity just before its form, or just before its verb, performs it."""
        if act.span.start < found.span.start and found.span.end == first:
            return "targetsGroup" if act.forms and act.forms[0].subclass == "Training" else "performedBy"
        if gap is not None and cue("agent-gap").fullmatch(gap):
            return "performedBy"
        return None

    def forms(self) -> Iterator[Relation]:
        """hasForm of forms that stand alone, and who performs them."""
        for (found, mention), holder in self._held("ActivityForm"):
            if holder is None:
                yield self._say(self.subject, "hasForm", mention.entity, self._clause(found.span), "form")
                for other, agent in self._ending_near(found.span.start):
                    if other.cls == "Body" and other.span.end == found.span.start:
                        yield self._say(self.subject, "performedBy", agent.entity, self._clause(found.span), "form")

    # ------------------------------------------------------------ what it is about

    def strategies(self) -> Iterator[Relation]:
        """alignedWith: every strategy invoked; inside another name it belongs to that."""
        for (found, mention), holder in self._held("Strategy"):
            if holder and holder[0].cls in ("Initiative", "Topic", "Document"):
                yield self._say(holder[1].entity, "alignedWith", mention.entity, holder[0].span, "name")
            else:
                yield self._say(self.subject, "alignedWith", mention.entity, self._clause(found.span))

    def events(self) -> Iterator[Relation]:
        """concerns: an item concerns the events that it names, and so does the name that holds them."""
        for (found, mention), holder in self._held("Event"):
            yield self._say(self.subject, "concerns", mention.entity, self._clause(found.span))
            if holder and holder[0].cls in ("Initiative", "Topic"):
                yield self._say(holder[1].entity, "concerns", mention.entity, holder[0].span, "name")

    def topics(self) -> Iterator[Relation]:
        """onTopic of named problems and tasks; the themes of every topic."""
        used = {topic.span for act in self.acts for topic in act.topics}
        for (found, mention), holder in self._held("Topic"):
            if found.span not in used and holder is None:
                rule = found.rule if found.rule == "topic-alone" else "problem"
                yield self._say(self.subject, "onTopic", mention.entity, self._clause(found.span), rule)
            links = theme_links(self.text, [found.span], None, self.scene.issuer.kind, self.scene.lexicon)
            named = [link for link in links if link.rule == "theme-word"]
            narrow = [link for link in named if "." in link.notation]
            for link in narrow or named:
                theme = self.scene.theme_nodes[link.notation]
                yield self._say(mention.entity, "concerns", theme, found.span, "theme-word")

    def themes(self) -> Iterator[Relation]:
        """concerns a theme, with its grade."""
        heading = self.zone.node.heading_span if self.zone.node else None
        parts = list(sentences(self.text, self.zone.span))
        bodies = [found.span for found, _ in self.free if found.cls == "Body" and found.subclass == "Government"]
        for link in theme_links(self.text, parts, heading, self.scene.issuer.kind, self.scene.lexicon, bodies):
            theme = self.scene.theme_nodes[link.notation]
            yield self.scene.relation(self.subject, "concerns", theme, link.span, self.zone.item, link.rule, link.grade)

    # ------------------------------------------------------------ people and bodies

    def people(self) -> Iterator[Relation]:
        """involves, performedBy, targetsGroup of bodies, roles and groups, by what stands around their list."""
        for index, (found, mention) in enumerate(self.free):
            if found.cls not in ("Body", "Role", "Group"):
                continue
            first, last = self.lists[index]
            start, end = self.free[first][0].span.start, self.free[last][0].span.end
            predicate, rule = self._part_played(found, self._before(start), self._after(end))
            if predicate:
                yield self._say(self.subject, predicate, mention.entity, self._clause(found.span), rule)
            if first == index and self._before(start).endswith("面向"):
                yield from self._respectively(first, last)
        yield from self._groups_inside()

    def responsible(self) -> Iterator[Relation]:
        """performedBy: the units of responsibility brackets."""
        if self.zone.role != "item":
            return
        units = set(unit_spans(self.text, self.zone.span, self.reader.bare_brackets))
        for found, mention in self.free:
            if found.cls == "Body" and found.span in units:
                yield self._say(self.subject, "performedBy", mention.entity, found.span, "bracket")

    def _part_played(self, found: Found, before: str, after: str) -> tuple[str | None, str]:
        """The predicate that the words around a list state, and the rule."""
        if framed := part_of(found.rule):
            return (framed if self.zone.role == "item" else None), found.rule
        if found.cls == "Group":
            given = cue("give-support").search(before) or cue("joins").match(after)
            wanted = "involves" if given else "targetsGroup"
            return (
                wanted if self.zone.role == "item" else None
            ), found.rule if found.rule == "group-modified" else "group"
        if cue("obeyed-verb").search(before) and cue("orders").match(after):
            return "involves", "authority"
        if before.endswith("督促"):
            return "performedBy", "verb"
        if before.endswith("发挥") and re.match(r"[^，。；]{0,20}作用", after):
            return "performedBy", "verb"
        if found.cls == "Role" and self.zone.role == "item" and cue("served-verb").search(before):
            return "targetsGroup", "verb"
        asked = (
            cue("support-verb").search(before)
            or (before.endswith("在") and cue("led").match(after))
            or cue("joins").match(after)
        )
        if asked or (cue("given-to").search(before) and cue("given").match(after)):
            return "involves", "verb"
        if self.zone.role == "item" and cue("clause-opens").search(before) and cue("acting").match(after):
            return "performedBy", "actor-acts"
        return None, "verb"

    def _respectively(self, first: int, last: int) -> Iterator[Relation]:
        """面向A、B、C的X、Y、Z: X is for A, Y for B, Z for C (schema: paired lists are read respectively)."""
        after = self.free[last][0].span.end
        follower = last + 1
        if (
            self.text[after : after + 1] != "的"
            or follower >= len(self.free)
            or self.free[follower][0].span.start - after > 2
        ):
            return
        start, end = self.lists[follower]
        targets, things = self.free[first : last + 1], self.free[start : end + 1]
        things = [pair for pair in things if pair[0].cls == "Initiative"]
        if len(things) == len(targets):
            span = Span(targets[0][0].span.start, things[-1][0].span.end)
            for (_, target), (_, thing) in zip(targets, things, strict=True):
                yield self._say(thing.entity, "targetsGroup", target.entity, span, "respective")

    def _groups_inside(self) -> Iterator[Relation]:
        """A group inside a topic or an initiative is its target, and the item's."""
        for (_, mention), holder in self._held("Group"):
            if holder is None:
                continue
            if holder[0].cls in ("Initiative", "Topic"):
                yield self._say(holder[1].entity, "targetsGroup", mention.entity, holder[0].span, "name")
            if self.zone.role == "item":
                yield self._say(self.subject, "targetsGroup", mention.entity, holder[0].span, "group")

    # ------------------------------------------------------------ inside names; places, times and numbers

    def inside_names(self) -> Iterator[Relation]:
        """locatedIn, hasTime, performedBy of a name by what stands inside it; A·B is part of A."""
        for pair, holder in zip(self.placed, self.holder, strict=True):
            found, mention = pair
            if holder and holder[0].cls in ("Topic", "Initiative", "Document"):
                predicate = self._inner_predicate(found, holder[0])
                if predicate:
                    yield self._say(holder[1].entity, predicate, mention.entity, holder[0].span, "name")
            printed = self.text[found.span.start : found.span.end]
            if found.cls == "Initiative" and "·" in printed:
                whole = printed.partition("·")[0]
                node = Node(self.scene.names.entity("Initiative", whole), "Initiative", whole)
                yield self._say(mention.entity, "partOf", node, found.span, "name")

    def _inner_predicate(self, inner: Found, outer: Found) -> str | None:
        if inner.cls == "Place":
            return "locatedIn"
        if inner.cls == "Time" and inner.subclass == "Frequency":
            return "hasTime"
        if inner.cls not in ("Body", "Role"):
            return None
        if outer.cls == "Topic":
            return "involves" if cue("authority-topic").search(outer.name) else "performedBy"
        if outer.cls == "Document":
            return "performedBy" if inner.cls == "Body" and inner.span.start <= outer.span.start + 1 else None
        if outer.rule in ("rule-clause", "shared-head") and inner.span.start == outer.span.start:
            return "performedBy"
        return "targetsGroup" if inner.cls == "Role" and inner.span.start == outer.span.start else "involves"

    def places_and_numbers(self) -> Iterator[Relation]:
        """locatedIn, hasTime, hasQuantity of the item, or of the initiative that they directly follow."""
        verbs = {act.span.start for act in self.acts}
        for index, (found, mention) in enumerate(self.free):
            if found.cls not in ("Place", "Time", "Quantity"):
                continue
            chained = self._chained(index)
            if found.cls == "Place":
                yield from self._place(found, mention.entity, chained)
            elif found.cls == "Quantity":
                owner = chained if found.subclass == "Coverage" and chained else self.subject
                yield self._say(owner, "hasQuantity", mention.entity, self._clause(found.span), "count")
            elif found.span.end in verbs:
                continue  # it says when an activity takes place
            elif self.zone.role == "item" and not cue("base-year").search(self._before(found.span.start)):
                yield self._say(self.subject, "hasTime", mention.entity, self._clause(found.span), "time-named")

    def _chained(self, index: int) -> Node | None:
        """The initiative that a place or a number follows without anything between (“…”乡镇（街道）全覆盖)."""
        while index > 0:
            one, next_ = self.free[index - 1][0], self.free[index][0]
            if self.text[one.span.end : next_.span.start] not in ("", "”"):
                return None
            if one.cls == "Initiative":
                return self.free[index - 1][1].entity
            index -= 1
        return None

    def _gives_flavour(self, place: Found) -> bool:
        """具有浙江特色的“…”, 具有浙江辨识度的“…”: the place belongs to what is named next, not to the item."""
        after = self._after(place.span.end, 8)
        if cue("has-flavour").search(self._before(place.span.start)):
            return re.match(r"[^，。；、“]{2,4}的", after) is not None
        return cue("flavour").match(after) is not None

    def _place(self, found: Found, place: Node, chained: Node | None) -> Iterator[Relation]:
        if chained:
            yield self._say(chained, "locatedIn", place, self._clause(found.span), "place-named")
        elif self._gives_flavour(found):
            for other, mention in self.free:
                if other.cls == "Initiative" and 0 < other.span.start - found.span.end <= 8:
                    yield self._say(mention.entity, "locatedIn", place, self._clause(found.span), "place-named")
        elif found.rule in ("gazetteer", "region", "county") and self.zone.role == "item":
            yield self._say(self.subject, "locatedIn", place, self._clause(found.span), "place-named")


def _holders(placed: list[Placed]) -> list[Placed | None]:
    """For each name the smallest other name that holds it; names are in text order, longer ones first."""
    holders: list[Placed | None] = []
    open_: list[Placed] = []
    for pair in placed:
        span = pair[0].span
        open_ = [outer for outer in open_ if outer[0].span.end > span.start]
        around = [o for o in open_ if o[0].span.end >= span.end and o[0].span != span]
        holders.append(around[-1] if around else None)
        open_.append(pair)
    return holders
