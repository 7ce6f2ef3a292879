"""Pushes of measures, derived: which member hears of a cause, until when it answers, what it lifts.

Nothing here is kept. A push follows from a cause that may be shared, a rule the member has adopted
and a nexus with its territory (domain 0.1.7); its answer is a record of the member's own log. When
the last cause of a measure ends, whoever had applied it is told to lift it, and not why: of what
has ended he learns no more than his own record says (Order 36 art. 3).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from msgspec import UNSET

from registry.domain.disclosure import Role
from registry.domain.pushes import NEXUS, answer_by, lift_by, reasons_of
from registry.domain.records import Subject, Target, reference_of
from registry.domain.records.uses import MeasureFeedback, MeasureReply, MeasureTask, MeasureUse
from registry.query.facts import facts_of, home_of, places_of
from registry.query.show import Sight, members_of
from registry.query.views import RulebookView, Viewer
from registry.rules.decide import decide
from registry.rules.model import AppliedMeasure, Ask, Decision, Fact
from registry.store.reading_files import Loaded, Stated
from registry.store.reading_records import Place
from signing.charter import Charter

HANDLED: Final = "the_matter_is_handled_here"
"""A rule that only asks for a matter to be handled is pushed to whoever has a nexus at all."""
_NOT_PUSHED: Final = frozenset({"notice", "autonomous"})
"""Effects that ask nothing of an organ: pushing them would drown those that do."""
_APPLIED: Final = frozenset({"applied", "partly_applied"})
_REGISTERED: Final = tuple(row.code for row in NEXUS if row.registered)

Answering = MeasureUse | MeasureFeedback | MeasureReply
Open = Literal["open", "overdue", "answered"]
Lifting = Literal["to-lift", "lift-overdue", "lifted"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member recorded about a measure; ``causes`` are the entries (hex) it rests on.

    ``rule`` is its key and edition.
    """

    one: Stated
    record: Answering
    measure: str
    rule: tuple[str, str]
    territory: str
    causes: frozenset[str]

    @property
    def on(self) -> date:
        """The day it was handled or answered."""
        record = self.record
        return record.handled_on if isinstance(record, MeasureUse) else record.answered_on

    @property
    def applied(self) -> bool:
        """Whether the measure was applied, wholly or in part."""
        return self.record.result in _APPLIED

    @property
    def target(self) -> Target:
        """How another record names this one."""
        return Target(self.one.origin, self.record.id, self.one.entry.hex())

    def is_of(self, member: str, territory: str, measure: str) -> bool:
        """Tell whether it is a member's own word about a measure in a territory."""
        return (self.one.member, self.territory, self.measure) == (member, territory, measure)


@dataclass(frozen=True, slots=True)
class Push:
    """A measure that an organ of a member is asked to consider, because of one cause.

    ``since`` is the day on which the last of what makes the push was there and known here; ``due``
    the last day to answer.
    """

    member: str
    territory: str
    subject: Subject
    subject_id: str
    cause: Stated
    measure: AppliedMeasure
    nexus: tuple[str, ...]
    since: date
    due: date
    answer: Answer | None

    def state(self, on: date) -> Open:
        """Return how it stands on a day."""
        if self.answer is not None:
            return "answered"
        return "overdue" if self.due < on else "open"


@dataclass(frozen=True, slots=True)
class Lift:
    """A measure that a member had applied and that nothing rests on any more: it is to be lifted.

    Whose it is, what and where: the cause is not here. ``done``: the member has said so.
    """

    member: str
    subject: Subject
    subject_id: str
    applied: Answer
    name: str
    matter: str
    since: date
    due: date
    done: Answer | None

    def state(self, on: date) -> Lifting:
        """Return how it stands on a day."""
        if self.done is not None:
            return "lifted"
        return "lift-overdue" if self.due < on else "to-lift"


