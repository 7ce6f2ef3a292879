"""Who else a subject has to do with: relations that records state, and who else it is judged to be.

Only what the viewer may see: a relation that ties a natural person is not there for the public, and
another subject of which nothing may be shown is not named by a judgement either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from msgspec import UNSET

from registry.clock import SHANGHAI, Clock, today
from registry.domain.records import Relation, Subject
from registry.domain.subjects import identity, stated_codes
from registry.query.file import existing
from registry.query.show import Sight, intact, member_name
from registry.query.views import EndView, IdentityView, Relations, RelationView, Viewer
from registry.store.engine import Database
from registry.store.reading_files import Loaded, Stated, open_reading
from registry.store.reading_records import Link, SubjectRow
from registry.store.reading_terms import names_of
from signing.charter import Charter

LIMIT: Final = 100
"""Relations shown of one subject: a bank may have thousands of branches."""
_PAGES: Final = 50
"""Ends of which it is looked up whether they have a page: each is a whole file to read."""
_CODES: Final = frozenset({"uscc", "regno", "orgcode"})


@dataclass(frozen=True, slots=True)
class _Scene:
    """A subject, and the files of all others that are spoken of."""

    own: Loaded
    ids: frozenset[bytes]
    others: Mapping[bytes, Loaded]
    sight: Sight

    def shown(self, one: bytes) -> Loaded | None:
        """Return the file of another subject, None if it does not exist for this viewer."""
        loaded = self.others.get(one)
        return loaded if loaded is not None and self.sight.exists(loaded, one) else None


class Relating:
    """Answers who else a subject has to do with."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take an open database and the charter that names the members."""
        self._db = db
        self._charter = charter
        self._clock = clock

    async def of(self, subject_id: str, viewer: Viewer, on: date) -> Relations:
        """Return relations and identities of a subject that this viewer may see as of a date.

        Raises:
            NotFoundRefusal: nothing about it may be shown, or it never existed.
        """
        sight = Sight(viewer, on, today(self._clock))
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            own = await existing(subject_id, known, sight, reading)
            ids = frozenset(row.subject_id for row in own.subjects)
            naming = await reading.records.naming(ids, LIMIT + 1)
            named = await reading.files.stated(naming, known)
            intact(named.values())
            mine = {one.row.place: one for one in own.records if isinstance(one.record, Relation)}
            seen = [
                _Tie(one, one.record, tuple(_ends(one, one.record)))
                for one in sight.seen((mine | named).values())
                if isinstance(one.record, Relation)
            ]
            others = [end for link in _judged(own) for end in (link.one, link.other)]
            others += [end for conflict in own.conflicts for end in conflict.pair]
            others += [end[0] for tie in seen[:LIMIT] for end in tie.ends]
            pages = [one for one in dict.fromkeys(others) if one not in ids][:_PAGES]
            scene = _Scene(own, ids, await reading.files.load(pages, known), sight)
        shown = [self._relation(one, scene, on) for one in seen[:LIMIT]]
        shown.sort(key=lambda r: (not r.current, r.kind, -r.since.toordinal(), r.origin, r.idx))
        return Relations(
            own.root.subject_id.hex(),
            on,
            tuple(shown),
            tuple(_identities(scene)),
            more=len(seen) > LIMIT or len(naming) > LIMIT,
        )

    def _relation(self, tie: "_Tie", scene: _Scene, on: date) -> RelationView:
        one, record, ends = tie.one, tie.record, tie.ends
        here = next((at for at, end in enumerate(ends) if end[0] in scene.ids), 0)
        until = None if record.valid_until is UNSET else record.valid_until
        source = record.provenance.source
        return RelationView(
            kind=record.relation,
            role=ends[here][2],
            matter="" if record.matter is UNSET else record.matter,
            since=record.valid_from,
            until=until,
            current=record.valid_from <= on and (until is None or on <= until),
            ends=tuple(_end(end, scene) for at, end in enumerate(ends) if at != here),
            authority=record.authority.name,
            member_name=member_name(self._charter, one.member),
            source="" if source is UNSET else source,
            origin=one.origin,
            idx=one.row.idx,
        )


