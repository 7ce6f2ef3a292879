"""Vouchers (查询凭证): issued on request, found again by their code, checked when somebody doubts.

What strangers can make this node keep is bounded: so many a minute, so many a day, each of bounded
size and for a bounded time. Of who asks nothing is kept but what is in the voucher itself.
"""

import re
import secrets
import unicodedata
from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.errors import GoneRefusal, MalformedRefusal, NotFoundRefusal, UnavailableRefusal
from registry.issued.voucher import (
    DISCLAIMER_EN,
    DISCLAIMER_ZH,
    Answer,
    answer_of,
    is_whole,
    moment,
    statement,
    still_shown,
)
from registry.query.reader import Reader
from registry.query.views import RulebookView, Viewer
from registry.store.vouchers import KeptVoucher, VoucherStore
from signing.charter import Charter
from signing.keys import SigningKey
from signing.voucher import (
    Named,
    Voucher,
    Words,
    open_voucher,
    parse_voucher,
    seal_voucher,
    voucher_in,
)

ASKER_MAX: Final = 80
PURPOSE_MAX: Final = 200
"""Characters of who asks and for what."""
KEPT: Final = timedelta(days=365)
"""How long a voucher is kept; afterwards code, digest and moment remain."""
FILES: Final = timedelta(days=30)
"""How long its files are handed out: time enough to put them where they belong."""
CHECK_MAX: Final = 4 * 1024 * 1024
"""Bytes of a file that is checked; a PDF carries its font."""

_PUBLIC: Final = Viewer(Role.PUBLIC)
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE: Final = re.compile(rf"[{_ALPHABET}]{{16}}")
_MISREAD: Final = str.maketrans("OIL", "011", " -")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks a voucher for; ``on`` is a date of Asia/Shanghai, not a later one."""

    subject_id: str
    territory: str
    matter: str
    on: date
    asked_by: str
    purpose: str
    consent: bool


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: the node by its name, address and mirror key, and how many at most."""

    node: str
    public_url: str
    mirror: SigningKey
    per_minute: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A voucher that was just signed: its file, and the code by which it is found."""

    code: str
    digest: str
    file: bytes


@dataclass(frozen=True, slots=True)
class VoucherView:
    """A voucher as it may be shown today; ``shown`` None: that it was issued is all there is.

    ``offered``: the time for taking its files is not over; ``files``: they are handed out indeed.
    """

    code: str
    digest: str
    issued_at: datetime
    shown: Voucher | None
    offered: bool
    files: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was found genuine; ``kept``: this node has it under its code."""

    voucher: Voucher
    digest: str
    kept: bool


