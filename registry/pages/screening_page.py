"""Screening of lists on the web: send one, see how far it is, look through it, judge."""

import asyncio
from typing import Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, SkipValidation, URLEncodedBody
from litestar.response import Redirect, Stream
from msgspec import Struct

from registry.access.reads import Reads
from registry.access.sessions import check_form
from registry.errors import MalformedRefusal, Refusal
from registry.pages.applies import choosing, chosen_of, date_asked
from registry.pages.cover import cover_lines
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.measures import sentence
from registry.pages.query_params import day_of, number_of, one
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import day, joined, moment, word
from registry.screening.desk import REASON_MAX, Screenings, Wanted, Wish
from registry.screening.lists import BODY_MAX, ROWS_MAX, read_list
from registry.screening.model import EFFECTS, KINDS, Match, RowView, ScreeningView
from registry.screening.written import TYPES, Format, file_of

ScreeningsDep = NamedDependency[SkipValidation[Screenings]]
PER_PAGE: Final = 50
FORM_MAX: Final = BODY_MAX + 64 * 1024
"""Bytes of the form that sends a list."""
_JUDGEMENTS: Final = ("unsure", "different", "same")
"""In the order of the buttons: the first is what Enter does unasked, so it must do no harm."""
_OPEN: Final = "uncertain"


class SentList(Struct):
    """The form that sends a list; everything but the list is text."""

    file: UploadFile
    territory: str = ""
    matter: str = ""
    on: str = ""
    lang: str = ""
    csrf: str = ""


class Said(Struct):
    """A form about one screening: what was judged about which row, or nothing of that."""

    row: str = "0"
    subject: str = ""
    judgement: str = ""
    reason: str = ""
    back: str = ""
    lang: str = ""
    csrf: str = ""


@get("/screenings", include_in_schema=False)
async def screenings_page(
    frame: FrameDep, reads: ReadsDep, screenings: ScreeningsDep
) -> Response[str]:
    """The form for a list, and the screenings of whoever asks."""
    return await _form(frame, reads, screenings)


