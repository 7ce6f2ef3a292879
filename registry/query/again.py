"""A saved decision made again from a node's store, as of the known set that it names.

The file says only what to ask and what came out; records, book and adoptions are those of the
store, as far as each log went then. What is told is one line, never what was decided: since then
a cause may have ended.
"""

import re
from datetime import date

import msgspec

from registry.domain.disclosure import Role
from registry.ledger.read import LogReader
from registry.query.deciding import Deciding, Look, Question, earlier
from registry.query.decision_file import DecisionFile, digest_of_decision
from registry.query.inputs import LOG, SHOWN, TABLES, asker_of
from registry.query.replay import DiffersRefusal, NotReproducibleRefusal, Replayed
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact
from registry.query.views import Viewer
from registry.rules.model import Decision
from registry.store.engine import Database
from registry.store.reading import Head, Known
from registry.store.reading_files import Loaded, Reading, open_reading
from signing.charter import Charter

_HEAD = re.compile("([0-9]{1,18}):([0-9a-f]{64})")
_ID = re.compile("[0-9a-f]{32}")


class Again:
    """Decides again what was decided, from what was known then."""

    def __init__(self, db: Database, charter: Charter) -> None:
        """Take an open database and the charter in force."""
        self._db = db
        self._ledger = LogReader(db)
        self._deciding = Deciding(charter, Rulebooks(charter))

    async def of(self, file: DecisionFile) -> Replayed:
        """Return what was reproduced.

        Raises:
            NotReproducibleRefusal: a record used was erased since; its place is told.
            DiffersRefusal: a log here is not the one named, or another decision comes out.
        """
        if file.erased:
            raise NotReproducibleRefusal(file.erased[0])
        ask, inputs = file.decision.ask, file.decision.inputs
        viewer, day = _viewer(file), _day(inputs.get("known_on", ""))
        known = await self._known(inputs, LOG)
        later = await self._known(inputs, SHOWN)
        sight = Sight(viewer, ask.on, day)
        async with open_reading(self._db) as reading:
            await self._erased(file, known, reading)
            look = await self._look(file, known, later, sight, reading)
            materials = await self._deciding.materials(look, ask.on, sight, reading)
        materials.inputs.update(known_on=day.isoformat(), **asker_of(viewer))
        question = Question(ask.subject_id, ask.matter, ask.organ_kind, ask.on)
        asked = question.ask(ask.territory, look.loaded)
        again, basis = self._deciding.weighed(asked, look, materials, viewer, until=True)
        again = _with_software_of(file.decision, again)
        if again != file.decision:
            raise _differs(again, file.decision)
        edition = "" if basis.book is None else basis.book.edition
        return Replayed(digest_of_decision(again), edition, len(basis.facts), len(basis.facts))

    async def _known(self, inputs: dict[str, str], prefix: str) -> Known:
        """Return the known set of that name; each log here must have had this root at this size."""
        async with open_reading(self._db) as reading:
            now = await reading.logs.known()
        heads = []
        for name, value in sorted(inputs.items()):
            if not name.startswith(prefix):
                continue
            here = now.by_origin.get(name.removeprefix(prefix))
            found = _HEAD.fullmatch(value)
            size = int(found[1]) if found else 0
            if here is None or found is None or not 0 < size <= here.size:
                raise _not_here(name)
            root = await self._ledger.root(here.origin, size)
            if root.hex() != found[2]:
                raise _not_here(name)
            heads.append(Head(here.log_id, here.origin, here.party_code, size, root, 0, None))
        return Known.of(heads)

    async def _erased(self, file: DecisionFile, known: Known, reading: Reading) -> None:
        """Make sure that every body the decision rests on is still there."""
        places = {
            (known.by_origin[fact.ref.origin].log_id, fact.ref.idx): fact.ref
            for fact in file.facts
            if fact.ref.origin in known.by_origin
        }
        bodies = await reading.records.bodies(list(places))
        for place, ref in sorted(places.items()):
            if place in bodies and bodies[place].main is None:
                raise NotReproducibleRefusal(f"{ref.origin}/{ref.idx}")

    async def _look(
        self, file: DecisionFile, known: Known, later: Known, sight: Sight, reading: Reading
    ) -> Look:
        """Look at the subject under the codes that the file names, through both known sets."""
        checks = await reading.logs.checked_with()
        loaded = await self._loaded(file, known, reading)
        if not later.heads:
            return Look(known, checks, loaded, sight.seen(loaded.records))
        now = await self._loaded(file, later, reading)
        look = Look(later, checks, now, sight.seen(now.records))
        return earlier(look, known, loaded, sight)

    async def _loaded(self, file: DecisionFile, known: Known, reading: Reading) -> Loaded:
        ask = file.decision.ask.subject_id
        if not all(_ID.fullmatch(one) for one in (ask, *file.subjects)):
            raise _not_here("subjects")
        ids = [bytes.fromhex(one) for one in file.subjects]
        loaded = await reading.files.load_group(bytes.fromhex(ask), ids, known)
        if loaded is None:
            raise _not_here("subjects")
        intact(loaded.records)
        return loaded


def _with_software_of(then: Decision, again: Decision) -> Decision:
    """Take the names of the software's own tables from the answer: what came out must be equal.

    Another edition that decides alike is no difference; one that does not is named.
    """
    own = {name: then.inputs[name] for name in (*TABLES, "checks") if name in then.inputs}
    return msgspec.structs.replace(again, inputs={**again.inputs, **own})


def _differs(again: Decision, then: Decision) -> DiffersRefusal:
    names = sorted(again.inputs.keys() | then.inputs.keys())
    other = [name for name in names if again.inputs.get(name) != then.inputs.get(name)]
    return DiffersRefusal(
        ", ".join(other) or "decision",
        "按本节点所存信息重演，结果不同",
        "what this node holds leads to another decision",
    )


def _viewer(file: DecisionFile) -> Viewer:
    asker = file.asker
    if asker.role not in {role.value for role in Role}:
        raise _not_here("asker")
    return Viewer(Role(asker.role), asker.member, asker.subject)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _not_here("known_on") from error


def _not_here(what: str) -> DiffersRefusal:
    return DiffersRefusal(what, "本节点所存与之不符", "this node holds no such thing")