class Vouchers:
    """Everything about vouchers that pages and interface ask."""

    def __init__(
        self, reader: Reader, store: VoucherStore, charter: Charter, clock: Clock, issuer: Issuer
    ) -> None:
        """Take what answers, what keeps, whose keys count, the time, and who signs."""
        self._reader = reader
        self._store = store
        self._charter = charter
        self._clock = clock
        self._issuer = issuer
        self._recent: deque[datetime] = deque()

    def under(self, charter: Charter, reader: Reader) -> None:
        """Answer under another charter from now on, with the reader under it; turns go on."""
        self._reader, self._charter = reader, charter

    async def issue(self, wish: Wish) -> Issued:
        """Answer, sign and keep.

        Raises:
            MalformedRefusal: a field is missing or not in its bounds; the code names it.
            NotFoundRefusal: nothing about the subject may be shown, or it never existed.
            UnavailableRefusal: too many are being issued (``busy``).
        """
        asked_by, purpose = self._checked(wish)
        await self._take_turn()
        answer = await self._answer(wish.subject_id, wish.territory, wish.matter, wish.on)
        code = new_code()
        now = self._clock.now().replace(microsecond=0)
        voucher = self._voucher(answer, code, now, asked_by, purpose)
        file = seal_voucher(voucher, self._issuer.mirror)
        digest = open_voucher(file, self._charter).digest
        entries = tuple(bytes.fromhex(entry) for entry in sorted(answer.entries))
        await self._store.add(KeptVoucher(code, digest, now, now + KEPT, file, entries))
        await self._store.erase_old()
        return Issued(code, digest.hex(), file)

    async def view(self, code: str) -> VoucherView:
        """Return what may be shown of a voucher today; raises NotFoundRefusal ``unknown-voucher``.

        What the enterprise page would not show any more is left out, and does not leave a trace.
        """
        return await self._view(await self._kept(code))

    async def file(self, code: str) -> tuple[bytes, Voucher, str]:
        """Return the signed file of a voucher with what it says and its digest.

        Raises:
            NotFoundRefusal: there is no such voucher (``unknown-voucher``).
            GoneRefusal: its time is over, or not all of it may be shown any more: nobody is told
                which (see the decision on vouchers).
        """
        kept = await self._kept(code)
        view = await self._view(kept)
        if not view.files or kept.file is None:
            raise GoneRefusal(GoneRefusal.title_zh, GoneRefusal.title_en)
        return kept.file, _intact(kept, kept.file), view.digest

    async def _view(self, kept: KeptVoucher) -> VoucherView:
        shown, files = None, False
        offered = self._clock.now() < kept.issued_at + FILES
        if kept.file is not None:
            voucher = _intact(kept, kept.file)
            now = await self._today(voucher)
            if now is not None:
                shown = still_shown(voucher, now)
                files = offered and is_whole(voucher, shown)
        return VoucherView(
            kept.code, kept.digest.hex(), kept.issued_at, shown, offered=offered, files=files
        )

    async def check(self, data: bytes) -> Checked:
        """Verify a file (JSON, or a PDF that carries it); raises SigningError.

        What this node issued is known by its digest, whatever keys the charter names today.
        """
        file = voucher_in(data)
        voucher, note = parse_voucher(file)
        digest = sha256(note.text.encode()).digest()
        kept = await self._store.find(voucher.code, self._clock.now())
        here = kept is not None and kept.digest == digest
        if not here:
            open_voucher(file, self._charter)
        return Checked(voucher, digest.hex(), here)

    async def erase_old(self) -> int:
        """Erase what is past its time; return how many there were."""
        return await self._store.erase_old()

    def _checked(self, wish: Wish) -> tuple[str, str]:
        if not wish.consent:
            raise MalformedRefusal(
                "请先勾选同意：查询单位、用途和查询结果将按所列期限保存。",
                "Tick the box first: who asks, the purpose and the result are kept as stated.",
                code="consent-missing",
            )
        if wish.on > today(self._clock):
            raise MalformedRefusal(
                "查询日期不得晚于今日：凭证不说明此后任何时刻的情况。",
                "The date must not be later than today: a voucher does not speak of what is later.",
                code="future-date",
            )
        asked_by = line_of(wish.asked_by, "查询单位", "who asks", "asker", ASKER_MAX)
        return asked_by, line_of(wish.purpose, "查询用途", "the purpose", "purpose", PURPOSE_MAX)

    async def _take_turn(self) -> None:
        now = self._clock.now()
        while self._recent and now - self._recent[0] >= timedelta(minutes=1):
            self._recent.popleft()
        if len(self._recent) >= self._issuer.per_minute:
            raise _busy("一分钟", "a minute")
        self._recent.append(now)
        if await self._store.issued_since(now - timedelta(days=1)) >= self._issuer.per_day:
            raise _busy("一天", "a day")

    async def _answer(self, subject_id: str, territory: str, matter: str, on: date) -> Answer:
        """Ask for file and decision of one moment."""
        if matter and matter not in matters_of(await self._reader.rulebook(on)):
            raise unknown_matter()
        asked = (subject_id, [territory], matter, "", on, _PUBLIC)
        file, (decided,) = await self._reader.decided_file(*asked)
        return answer_of(file, decided)

    async def _today(self, voucher: Voucher) -> Answer | None:
        """Ask the voucher's question again; None where it has no answer any more."""
        asked = voucher.question
        try:
            return await self._answer(asked.subject, asked.territory.code, asked.matter, asked.on)
        except (NotFoundRefusal, MalformedRefusal):
            return None

    def _voucher(
        self, answer: Answer, code: str, now: datetime, asked_by: str, purpose: str
    ) -> Voucher:
        charter, issuer = self._charter, self._issuer
        url = f"{issuer.public_url.rstrip('/')}/voucher/check?code={code}"
        return Voucher(
            code=code,
            salt=secrets.token_hex(16),
            region=Named(charter.region_code, charter.region_name),
            node=issuer.node,
            charter=charter.digest.hex(),
            charter_version=charter.version,
            issued=moment(now),
            asked_by=asked_by,
            purpose=purpose,
            role=_PUBLIC.role.value,
            question=answer.question,
            known=answer.known,
            book=answer.book,
            coverage=answer.coverage,
            records=answer.records,
            records_total=answer.total,
            measures=answer.measures,
            not_applied=answer.not_applied,
            says=answer.says,
            decision=answer.decision,
            check_url=url,
            statement=statement(int(now.timestamp()), url),
            disclaimer=Words(DISCLAIMER_ZH, DISCLAIMER_EN),
        )

    async def _kept(self, code: str) -> KeptVoucher:
        plain = plain_code(code)
        kept = await self._store.find(plain, self._clock.now()) if plain else None
        if kept is None:
            raise NotFoundRefusal(
                "本节点没有出具过此编号的凭证；请核对编号，应为 16 位数字和字母。",
                "This node issued no voucher with this code: 16 digits and letters are right.",
                code="unknown-voucher",
            )
        return kept