@dataclass(frozen=True, slots=True)
class Scene:
    """What pushes are derived with, of one moment: rules, territories, what became known when.

    ``lists`` says when lists were published again that honours stand on.
    """

    book: RulebookView
    charter: Charter
    on: date
    stated: Mapping[Place, date]
    lists: tuple[Fact, ...] = ()

    def known(self, one: Stated) -> date:
        """Return the day on which this node first gave a receipt for a record."""
        return self.stated.get(one.row.place, one.record.decided_on)

    def adopted(self) -> dict[str, tuple[str, ...]]:
        """Return the territories of each member in which something was adopted."""
        there = {adoption.member for adoption in self.book.adoptions}
        return {
            party.code: tuple(code for code in party.territory if code in there)
            for party in members_of(self.charter)
        }

    def facts(self, records: Iterable[Stated], loaded: Loaded) -> tuple[Fact, ...]:
        """Return records about a subject in the words of the rules."""
        root = loaded.root.subject_id.hex()
        return (*facts_of(records, root, places_of(self.charter), self.on), *self.lists)

    def decided(
        self,
        facts: Sequence[Fact],
        loaded: Loaded,
        territory: str,
        on: date,
        nexus: tuple[str, ...] = (),
    ) -> Decision:
        """Return what applies by these facts in a territory, whatever the matter."""
        root = loaded.root
        ask = Ask(root.subject_id.hex(), root.kind, territory, "", on, nexus=nexus)
        names = {code: p.name for p in members_of(self.charter) for code in p.territory}
        return decide(self.book.book, self.book.adoptions, facts, ask, names)


def pushes_of(loaded: Loaded, scene: Scene) -> tuple[Push, ...]:
    """Return every push about one subject as of the day, to all members that have adopted."""
    seen = sight_of(scene.on).seen(loaded.records)
    facts = scene.facts(seen, loaded)
    made: list[Push] = []
    for member, territories in scene.adopted().items():
        ties = nexus_of(seen, member, scene)
        if not ties:
            continue
        for territory in territories:
            asked = (facts, loaded, territory, scene.on, (*ties, HANDLED))
            for measure in scene.decided(*asked).measures:
                if measure.state == "active" and measure.effect not in _NOT_PUSHED:
                    at = (member, territory)
                    made += _pushed(at, measure, ties, loaded, scene)
    return tuple(made)


def _pushed(
    at: tuple[str, str],
    measure: AppliedMeasure,
    ties: Mapping[str, date],
    loaded: Loaded,
    scene: Scene,
) -> Iterator[Push]:
    """Give the push of a measure for each of its causes."""
    member, territory = at
    causes = {ref.entry for ref in measure.causes}
    answers = [
        one
        for one in answers_of(loaded, scene.on)
        if one.is_of(member, territory, measure.measure) and one.record.result != "lifted"
    ]
    for cause in loaded.records:
        entry = cause.entry.hex()
        if entry not in causes:
            continue
        begun = (measure.start, measure.adoption.start, min(ties.values()))
        since = max(scene.known(cause), *begun)
        mine = [one for one in answers if entry in one.causes]
        yield Push(
            member=member,
            territory=territory,
            subject=cause.record.subject,
            subject_id=loaded.root.subject_id.hex(),
            cause=cause,
            measure=measure,
            nexus=tuple(ties),
            since=since,
            due=min((answer_by(since), *_asked_by(entry, territory, measure, loaded))),
            answer=max(mine, key=_order, default=None),
        )


def _asked_by(
    entry: str, territory: str, measure: AppliedMeasure, loaded: Loaded
) -> Iterator[date]:
    """Give the days until which members have asked for an answer themselves."""
    for one in loaded.records:
        task = one.record
        if (
            isinstance(task, MeasureTask)
            and (task.cause.entry, task.territory) == (entry, territory)
            and task.measure == measure.measure
        ):
            yield task.due_on


def lifts_of(loaded: Loaded, scene: Scene) -> tuple[Lift, ...]:
    """Return the measures that members had applied to a subject and that have ended since.

    All records count here, whoever may see them: what has ended is hidden from those who must
    lift, and still it has ended.
    """
    facts = scene.facts(loaded.records, loaded)
    answers = sorted(answers_of(loaded, scene.on), key=_order)
    made: list[Lift] = []
    grouped: dict[tuple[str, str, str], list[Answer]] = {}
    for one in answers:
        if one.applied:
            grouped.setdefault((one.one.member, one.territory, one.measure), []).append(one)
    for (member, territory, measure), applied in grouped.items():
        last = applied[-1]
        now = scene.decided(facts, loaded, territory, scene.on).measures
        if any(one.measure == measure for one in now) or _over(last, scene.on):
            continue
        then = scene.decided(facts, loaded, territory, last.on).measures
        was = next((one for one in then if one.measure == measure), None)
        since = _ended(was, last, loaded, scene)
        done = [
            one for one in answers if one.is_of(member, territory, measure) and _lifts(one, applied)
        ]
        name, matter = _named(was, measure, scene)
        made.append(
            Lift(
                member=member,
                subject=last.record.subject,
                subject_id=loaded.root.subject_id.hex(),
                applied=last,
                name=name,
                matter=matter,
                since=since,
                due=lift_by(since),
                done=done[-1] if done else None,
            )
        )
    return tuple(made)


