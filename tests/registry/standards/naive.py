"""The answer worked out a second time, as plainly as can be: one pass over everything, no index.

Written from the decisions (domain 0.1.11, 8.2, 8.3), not from the code: what the two share is the
record types and the tables of law. It says the verdict, the state of the edition and mutuality.
"""

from datetime import date

from msgspec import UNSET

from registry.domain.records.standards import StandardRecognition
from registry.standards.model import Ask, Known
from registry.standards.statutes import STATUTES

ORDER = ("yes", "partly", "conditionally", "no")
DEGREE = {"full": "yes", "partial": "partly", "conditional": "conditionally", "refused": "no"}


def split(number: str) -> tuple[str, int]:
    """Return identity and year (0 for none)."""
    head, dash, tail = number.rpartition("-")
    return (head, int(tail)) if dash and len(tail) == 4 else (number, 0)


def same_text(one: str, other: str) -> bool:
    """Tell whether two numbers are of one text: Jiangsu and Anhui issue the regional one both."""
    return one.replace("DB34/T 310", "DB32/T 310") == other.replace("DB34/T 310", "DB32/T 310")


def inside(place: str, reach: str) -> bool:
    """Tell whether a place lies in a territory."""
    digits = reach
    while digits.endswith("00"):
        digits = digits[:-2]
    return place[: len(digits)] == digits


def opt(value):
    return None if value is UNSET else value


