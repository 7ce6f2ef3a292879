"""A new yearly list of lawful measures beside the published book: what changes and what it costs.

Nothing is stored: who drafts the next edition sees first which rules the new list leaves without a
basis (`registry.rules.catalogue_diff`); the draft itself goes the way of `registry rules`.
"""

import asyncio
from datetime import date
from typing import Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, SkipValidation
from msgspec import Struct

from registry.access.sessions import check_form
from registry.pages.frame import Frame, ReadsDep
from registry.pages.voucher_pages import spoken
from registry.pages.words import day
from registry.query.views import RulebookView
from registry.rules.catalogue import NATIONAL
from registry.rules.catalogue_csv import read_list
from registry.rules.catalogue_diff import Change, Lost, compare, lost_basis
from registry.rules.defects import Defect, RuleBookError
from registry.rules.language import Book, given
from registry.rules.lawful import Catalogue
from registry.rules.load import load_book

FILE_MAX: Final = 4 * 1024 * 1024
"""Bytes of a list."""
FORM_MAX: Final = FILE_MAX + 64 * 1024
SHOWN: Final = 200
"""Lines of one kind that are told; their number is told with them."""
_KINDS: Final = {
    "added": "lists.added",
    "removed": "lists.removed",
    "changed": "lists.changed",
}
FrameDep = NamedDependency[SkipValidation[Frame]]


class SentList(Struct):
    """The form that sends a list."""

    file: UploadFile
    lang: str = ""
    csrf: str = ""


@get("/rules/list", include_in_schema=False)
async def list_page(frame: FrameDep, reads: ReadsDep) -> Response[str]:
    """Which list the book rests on, and the form for the next one."""
    return await _page(frame, await reads.drafting(), reads.today())


@post("/rules/list", include_in_schema=False)
async def look(data: MultipartBody[SentList], frame: FrameDep, reads: ReadsDep) -> Response[str]:
    """Say what the new list changes; it is looked at and not kept."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    found = await reads.drafting()
    body = await data.file.read(FILE_MAX + 1)
    return await _page(frame, found, reads.today(), (data.file.filename, body))


async def _page(
    frame: Frame, found: RulebookView | None, on: date, sent: tuple[str, bytes] | None = None
) -> Response[str]:
    book = None if found is None else await asyncio.to_thread(load_book, found.files)
    here = None if book is None else _national(book, on)
    told: dict[str, object] = {"changes": (), "lost": (), "wrong": (), "counts": {}, "sent": ""}
    if book is not None and sent is not None:
        told |= await asyncio.to_thread(_told, frame, book, here, sent)
    return frame.page(
        "rules_list.html",
        422 if told["wrong"] else 200,
        edition="" if found is None else found.edition,
        listed=None
        if here is None
        else {
            "title": here.title,
            "edition": here.edition,
            "items": len(here.items),
            "since": day(frame.lang, here.effective.start),
        },
        most=FILE_MAX // 2**20,
        **told,
    )


def _national(book: Book, on: date) -> Catalogue | None:
    """Return the national list in force on a day, else the newest there is."""
    lists = sorted(
        (one for one in book.catalogues if one.scope == NATIONAL),
        key=lambda one: one.effective.start,
        reverse=True,
    )
    begun = (one for one in lists if one.effective.start <= on)
    return next(
        (one for one in begun if (given(one.effective.until) or date.max) > on),
        next(iter(lists), None),
    )


def _told(
    frame: Frame, book: Book, here: Catalogue | None, sent: tuple[str, bytes]
) -> dict[str, object]:
    name, body = sent[0][:100], sent[1]
    try:
        new = read_list(_decoded(name, body), name)
    except RuleBookError as error:
        defects = error.defects[:SHOWN]
        return {"wrong": [_defect(frame, one) for one in defects], "sent": name}
    changes = compare(() if here is None else here.items, new)
    lost = lost_basis(book, new)
    return {
        "sent": name,
        "changes": [_change(frame, one) for one in changes[:SHOWN]],
        "lost": [_lost(frame, one) for one in lost[:SHOWN]],
        "counts": {"items": len(new), "changes": len(changes), "lost": len(lost)},
    }


def _decoded(name: str, body: bytes) -> str:
    """Return the text of a list; raises RuleBookError for what is too large or no UTF-8."""
    if len(body) > FILE_MAX:
        texts = ("文件过大", "the file is too large")
        raise RuleBookError([Defect(name, 0, "", "too-large", *texts, f"<= {FILE_MAX}")])
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        texts = ("不是UTF-8文本", "not text in UTF-8")
        raise RuleBookError([Defect(name, 0, "", "not-utf-8", *texts, "CSV UTF-8")]) from error


def _defect(frame: Frame, one: Defect) -> dict[str, object]:
    said = one.zh if frame.lang == "zh" else one.en
    return {"line": one.line, "column": one.path.removeprefix("/"), "said": said} | {
        "right": one.expected
    }


def _change(frame: Frame, one: Change) -> dict[str, object]:
    return {
        "kind": frame.t(_KINDS[one.kind]),
        "item": one.item,
        "columns": [f"{name}：{before} → {after}" for name, before, after in one.columns],
    }


def _lost(frame: Frame, one: Lost) -> dict[str, str]:
    said = one.zh if frame.lang == "zh" else one.en
    return {"rule": one.rule, "link": frame.url(f"/rule/{one.rule}"), "said": said}