def _over(applied: Answer, on: date) -> bool:
    """Say whether what was applied has ended by itself, as its record states."""
    record = applied.record
    return isinstance(record, MeasureUse) and record.until is not UNSET and record.until < on


def _lifts(one: Answer, applied: Sequence[Answer]) -> bool:
    """Say whether an answer states that what was applied last is lifted."""
    if one.record.result != "lifted" or one.on < applied[-1].on:
        return False
    entries = {answer.one.entry.hex() for answer in applied}
    target = reference_of(one.record)
    if target is None:
        return False
    if isinstance(one.record, MeasureFeedback):
        return any(_same_task(one.record, answer.record) for answer in applied)
    return target.entry in entries


def _same_task(one: MeasureFeedback, other: Answering) -> bool:
    return isinstance(other, MeasureFeedback) and other.task.entry == one.task.entry


def _ended(was: AppliedMeasure | None, last: Answer, loaded: Loaded, scene: Scene) -> date:
    """Return since when a measure is to be lifted: it had ended, and that was known here."""
    ends = () if was is None else (was.until, was.adoption.until)
    ended = min((day for day in ends if day is not None and day <= scene.on), default=last.on)
    acts = [
        scene.known(act)
        for one in loaded.records
        if one.entry.hex() in last.causes
        for act in one.acts
        if act.counts_on(scene.on)
    ]
    return max(ended, last.on, min(acts, default=ended))


def _named(was: AppliedMeasure | None, measure: str, scene: Scene) -> tuple[str, str]:
    """Return the name and matter of a measure, as the book has them."""
    if was is not None:
        return was.name, was.matter
    for rule in scene.book.book.rules:
        for (matter, _), uses in rule.by_matter.items():
            found = next((one for one in uses if one.key == measure), None)
            if not matter and found is not None:
                return found.name, found.matter
    return measure, ""


def answers_of(loaded: Loaded, on: date) -> Iterator[Answer]:
    """Give what members recorded about measures on a subject, as far as it stands on a day."""
    tasks = {
        one.entry.hex(): one.record for one in loaded.records if isinstance(one.record, MeasureTask)
    }
    for one in loaded.records:
        record = one.record
        if not isinstance(record, Answering) or one.state_on(on) != "standing":
            continue
        task = tasks.get(record.task.entry) if isinstance(record, MeasureFeedback) else None
        said = record if task is None else task
        if isinstance(said, MeasureFeedback):
            continue  # what it answers is not here
        rule = (said.rule, said.edition)
        yield Answer(one, record, said.measure, rule, said.territory, _rests_on(said))


def _rests_on(said: MeasureUse | MeasureReply | MeasureTask) -> frozenset[str]:
    match said:
        case MeasureUse():
            return frozenset(cause.entry for cause in said.causes)
        case MeasureReply():
            return frozenset((said.about.entry,))
        case _:
            return frozenset((said.cause.entry,))


def nexus_of(seen: Iterable[Stated], member: str, scene: Scene) -> dict[str, date]:
    """Return why a subject concerns a member, each reason with the day since when it was known."""
    seen = tuple(seen)
    ties: dict[str, date] = {}
    if home_of(seen, places_of(scene.charter)) == member:
        ties |= dict.fromkeys(_REGISTERED, date.min)
    for one in seen:
        if one.member != member:
            continue
        for code in reasons_of(one.record, scene.on):
            ties[code] = min(scene.known(one), ties.get(code, date.max))
    return ties


def sight_of(on: date) -> Sight:
    """Return the eyes of organs that share: what is pushed between them is what they may see."""
    return Sight(Viewer(Role.REGULATOR), on, on)


def _order(one: Answer) -> tuple[date, Place]:
    return one.on, one.one.row.place
