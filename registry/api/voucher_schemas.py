"""Shapes of query vouchers, in and out."""

from datetime import date, datetime

from msgspec import Struct

from signing.voucher import Question, Voucher


class VoucherIn(Struct, forbid_unknown_fields=True):
    """What a voucher is asked for. ``on`` is not later than today, and today if it is left out.

    ``consent``: that who asks, the purpose and the result are kept for 365 days.
    """

    subject: str
    territory: str
    asked_by: str
    purpose: str
    consent: bool
    matter: str = ""
    on: date | None = None


class SealedVoucherOut(Struct):
    """The signed file of a voucher, format ``registry-voucher@v1``; keep it byte for byte."""

    format: str
    signatures: tuple[str, ...]
    voucher: Voucher


class VoucherOut(Struct):
    """A voucher by its code; ``shown`` is what of it may still be shown today, or null.

    ``files``: whether JSON and PDF are still handed out.
    """

    code: str
    digest: str
    issued_at: datetime
    files: bool
    shown: dict[str, object] | None


class CheckedOut(Struct):
    """A file that was found genuine: what identifies it, never its findings.

    ``kept``: this node issued it and has it under its code.
    """

    code: str
    digest: str
    node: str
    issued: str
    asked_by: str
    purpose: str
    question: Question
    kept: bool
    statement_zh: str
    statement_en: str