_End = tuple[bytes, Subject, str]
"""Id, names and codes as stated, role."""


@dataclass(frozen=True, slots=True)
class _Tie:
    """A relation record; the first of its ends is the one that the record is about."""

    one: Stated
    record: Relation
    ends: tuple[_End, ...]


def _ends(one: Stated, record: Relation) -> Iterator[_End]:
    yield one.row.subject_id, record.subject, record.role
    for number, end in enumerate(record.others):
        who = identity(end.subject, one.origin, f"{record.id}/{number}")
        yield who.subject_id, end.subject, end.role


def _end(end: _End, scene: _Scene) -> EndView:
    id_, stated, role = end
    codes = stated_codes(stated)
    page = scene.shown(id_)
    return EndView(
        subject_id=page.root.subject_id.hex() if page else "",
        name=stated.name,
        code=codes[0][1] if codes else "",
        role=role,
    )


def _judged(own: Loaded) -> Iterator[Link]:
    return (link for link in own.links if link.judgement == "different")


def _identities(scene: _Scene) -> Iterator[IdentityView]:
    """Yield who else the subject is recorded as, who it is not, and what could not be joined."""
    own, sight = scene.own, scene.sight
    seen_of: dict[bytes, list[Stated]] = {}
    for one in sight.now().seen(own.records):
        seen_of.setdefault(one.row.subject_id, []).append(one)
    shown = [row for row in own.subjects if row.subject_id in seen_of]
    for row in shown[1:]:  # the first is what the page goes by
        yield _identity(_reason(row.subject_id, scene), row, seen_of[row.subject_id], scene)
    for link in _judged(own):
        other = link.other if link.one in scene.ids else link.one
        yield from _elsewhere(other, link, scene)
    for conflict in own.conflicts:
        for end in set(conflict.pair) - scene.ids:  # one of the two: the other is of this file
            yield from _elsewhere(end, conflict.same, scene, overruled=True)


def _reason(one: bytes, scene: _Scene) -> Link | None:
    """Return why a subject of this file is the same as another of it; None: its code says so."""
    links = (
        link
        for link in scene.own.links
        if link.judgement == "same" and one in (link.one, link.other)
        if link.one in scene.ids and link.other in scene.ids
    )
    return min(links, key=lambda link: (link.stated, link.judged_at), default=None)


def _elsewhere(
    one: bytes, link: Link | None, scene: _Scene, *, overruled: bool = False
) -> Iterator[IdentityView]:
    """Yield a subject of another file, if it exists for this viewer."""
    loaded = scene.shown(one)
    if loaded is not None:
        named = scene.sight.seen(loaded.records) or scene.sight.now().seen(loaded.records)
        yield _identity(link, loaded.root, named, scene, overruled=overruled)


def _identity(
    link: Link | None,
    row: SubjectRow,
    named: Iterable[Stated],
    scene: _Scene,
    *,
    overruled: bool = False,
) -> IdentityView:
    code = row.identifier if row.scheme in _CODES else ""
    view = IdentityView(
        row.subject_id.hex(),
        names_of(named)[0].name,
        row.scheme,
        code,
        "organisation-code",
        overruled=overruled,
    )
    if link is None:
        return view
    if not link.stated:
        on = link.judged_at.astimezone(SHANGHAI).date()
        return replace(view, judgement=link.judgement, by=link.judged_by, why=link.reason, on=on)
    place = (link.log_id, link.idx)
    for one in scene.own.records:
        if one.row.place == place and scene.sight.sees(one):
            return replace(view, judgement="stated", origin=one.origin, idx=one.row.idx)
    return replace(view, judgement="stated")
