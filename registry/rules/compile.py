"""Book to index: rules are found by the equality columns (record, list, kind of organ, field).

A decision thus looks at the few rules that a record can trigger, not at all of them. The result
is named by the SHA-256 of the canonical JSON of the book's content: comments, spacing and the
order of keys do not count, every word of the rules does.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import get_args

import msgspec

from registry.domain.periods import Term, last_day
from registry.rules.catalogue import Listing, listings
from registry.rules.compiled import (
    Clock,
    CompiledBook,
    CompiledCount,
    CompiledPrinciple,
    CompiledRule,
    CompiledStop,
    CompiledTest,
    CompiledUse,
    IndexKey,
    Said,
    SecondForce,
    by_field,
)
from registry.rules.instruments import (
    UNCONFIRMED,
    bases_of,
    basis_view,
    split_citation,
    unconfirmed_view,
)
from registry.rules.language import Book, Measure, OpenTest, Rule, Use, given
from registry.rules.model import BasisView
from registry.rules.terms import Severity
from registry.rules.wording import (
    DOUBTFUL_BASIS,
    DOUBTFUL_SECOND,
    NO_SECOND,
    NOT_RETROACTIVE,
    STOPPED_ZH,
    lifts_zh,
    tested_zh,
)

SEVERITIES: tuple[str, ...] = get_args(Severity)
# Being asked at the counter is what these reasons mean: the matter is being handled here.
_ASKED = frozenset({"the_matter_is_handled_here", "application_here", "inspection_plan_here"})
_ANY_DAY = date(2001, 1, 1)  # from which terms of years, months and days are compared
_OWN_DATE = {"withdrawal": "decided_on"}


def book_digest(book: Book) -> str:
    """Return the SHA-256 (hex) over the canonical form of what the book says."""
    content: dict[str, object] = {
        "instruments": book.instruments,
        "measures": book.measures,
        "counting": book.counting,
        "rules": book.rules,
        "principles": book.principles,
    }
    if book.catalogues:
        content["catalogues"] = book.catalogues
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def compile_book(book: Book) -> CompiledBook:
    """Return the index of a checked book (``load_book`` returns no other)."""
    compiler = _Compiler(book)
    rules = tuple(compiler.rule(rule) for rule in book.rules)
    terms: dict[tuple[str, str], Term] = {}
    buckets: dict[IndexKey, list[CompiledRule]] = {}
    for rule in rules:
        trigger = rule.rule.trigger
        key = (trigger.record, trigger.list, trigger.stated_by.organ_kind)
        buckets.setdefault(key, []).append(rule)
        if rule.clock.term is not None:
            place = (trigger.record, trigger.list)
            known = terms.get(place, rule.clock.term)
            terms[place] = max(known, rule.clock.term, key=_length_order)
    index = {key: by_field(bucket) for key, bucket in buckets.items()}
    editions: dict[str, frozenset[str]] = {}
    for rule in rules:
        editions[rule.key] = editions.get(rule.key, frozenset()) | {rule.edition}
    matters = frozenset(measure.matter for measure in book.measures.values())
    shown = ((one, bases_of(book.instruments, one.law)) for one in book.principles)
    principles = tuple(CompiledPrinciple(*one) for one in shown)
    return CompiledBook(book_digest(book), rules, editions, index, terms, matters, principles)


def _length_order(term: Term) -> date:
    return last_day(_ANY_DAY, term.length, term.counting)


def _edition_order(edition: str) -> tuple[int, int]:
    year, _, number = edition.partition("-")
    return (int(year), int(number))


class _Compiler:
    """One book on its way: the next number, the newest editions, the clocks shared by rules."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.order = 0
        self.clocks: dict[bytes, Clock] = {}
        self.newest: dict[str, str] = {}
        for rule in book.rules:
            newest = self.newest.get(rule.key, rule.edition)
            self.newest[rule.key] = max(newest, rule.edition, key=_edition_order)

    def rule(self, rule: Rule) -> CompiledRule:
        """Compile one rule."""
        uses = tuple(self.use(rule, use) for use in rule.measures)
        other = given(rule.for_other_organs)
        nexus = rule.territory.nexus
        reasons = frozenset({nexus} if isinstance(nexus, str) else nexus)
        handled = bool(reasons & _ASKED)
        here_only = rule.trigger.stated_by.where == "here"
        stated_reach = rule.territory.decision_reaches == "as_it_states"
        evaluated = given(rule.evaluation)
        conditions = given(rule.conditions)
        return CompiledRule(
            rule=rule,
            key=rule.key,
            edition=rule.edition,
            latest=self.newest[rule.key] == rule.edition,
            reward=rule.kind == "reward",
            traits=frozenset(product(rule.trigger.origin, rule.trigger.severity or SEVERITIES)),
            parties=frozenset(subject.kind for subject in rule.subjects if not subject.roles),
            roles=frozenset((s.kind, role) for s in rule.subjects for role in s.roles),
            kinds=frozenset(rule.trigger.kinds),
            grades=frozenset(rule.trigger.grades),
            scheme=evaluated.scheme if evaluated else "",
            any_kind=not (rule.trigger.kinds or rule.trigger.grades or evaluated),
            count=self.count(rule),
            plain=handled
            and not (here_only or stated_reach)
            and rule.territory.basis_reaches == "CN",
            here_only=here_only,
            stated_reach=stated_reach,
            reach=rule.territory.basis_reaches,
            nexus=reasons,
            handled=handled,
            clock=self.clock(rule),
            tests=tuple(_test(given(c.none_open) or c.not_) for c in conditions.all)
            if conditions
            else (),
            suspends=bool(rule.suspended_while),
            by_matter=_by_matter(rule, uses),
            hushed=frozenset(use.matter for use in uses if use.hidden),
            organs=frozenset(organ for use in uses for organ in use.organs),
            notice=self.notice(rule, uses[0], other.text.strip()) if other else None,
            in_force_from=max(use.in_force_from for use in uses),
            in_force_until=min((u.in_force_until for u in uses if u.in_force_until), default=None),
            local=any(use.local_basis for use in uses),
            listed=any(use.listed is not None for use in uses),
            paused_from=self.paused_from(rule),
        )

    def number(self) -> int:
        """Return the next place in the book."""
        self.order += 1
        return self.order

    def count(self, rule: Rule) -> CompiledCount | None:
        """Compile how many records it takes, None where one is enough."""
        wanted = given(rule.trigger.at_least)
        if wanted is None:
            return None
        within = Term(wanted.within, self.book.counting[wanted.counting])
        return CompiledCount(wanted.number, wanted.cities, within)

    def clock(self, rule: Rule) -> Clock:
        """Return the clock of a rule; rules that begin, end and stop alike share one."""
        content = msgspec.json.encode((rule.period, rule.defeated_by))
        if content not in self.clocks:
            term, most = given(rule.period.if_no_listed_until), given(rule.period.at_most)
            anchors = rule.period.until_first_of
            self.clocks[content] = Clock(
                start=rule.period.start.removeprefix("record."),
                own_end="record.listed_until" in anchors,
                imposed="record.effective_until" in anchors,
                next_list="next_years_list.published_on" in anchors,
                term=Term(term.length, self.book.counting[term.counting]) if term else None,
                at_most=Term(most.length, self.book.counting[most.counting]) if most else None,
                stops=_stops(rule),
            )
        return self.clocks[content]

    def paused_from(self, rule: Rule) -> date | None:
        """Return the first day on which a watched instrument is no longer in force."""
        instruments = (self.book.instruments[watch.instrument] for watch in rule.watch)
        ends = (given(instrument.in_force.until) for instrument in instruments)
        return min((end for end in ends if end is not None), default=None)

    def use(self, rule: Rule, use: Use) -> CompiledUse:
        """Compile a measure: its bases decide which force it has here."""
        instruments, measure = self.book.instruments, self.book.measures[use.use]
        basis = basis_view(instruments, use.basis)
        effect, why, hidden = _force(measure, basis, self.second_basis(use), use)
        instrument = split_citation(use.basis)[0]
        in_force = instruments[instrument].in_force
        watched = instrument in {watch.instrument for watch in rule.watch}
        same = rule.conflict.same_measure_from_other_rules
        by_list = rule.territory.applies_in == "members_whose_incentive_list_names_this_honour"
        made = CompiledUse(
            order=self.number(),
            group=use.use,
            key=use.use,
            name=measure.name,
            short=measure.short or measure.name,
            effect=effect,
            matter=measure.matter,
            organ=measure.organ,
            why=why,
            hidden=hidden,
            organs=frozenset(measure.organ.split("、")),
            subjects=frozenset(measure.subjects),
            ends_on_repair=measure.ends_on_repair,
            basis=basis,
            policy=measure.conflict if same == "by_measure" else same,
            local_basis=by_list or use.local_basis == "required",
            in_force_from=in_force.start,
            in_force_until=None if watched else given(in_force.until),
            said=self.said(rule, use, basis, effect),
            listed=self.listed(measure),
        )
        return self.with_second(rule, use, made)

    def with_second(self, rule: Rule, use: Use, made: CompiledUse) -> CompiledUse:
        """Return a measure that knows when its second basis carries it; else it is a notice."""
        second, view = given(use.second_basis), self.second_basis(use)
        restricts = self.book.measures[use.use].effect == "restrict"
        if second is None or view is None or view.read == UNCONFIRMED or not restricts:
            return made
        instrument = split_citation(second.cite)[0]
        in_force = self.book.instruments[instrument].in_force
        watched = instrument in {watch.instrument for watch in rule.watch}
        without = msgspec.structs.replace(
            made,
            effect="notice",
            why=(NO_SECOND, *made.why),
            said={
                kind: words._replace(effect="notice", second_basis=None)
                for kind, words in made.said.items()
            },
        )
        until = None if watched else given(in_force.until)
        return msgspec.structs.replace(made, second=SecondForce(in_force.start, until, without))

    def listed(self, measure: Measure) -> tuple[Listing, ...] | None:
        """Return where and when a list of lawful measures has a measure; None = none need have."""
        item = measure.national_item
        if not self.book.catalogues or item is None or measure.family == "incentive":
            return None
        return listings(self.book.catalogues, item)

    def said(self, rule: Rule, use: Use, basis: BasisView, effect: str) -> Mapping[str, Said]:
        """Return by kind of subject the words that stand whatever the cause."""
        measure = self.book.measures[use.use]
        said = Said(
            rule=rule.key,
            edition=rule.edition,
            kind=rule.kind,
            measure=use.use,
            name=measure.name,
            family=measure.family,
            effect=effect,
            organ=measure.organ,
            matter=measure.matter,
            basis=basis,
            second_basis=self.second_basis(use),
            lift_conditions=lifts_zh(rule),
            notice="",
            reads=rule.reads,
            not_from_this_rule=rule.not_from_this_rule,
            limits=(*measure.never_for, *((NOT_RETROACTIVE,) if rule.suspended_while else ())),
            disclosure="",
        )
        return {
            subject.kind: said._replace(disclosure=subject.disclosure) for subject in rule.subjects
        }

    def second_basis(self, use: Use) -> BasisView | None:
        """Return the view of the second basis, by its gist alone until somebody read it."""
        second = given(use.second_basis)
        if second is None:
            return None
        if second.cite == UNCONFIRMED:
            return unconfirmed_view(second.gist)
        return basis_view(self.book.instruments, second.cite)

    def notice(self, rule: Rule, use: CompiledUse, text: str) -> CompiledUse:
        """Return what an organ sees that no measure of the rule belongs to: no measure at all."""
        said = {
            kind: words._replace(
                measure="",
                name=rule.title,
                family="",
                effect="notice",
                second_basis=None,
                notice=text,
                limits=(),
            )
            for kind, words in use.said.items()
        }
        return msgspec.structs.replace(
            use,
            order=self.number(),
            group=f"#{rule.key}",
            key="",
            name=rule.title,
            short=rule.title,
            effect="notice",
            matter="",
            organ="",
            why=(),
            ends_on_repair=True,
            policy="once",
            said=said,
            second=None,
        )


