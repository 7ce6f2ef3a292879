"""Standards by their words, and what came about watched ones: what was recalled, made presentable.

Words are looked for in a table of their own, each as it stands: a number or a title is searched for
by its own characters, and the engines know names of subjects only (decision 0026).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from registry.domain.records import AnyRecord
from registry.errors import MalformedRefusal
from registry.query.standards_views import ChangesView, ChangeView, FoundView
from registry.query.views import Coverage
from registry.standards.happened import event_of
from registry.standards.numbers import NumberError, format_number, parse
from registry.standards.told import EditionView
from registry.store.reading_files import Stated
from registry.store.reading_standards import Moved

TEXT_MAX: Final = 120
WORDS_MAX: Final = 8
_FACETED: Final = ("kind", "obligation", "state", "territory")
_SEVERAL: Final = ("ics", "ccs", "recognised_in", "uses")


@dataclass(frozen=True, slots=True)
class Narrow:
    """What editions are kept of those found by words; of each the values that are asked for.

    Empty: whichever. ``prefix`` is whose number it is (``GB/T``).
    """

    state: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    recognised_in: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()

    def keeps(self, view: EditionView) -> bool:
        """Tell whether an edition has one of the values of each."""
        return all(
            not asked or not asked.isdisjoint(have)
            for asked, have in (
                (set(self.state), {view.state}),
                (set(self.prefix), {prefix_of(view.number)}),
                (set(self.recognised_in), view.recognised_in),
                (set(self.uses), view.uses),
            )
        )


def prefix_of(number: str) -> str:
    """Return what stands before the digits of a number: whose standard it is, and its nature."""
    read = parse(number)
    return f"{read.prefix}/{read.nature}" if read.nature else read.prefix


def search_words(text: str, filters: Sequence[str]) -> tuple[str, ...]:
    """Return what must be among the words of an edition.

    A number in whatever spelling is looked for in its normal form; ``filters`` are as the words
    have them (``ics:91``).

    Raises:
        MalformedRefusal: neither text nor filter is there, or too much (``nothing-asked``).
    """
    words = [_number(text)] if _number(text) else text.lower().split()
    if not (words or filters) or len(text) > TEXT_MAX or len(words) > WORDS_MAX:
        raise MalformedRefusal(
            f"请给出编号、名称中的字词或分类号，不超过 {TEXT_MAX} 个字符、{WORDS_MAX} 个词。",
            f"Give a number, words of a title or a class: up to {TEXT_MAX} characters and "
            f"{WORDS_MAX} words.",
            code="nothing-asked",
        )
    return (*words, *(f" {one.lower()}" for one in filters))


def _number(text: str) -> str:
    """Return a number in the form in which it is searched for; empty for other words."""
    try:
        return f" {format_number(parse(text))}".lower()
    except NumberError:
        return ""


def found_of(
    views: Sequence[EditionView], narrow: Narrow, limit: int, coverage: Coverage, *, whole: bool
) -> FoundView:
    """Return the first editions, each once, and by facet how many of those looked at there are."""
    by_number: dict[str, EditionView] = {}
    for view in views:
        by_number.setdefault(view.number, view)
    kept = [view for view in by_number.values() if narrow.keeps(view)]
    facets = {name: _counted(getattr(view, name) for view in kept) for name in _FACETED}
    for name in _SEVERAL:
        facets[name] = _counted(code for view in kept for code in set(getattr(view, name)))
    facets["prefix"] = _counted(prefix_of(view.number) for view in kept)
    facets["ics_field"] = _counted(code for view in kept for code in {c[:2] for c in view.ics})
    facets["ccs_class"] = _counted(code for view in kept for code in {c[:1] for c in view.ccs})
    return FoundView(tuple(kept[:limit]), len(kept), whole, facets, coverage)


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def changes_of(
    moved: Sequence[Moved],
    shown: Sequence[Stated],
    after: int,
    newest: int,
    limit: int,
    coverage: Coverage,
) -> ChangesView:
    """Return what came, whole commits at a time, so that the cursor loses nothing.

    Of acts, and of what may not be shown any more, only that the question is to be asked again.
    """
    by_place = {one.row.place: one for one in shown}
    more = len(moved) > limit
    last = moved[limit].seq - 1 if more else max(newest, after)
    if more and last < moved[0].seq:  # one commit with more than that is given in part
        last = moved[0].seq
    views: dict[ChangeView, None] = {}
    for one in moved[:limit]:
        if one.seq <= last:
            views[change_of(one, by_place)] = None
    return ChangesView(tuple(views), last, more, coverage)


def change_of(one: Moved, shown: Mapping[tuple[int, int], Stated]) -> ChangeView:
    """Return what a commit brought, as far as it may be told."""
    stated = None if one.spoken is None else shown.get(one.spoken.row.place)
    if stated is None or one.spoken is None:
        return ChangeView(one.seq, one.at, one.identity, "ask_again", "ask_again", "", "", "", 0)
    summary = _summary(stated.record)
    role = one.spoken.role
    told = (role, stated.row.type, summary, stated.origin, stated.row.idx)
    return ChangeView(one.seq, one.at, one.identity, event_of(stated.record, role), *told)


def _summary(record: AnyRecord) -> str:
    """Return the number or numbers a record is about, with its title or instrument."""
    parts = (getattr(record, name, "") for name in ("number", "a", "b", "title", "instrument"))
    return " ".join(str(part) for part in parts if part)