@post("/screenings", include_in_schema=False)
async def send(
    data: MultipartBody[SentList], frame: FrameDep, reads: ReadsDep, screenings: ScreeningsDep
) -> Response[str] | Redirect:
    """Take the list; what is wrong with it is said above the form."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    await reads.to_screen(data.territory, data.matter)
    try:
        listed = await asyncio.to_thread(read_list, await data.file.read())
        on = day_of(data.on) or reads.today()
        wish = Wish(data.territory, data.matter, "", on, data.file.filename)
        made = await screenings.make(reads, wish, listed)
    except Refusal as wrong:
        return await _form(frame, reads, screenings, wrong)
    return Redirect(frame.url(f"/screening/{made.id}"), status_code=303)


@get("/screening/{screening:str}", include_in_schema=False)
async def screening_page(
    screening: FromPath[str], frame: FrameDep, reads: ReadsDep, screenings: ScreeningsDep
) -> Response[str]:
    """How far it is, counts, and the rows: all, or of a kind or effect."""
    view = await screenings.view(reads, screening)
    kind, effect = one(frame, "kind"), one(frame, "effect")
    wanted = Wanted(
        number_of(frame, "after"),
        kind if kind in KINDS else "",
        effect if effect in EFFECTS else "",
    )
    page = await screenings.page(reads, screening, wanted, PER_PAGE)
    return frame.page(
        "screening.html",
        **_about(frame, view),
        rows=[_row(frame, view, row) for row in page.rows],
        kinds=_narrowing(frame, "kind", wanted.kind, view.counts.kinds),
        effects=_narrowing(frame, "effect", wanted.effect, view.counts.effects),
        following=frame.here(after=page.after) if page.after else "",
        here_again=frame.here(),
        review=frame.url(f"/screening/{view.id}/review"),
        cover=cover_lines(frame, await reads.coverage()),
    )


@get("/screening/{screening:str}/review", include_in_schema=False)
async def review(
    screening: FromPath[str], frame: FrameDep, reads: ReadsDep, screenings: ScreeningsDep
) -> Response[str]:
    """One row that is for a person to decide, beside whom it may mean."""
    view = await screenings.view(reads, screening)
    after = number_of(frame, "after")
    page = await screenings.page(reads, screening, Wanted(after, _OPEN), 1)
    row = _row(frame, view, page.rows[0]) if page.rows else None
    return frame.page(
        "screening_review.html",
        **_about(frame, view),
        row=row,
        passed=after,
        left=view.counts.kinds[_OPEN],
        skip=frame.here(after=page.rows[0].asked.row) if page.rows else "",
        judgements=[(said, frame.t(f"screening.judge-{said}")) for said in _JUDGEMENTS],
        reason_max=REASON_MAX,
    )


@post("/screening/{screening:str}/judge", include_in_schema=False)
async def judge(
    screening: FromPath[str],
    data: URLEncodedBody[Said],
    frame: FrameDep,
    reads: ReadsDep,
    screenings: ScreeningsDep,
) -> Redirect:
    """Remember what was said, and lead to the next row; or back to where it was undone."""
    frame = _checked(frame, data)
    row = int(data.row) if data.row.isascii() and data.row.isdigit() and len(data.row) < 6 else 0  # noqa: PLR2004 - digits of the last row
    said = (data.subject, data.judgement, data.reason)
    found = await screenings.judge(reads, screening, row, said)
    if data.back:
        return Redirect(frame.url(f"/screening/{screening}", after=row - 1), status_code=303)
    again = found.outcome.kind == _OPEN and data.judgement == "different"
    after = row - 1 if again else row
    return Redirect(frame.url(f"/screening/{screening}/review", after=after), status_code=303)


@post("/screening/{screening:str}/{act:str}", include_in_schema=False)
async def act_on(
    *,
    screening: FromPath[str],
    act: FromPath[str],
    data: URLEncodedBody[Said],
    frame: FrameDep,
    reads: ReadsDep,
    screenings: ScreeningsDep,
) -> Redirect:
    """Remove, repeat or resume it."""
    frame = _checked(frame, data)
    to = f"/screening/{screening}"
    if act == "remove":
        await screenings.remove(reads, screening)
        to = "/screenings"
    elif act == "again":
        to = f"/screening/{(await screenings.again(reads, screening)).id}"
    elif act == "resume":
        await screenings.resume(reads, screening)
    else:
        raise MalformedRefusal("没有这个操作。", "There is no such action.", code="bad-action")
    return Redirect(frame.url(to), status_code=303)


@get("/screening/{screening:str}/file/{kind:str}", include_in_schema=False)
async def taken(
    screening: FromPath[str], kind: FromPath[str], reads: ReadsDep, screenings: ScreeningsDep
) -> Stream:
    """The results as CSV or, for any other word, as a workbook."""
    format_: Format = "csv" if kind == "csv" else "xlsx"
    pieces, headers = await file_of(reads, screenings, screening, format_)
    return Stream(pieces, media_type=TYPES[format_], headers=headers)


ROUTES: Final = (screenings_page, screening_page, review, judge, act_on, taken)


def _checked(frame: Frame, data: Said) -> Frame:
    check_form(frame.asker, data.csrf)
    return spoken(frame, data.lang)


async def _form(
    frame: Frame, reads: Reads, screenings: Screenings, wrong: Refusal | None = None
) -> Response[str]:
    found = await screenings.all(reads)
    book = await reads.rulebook()
    on = date_asked(frame, reads.today())
    return frame.page(
        "screenings.html",
        200 if wrong is None else wrong.status,
        screenings=[_about(frame, view) for view in found],
        limits={"rows": ROWS_MAX, "megabytes": BODY_MAX // 2**20},
        today=reads.today().isoformat(),
        wrong="" if wrong is None else told_in(frame, wrong),
        **choosing(frame, chosen_of(frame, on, book), book),
    )


def _about(frame: Frame, view: ScreeningView) -> dict[str, object]:
    """A screening in words: what was asked, how far it is, until when it is kept."""
    asked, lang = view.question, frame.lang
    kinds = [(kind, frame.t(f"screening.kind-{kind}"), view.counts.kinds[kind]) for kind in KINDS]
    header = frame.t("screening.header", line=asked.header) if asked.header else ""
    left_out = joined(lang, asked.left_out)
    facts = (
        ("screening.where", frame.site.name_of(asked.territory)),
        ("subject.matter", word(lang, "matter", asked.matter) if asked.matter else ""),
        ("screening.on", day(lang, asked.on)),
        ("access.purpose", asked.asking.purpose),
        ("screening.known", moment(lang, view.made_at)),
        ("screening.kept", moment(lang, view.kept_until)),
        ("screening.read-as", header),
        ("screening.left-out", left_out),
    )
    said = {"done": view.done, "lines": view.lines}
    return {
        "id": view.id,
        "name": asked.file or frame.t("screening.unnamed"),
        "link": frame.url(f"/screening/{view.id}"),
        "state": view.state,
        "progress": frame.t(f"screening.state-{view.state}", **said),
        "view": view,
        "tally": kinds,
        "facts": [(frame.t(key), value) for key, value in facts if value],
        "alike": frame.t("screening.alike", same=view.same, whole=view.compared)
        if view.compared
        else "",
    }


def _narrowing(
    frame: Frame, name: str, chosen: str, counts: dict[str, int] | object
) -> list[dict[str, object]]:
    """Return what the rows can be narrowed down by, and widened again."""
    some = counts if isinstance(counts, dict) else {}
    labels = {"kind": "screening.kind-", "effect": "effect."}[name]
    return [
        {
            "name": frame.t(f"{labels}{value}"),
            "count": count,
            "chosen": value == chosen,
            "link": frame.here(**{name: "" if value == chosen else value, "after": 0}),
        }
        for value, count in some.items()
        if value and (count or value == chosen)
    ]


def _row(frame: Frame, view: ScreeningView, row: RowView) -> dict[str, object]:
    asked, outcome = row.asked, row.outcome
    measures = outcome.decision.measures if outcome.decision else ()
    question = view.question
    about = {"territory": question.territory, "matter": question.matter, "on": question.on}
    notes = [frame.t(f"screening.note-{asked.note}")] if asked.note else []
    if asked.same_as:
        notes.append(frame.t("screening.same-as", row=asked.same_as))
    return {
        "row": asked.row,
        "line": asked.line,
        "name": asked.name,
        "code": asked.code,
        "notes": notes,
        "kind": outcome.kind,
        "kind_name": frame.t(f"screening.kind-{outcome.kind}"),
        "reason": frame.t(f"screening.reason-{outcome.reason}") if outcome.reason else "",
        "matches": [_match(frame, one, about) for one in outcome.matches],
        "apart": [_match(frame, one, about) for one in outcome.apart],
        "measures": [
            (one.name, one.effect, frame.t(f"effect.{one.effect}"), sentence(frame, one))
            for one in measures
        ],
    }


def _match(frame: Frame, match: Match, about: dict[str, object]) -> dict[str, object]:
    judged = match.judged
    told = (
        frame.t(
            "screening.judged",
            said=frame.t(f"screening.judge-{judged.judgement}"),
            who=judged.judged_by,
            at=moment(frame.lang, judged.judged_at),
        )
        if judged
        else ""
    )
    return {
        "id": match.subject_id,
        "name": match.name,
        "code": match.code or frame.t("results.no-code"),
        "former": joined(frame.lang, match.former_names),
        "cities": joined(frame.lang, [frame.site.name_of(code) for code in match.cities]),
        "certainty": f"{match.certainty:.0%}",
        "why": frame.t(f"screening.reason-{match.reasons[0]}"),
        "judged": told,
        "because": judged.reason if judged else "",
        "link": frame.url(f"/subject/{match.subject_id}", **about),
    }