def _by_matter(
    rule: Rule, uses: tuple[CompiledUse, ...]
) -> Mapping[tuple[str, str], tuple[CompiledUse, ...]]:
    """Index measures by matter and kind of subject; the empty matter stands for every matter."""
    return {
        (matter, subject.kind): tuple(
            use
            for use in uses
            if matter in {"", use.matter} and subject.kind in use.subjects and not use.hidden
        )
        for subject in rule.subjects
        for matter in {"", *(use.matter for use in uses)}
    }


def _stops(rule: Rule) -> Mapping[str, CompiledStop]:
    """Return by type of act what it does: the ends of the period, then what defeats the rule."""
    stops: dict[str, CompiledStop] = {}
    for anchor in rule.period.until_first_of:
        by, _, dated = anchor.partition(".")
        # A change of grade reaches us as the exit from the list of the old grade.
        stops["list_exit" if by == "grade_change" else by] = CompiledStop("end", dated, "")
    for stop in rule.defeated_by:
        act = "objection" if stop.by == "objection_open" else stop.by
        named = stops.get(act)
        dated = named.dated if named else _OWN_DATE.get(act, "effective_on")
        stops[act] = CompiledStop(stop.effect, dated, stop.mark or STOPPED_ZH.get(act, ""))
    return MappingProxyType(stops)