class Naive:
    """A world, and one day."""

    def __init__(self, known: Known, on: date) -> None:
        self.known, self.on = known, on
        self.standards = {one.record.number: one.record for one in known.editions}

    def void_day(self, number: str) -> date | None:
        notices = [
            one.record
            for one in sorted(self.known.notices, key=lambda one: one.ref)
            if one.record.number == number and one.record.event in {"void", "replaced"}
        ]
        if notices:
            last = max(one.decided_on for one in notices)
            return next(one.effective_on for one in notices if one.decided_on == last)
        stated = opt(self.standards[number].void_on)
        if stated:
            return stated
        days = []
        for other in self.standards.values():
            begins = opt(other.effective_on)
            replaced = {r.number for r in opt(other.replaces) or () if r.extent == "whole"}
            newer = split(other.number)[0] == split(number)[0] and (
                split(other.number)[1] > split(number)[1]
            )
            if begins and (number in replaced or newer):
                days.append(begins)
        return min(days, default=None)

    def state(self, number: str) -> str:
        one = self.standards.get(number)
        if one is None:
            return "unknown"
        void, begins, told = self.void_day(number), opt(one.effective_on), opt(one.state)
        if void and void <= self.on:
            return "void"
        if not void and told == "void" and one.decided_on <= self.on:
            return "void"
        if begins and self.on < begins:
            return "upcoming"
        if not begins and not (told == "in_force" and one.decided_on <= self.on):
            return "upcoming" if told == "upcoming" else "unknown"
        return "partly_replaced" if self.in_part(number) else "in_force"

    def in_part(self, number: str) -> bool:
        by_notice = any(
            one.record.number == number
            and one.record.event == "replaced_in_part"
            and one.record.effective_on <= self.on
            for one in self.known.notices
        )
        by_other = any(
            r.number == number
            and r.extent == "part"
            and opt(other.effective_on)
            and other.effective_on <= self.on
            for other in self.standards.values()
            for r in opt(other.replaces) or ()
        )
        return by_notice or by_other

    def meant(self, number: str) -> str:
        if split(number)[1]:
            return number
        editions = sorted(
            (one for one in self.standards if split(one)[0] == number), key=lambda n: split(n)[1]
        )
        for wanted in ({"in_force", "partly_replaced"}, {"void", "unknown"}):
            found = [one for one in editions if self.state(one) in wanted]
            if found:
                return found[-1]
        return editions[0] if editions else ""

    def course(self, doc):
        """Return (course, last day, numbers) of a document, the changes applied one by one."""
        record = doc.record
        changes = [
            one
            for one in self.known.changes
            if one.record.target.id == doc.ref.id
            and one.record.target.origin == doc.ref.origin == one.ref.origin
            and one.record.authority.name == record.authority.name
            and one.record.effective_on <= self.on
        ]
        changes.sort(key=lambda one: (one.record.effective_on, one.record.decided_on, one.ref))
        now, until, numbers = "in_force", opt(record.in_force_until), [record.number]
        for one in (change.record for change in changes):
            over = until and (one.effective_on - until).days > 1
            if now == "ended" or over or split(one.number)[0] != split(record.number)[0]:
                continue
            if one.change == "suspended":
                now = "suspended"
            elif one.change == "resumed" and now == "suspended":
                now = "in_force"
            elif one.change == "ended":
                now = "ended"
            elif one.change == "extended" and until and opt(one.until) and one.until > until:
                until = one.until
            elif one.change == "reviewed":
                numbers.append(one.number)
        if self.on < record.in_force_from:
            now = "not_yet"
        elif now != "ended" and until and until < self.on:
            now = "expired"
        return now, until, numbers

    def valid(self, doc) -> bool:
        """Tell whether a document may have effect at all."""
        record = doc.record
        organ = opt(record.authority.division) or doc.member
        until = opt(record.in_force_until)
        local = record.number.startswith("DB34 ")
        void = record.number in self.standards and (
            Naive(self.known, record.decided_on).state(record.number) == "void"
        )
        return (
            inside(record.territory, organ)
            and inside(organ, doc.member)
            and not (until and until < record.in_force_from)
            and not (local and not inside(record.territory, "340000"))
            and not void
        )

    def documents(self, ask: Ask, number: str):
        """Return the documents that decide, as (document, verdict)."""
        found = []
        for doc in (*self.known.recognitions, *self.known.acceptances):
            record = doc.record
            course, _, numbers = self.course(doc)
            if not (
                self.valid(doc)
                and record.use == ask.use
                and inside(ask.territory, record.territory)
                and course != "not_yet"
                and any(same_text(one, number) for one in numbers)
                and (not ask.product or {ask.product, "全部产品"} & set(record.products))
            ):
                continue
            excluded = opt(record.exclusions) or ()
            verdict = DEGREE[record.degree]
            if verdict == "yes":
                conditions = opt(record.conditions)
                verdict = "conditionally" if conditions else "partly" if excluded else "yes"
            out = ask.product and {ask.product, "全部产品"} & set(excluded)
            if course == "suspended" or out:
                verdict = "no"
            found.append((doc, verdict, course))
        return self.latest(ask, found)

    def latest(self, ask: Ask, found):
        governing = {}
        for doc, verdict, course in found:
            record = doc.record
            kind = isinstance(record, StandardRecognition)
            products = () if ask.product else record.products
            key = (kind, record.authority.name, products)
            own = record.provenance.kind == "original"
            age = (record.decided_on, record.in_force_from, own, doc.ref.origin, doc.ref.idx)
            if key not in governing or governing[key][0] < age:
                governing[key] = (age, doc, verdict, course)
        alive = [
            (doc, verdict)
            for _, doc, verdict, course in governing.values()
            if course in {"in_force", "suspended"}
        ]
        recognised = [one for one in alive if isinstance(one[0].record, StandardRecognition)]
        return recognised or alive

    def by_law(self, ask: Ask, number: str, state: str) -> str:
        """Return '', or the verdict by which the standard needs no recognition."""
        one = self.standards.get(number)
        assert STATUTES.rows
        if one is None:
            return ""
        homes = {"DB32": "320000", "DB34": "340000", "DB3201": "320100"}
        head = number.split(" ", maxsplit=1)[0].split("/", maxsplit=1)[0]
        public = head == "GB" or (head in homes and inside(ask.territory, homes[head]))
        if not public:
            return ""
        worth = {"in_force": "yes", "partly_replaced": "partly", "unknown": "conditionally"}
        return worth[state]

    def verdict(self, ask: Ask) -> str:  # noqa: PLR0911 - one after the other, on purpose
        if ask.use == "sale":
            return "no_recognition_needed"
        number = self.meant(ask.number)
        state = self.state(number)
        if not number:
            number = self.newest_named(ask) or ask.number
        if ask.number.startswith("DB34 ") and not inside(ask.territory, "340000"):
            return "no"
        if number in self.standards and state in {"void", "upcoming"}:
            return "no"
        law = self.by_law(ask, number, state)
        if law and number.startswith("GB "):
            return law
        said = [verdict for _, verdict in self.documents(ask, number)]
        if law:
            return "conditionally" if "no" in said else law
        if not said:
            return "no_document"
        best = min(said, key=ORDER.index)
        if best != "no" and "no" in said:
            return "conditionally"
        return "partly" if best == "yes" and state == "partly_replaced" else best

    def newest_named(self, ask: Ask) -> str:
        named = [
            number
            for doc in (*self.known.recognitions, *self.known.acceptances)
            if self.valid(doc)
            and doc.record.use == ask.use
            and inside(ask.territory, doc.record.territory)
            and same_text(split(doc.record.number)[0], ask.number)
            for number in self.course(doc)[2]
        ]
        return max(named, key=lambda one: split(one)[1], default="")

    def mutual(self, ask: Ask) -> bool:
        """Tell whether some best document has an equal in force on the other side."""
        number = self.meant(ask.number) or self.newest_named(ask) or ask.number
        if self.verdict(ask) in {"no", "no_document", "no_recognition_needed"}:
            return False
        deciding = self.documents(ask, number)
        if not deciding:
            return False
        best = min(ORDER.index(verdict) for _, verdict in deciding)
        first = min((doc.ref, doc) for doc, verdict in deciding if ORDER.index(verdict) == best)[1]
        return best < ORDER.index("no") and any(
            self.returns(first, other, number) for other in self.known.recognitions
        )

    def returns(self, first, other, number: str) -> bool:
        mine, theirs = first.record, other.record
        if not isinstance(mine, StandardRecognition):
            return False
        named, back = opt(mine.counterpart), opt(theirs.counterpart)
        if named is None or back is None:
            return False
        course, _, numbers = self.course(other)
        undated = split(named)[1] == 0
        return (
            self.valid(other)
            and course == "in_force"
            and theirs.degree != "refused"
            and theirs.use == mine.use
            and first.ref.origin != other.ref.origin
            and (theirs.territory, mine.territory)
            == (opt(mine.counterpart_territory), opt(theirs.counterpart_territory))
            and (named in numbers or (undated and named == split(numbers[0])[0]))
            and back in {number, split(number)[0]}
        )