def matters_of(book: RulebookView | None) -> tuple[str, ...]:
    """Return the matters that a rulebook knows, in its order."""
    rules = () if book is None else book.book.rules
    found = (matter for rule in rules if rule.latest for matter, _ in rule.by_matter if matter)
    return tuple(dict.fromkeys(found))


def unknown_matter() -> MalformedRefusal:
    """Return the refusal of a matter that the rulebook does not know."""
    return MalformedRefusal(
        "没有这个办理事项，请从列表中选择。",
        "There is no such matter: choose one from the list.",
        code="unknown-matter",
    )


def new_code() -> str:
    """Return a code that nobody guesses: 80 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(16))


def plain_code(text: str) -> str:
    """Return a code as it is kept, however it was typed; '' for what can be none."""
    code = text[:64].upper().translate(_MISREAD)
    return code if _CODE.fullmatch(code) else ""


def grouped(code: str) -> str:
    """Return a code as people read it: ABCD-EFGH-JKMN-PQRS."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def line_of(text: str, zh: str, en: str, code: str, most: int) -> str:
    """Return one line of plain text in its composed form, or refuse it by name."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not line:
        raise MalformedRefusal(f"请填写{zh}。", f"State {en}.", code=f"{code}-missing")
    if len(line) > most:
        raise MalformedRefusal(
            f"{zh}过长：最多 {most} 个字。",
            f"{en.capitalize()} is too long: at most {most} characters.",
            code=f"{code}-too-long",
        )
    if any(unicodedata.category(char)[0] == "C" for char in line):
        raise MalformedRefusal(
            f"{zh}含有控制字符或不可见字符，请重新输入。",
            f"{en.capitalize()} has control or invisible characters: type it again.",
            code=f"{code}-not-text",
        )
    return line


def _busy(zh: str, en: str) -> UnavailableRefusal:
    return UnavailableRefusal(
        f"{zh}内出具的凭证过多，请稍后再试。",
        f"Too many vouchers in {en}: try again later.",
        code="busy",
    )


def _intact(kept: KeptVoucher, file: bytes) -> Voucher:
    voucher, note = parse_voucher(file)
    if sha256(note.text.encode()).digest() != kept.digest:
        raise UnavailableRefusal(
            "本节点所存的凭证与其摘要不符，暂不提供；请联系运营者核对。",
            "What this node stores is not the voucher it issued; its operator must look.",
            code="body-differs",
        )
    return voucher