def _force(
    measure: Measure, basis: BasisView, second: BasisView | None, use: Use
) -> tuple[str, tuple[str, ...], bool]:
    """Return (effect, reasons, hidden) that the bases leave a measure.

    A restriction needs the second basis of the organ's own field; without one, or until it is
    confirmed, it is only a notice, or hidden where the rule says so. A basis nobody has confirmed
    lets nobody be burdened either; an incentive it keeps, with the mark.
    """
    named = given(use.second_basis)
    doubtful = (DOUBTFUL_BASIS,) if basis.read == UNCONFIRMED else ()
    if named is not None and second is not None and second.read == UNCONFIRMED:
        return "notice", (DOUBTFUL_SECOND, *doubtful), named.until_confirmed == "hidden"
    if measure.effect == "restrict" and second is None:
        return "notice", (NO_SECOND, *doubtful), False
    if doubtful and measure.family != "incentive":
        return "notice", doubtful, False
    return measure.effect, doubtful, False


def _test(test: OpenTest | msgspec.UnsetType) -> CompiledTest:
    """Compile a condition (``check`` saw to it that there is one)."""
    found = given(test) or OpenTest("list_entry")
    severities = found.severity
    return CompiledTest(
        record=found.record,
        severities=frozenset({severities} if isinstance(severities, str) else severities),
        field=found.field,
        list=found.list,
        why=tested_zh(found),
    )
