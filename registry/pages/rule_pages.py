"""The rules as a lawyer reads them: text, measures with their law, limits, adoption."""

from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.clock import Clock, today
from registry.errors import NotFoundRefusal
from registry.pages.frame import Frame
from registry.pages.measures import basis_lines, cited
from registry.pages.rule_cases import assumed_of, examples_of
from registry.pages.rule_limits import limits_of, principle_lines
from registry.pages.words import day, joined, word
from registry.query.reader import Reader
from registry.query.views import RulebookView
from registry.rules.compiled import CompiledRule, CompiledUse
from registry.rules.model import Adoption, BasisView, in_force

FrameDep = NamedDependency[SkipValidation[Frame]]
ReaderDep = NamedDependency[SkipValidation[Reader]]
ClockDep = NamedDependency[SkipValidation[Clock]]


@get("/rules", include_in_schema=False)
async def rules(frame: FrameDep, reader: ReaderDep, clock: ClockDep) -> Response[str]:
    """Which member adopted which rule."""
    book = await reader.rulebook()
    on = today(clock)
    return frame.page(
        "rules.html",
        edition="" if book is None else book.edition,
        stated="" if book is None else frame.url(f"/record/{book.origin}/{book.idx}"),
        members=frame.site.members,
        rules=[] if book is None else [_row(frame, book, rule, on) for rule in _latest(book)],
        principles=[] if book is None else [principle_lines(p) for p in book.book.principles],
    )


@get("/rule/{key:str}", include_in_schema=False)
async def rule(
    key: FromPath[str], frame: FrameDep, reader: ReaderDep, clock: ClockDep
) -> Response[str]:
    """One rule with its law."""
    book = await reader.rulebook()
    found = None if book is None else next((r for r in _latest(book) if r.key == key), None)
    if book is None or found is None:
        raise NotFoundRefusal(
            "现行规则汇编中没有这条规则。",
            "The rulebook in force has no such rule.",
            code="no-such-rule",
        )
    return frame.page("rule.html", **_read(frame, book, found, today(clock)))


def _latest(book: RulebookView) -> tuple[CompiledRule, ...]:
    return tuple(rule for rule in book.book.rules if rule.latest)


def uses_of(rule: CompiledRule) -> tuple[CompiledUse, ...]:
    """Return the measures of a rule once each, in the order of the book."""
    by_order = {use.order: use for uses in rule.by_matter.values() for use in uses}
    return tuple(by_order[order] for order in sorted(by_order))


def _adopted(book: RulebookView, rule: CompiledRule, member: str, on: date) -> Adoption | None:
    return in_force(book.adoptions.of_member(member).get(rule.key, ()), on)


def _row(frame: Frame, book: RulebookView, rule: CompiledRule, on: date) -> dict[str, object]:
    return {
        "key": rule.key,
        "title": f"{rule.key} {rule.rule.title}",
        "link": frame.url(f"/rule/{rule.key}"),
        "reads": rule.rule.reads,
        "reward": rule.reward,
        "adopted": {code for code, _ in frame.site.members if _adopted(book, rule, code, on)},
    }


def _read(frame: Frame, book: RulebookView, rule: CompiledRule, on: date) -> dict[str, object]:
    return {
        "title": rule.rule.title,
        "numbered": frame.t("measure.rule", key=rule.key, edition=rule.edition),
        "reads": rule.rule.reads,
        "measures": [_measure(frame, use) for use in uses_of(rule)],
        "doubt": frame.t("rule.doubt") if any(use.why for use in uses_of(rule)) else "",
        "bases": [basis_lines(frame, basis) for basis in _bases(rule)],
        "not_from": rule.rule.not_from_this_rule,
        "bounds": limits_of(frame, rule, _bases(rule)),
        "examples": examples_of(frame, book, rule.key),
        "assumed": assumed_of(frame, book, rule.key),
        "reward": rule.reward,
        "review": _review(frame, rule),
        "act_link": frame.url(f"/rule/{rule.key}/act"),
        "since": day(frame.lang, book.effective_from),
        "book_title": book.title,
        "adoptions": [
            _adoption(frame, name, rule, _adopted(book, rule, code, on), on)
            for code, name in frame.site.members
        ],
    }


def _review(frame: Frame, rule: CompiledRule) -> list[tuple[str, str]]:
    """Return the reviews that the edition went through, with their document numbers."""
    review = rule.rule.review
    days = review.public_comment_days
    return [
        (frame.t("rule.comment"), frame.t("rule.comment-days", days=days) if days else "—"),
        (frame.t("rule.legality"), review.legality or "—"),
        (frame.t("rule.fair"), review.fair_competition or "—"),
    ]


def _measure(frame: Frame, use: CompiledUse) -> dict[str, object]:
    return {
        "name": use.name,
        "matter": word(frame.lang, "matter", use.matter),
        "effect": use.effect,
        "force": frame.t(f"effect.{use.effect}-long"),
        "organ": use.organ,
        "basis": cited(frame, use.basis),
        "why": joined(frame.lang, use.why),
    }


def _bases(rule: CompiledRule) -> tuple[BasisView, ...]:
    """Every basis of the rule once, in the order of the measures."""
    uses = uses_of(rule)
    seconds = (said.second_basis for use in uses for said in use.said.values())
    shown = [*(use.basis for use in uses), *(basis for basis in seconds if basis is not None)]
    return tuple(dict.fromkeys(shown))


def _adoption(
    frame: Frame, name: str, rule: CompiledRule, adoption: Adoption | None, on: date
) -> dict[str, object]:
    if adoption is None:
        return {
            "name": name,
            "instrument": "",
            "sentence": frame.t("rule.not-adopted", city=name),
        }
    names = {use.key: use.name for use in uses_of(rule)}
    allowed = [names.get(key, key) for key in adoption.allows or ()]
    only = frame.t("rule.allows", measures=joined(frame.lang, allowed))
    return {
        "name": name,
        "instrument": adoption.instrument,
        "stayed": frame.t("rule.stayed-now") if any(s.covers(on) for s in adoption.stays) else "",
        "since": day(frame.lang, adoption.start),
        "allows": only if adoption.allows is not None else "",
        "sentence": "",
    }
