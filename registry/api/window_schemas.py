"""Shapes of windows: from when to when the law lets a record be shown, repaired, reported."""

from datetime import date

from msgspec import Struct


class RemarkOut(Struct):
    """Something said beside a window; codes are stable, texts may be mended."""

    code: str
    zh: str
    en: str


class WindowOut(Struct):
    """One period of one rule. Both days are in it; null is no such day, or none known yet.

    ``read`` says how well the rule's text was read (full_text, secondary, unconfirmed); ``doubts``
    why it is not ``confirmed``. ``length`` is ISO 8601, in working days where ``counting`` says so;
    ``calendar`` names the table of working days used, ``where_*`` the door for an application.
    """

    kind: str
    first: date | None
    last: date | None
    confirmed: bool
    title: str
    title_en: str
    number: str
    since: date
    article: str
    anchor: str | None
    anchor_on: date | None
    length: str
    counting: str
    read: str
    where_zh: str
    where_en: str
    calendar: str
    doubts: tuple[RemarkOut, ...]
    notes: tuple[RemarkOut, ...]
    warnings: tuple[RemarkOut, ...]
