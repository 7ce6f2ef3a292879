"""A letter as it was given, as a page and as a PDF with the Chinese font in it."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.access.log import ANSWERED
from registry.access.reads import Reads
from registry.clock import SHANGHAI
from registry.objection_pages.common import READ, TO_SUBJECT, looking
from registry.objections.desk import Objections
from registry.objections.letters import FORMS, Letter, read_letter
from registry.objections.model import no_such
from registry.pages.desk_page import FrameDep
from registry.pages.fonts import Font
from registry.pages.frame import Frame, ReadsDep
from registry.pages.sheet_pdf import SOFT, Sheet
from registry.pages.texts import text
from registry.pages.voucher_pdf import Paper
from registry.pages.words import day
from registry.workbench_pages.common import ObjectionsDep

PaperDep = NamedDependency[SkipValidation[Paper]]


@get("/objections/{objection:str}/letter/{number:int}", include_in_schema=False)
async def letter_page(
    objection: FromPath[str],
    number: FromPath[int],
    frame: FrameDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
) -> Response[str]:
    """The letter: the Chinese text is the letter, the English one for information."""
    letter = await _found(frame, reads, objections, (objection, number))
    return frame.page(
        "objection_letter.html",
        letter=letter,
        on=day("zh", letter.on),
        back=frame.url(f"/objections/{objection}"),
        pdf=frame.url(f"/objections/{objection}/letter/{number}/pdf"),
        bases=[(basis.said, FORMS.read[basis.read]) for basis in letter.bases],
    )


@get("/objections/{objection:str}/letter/{number:int}/pdf", include_in_schema=False)
async def letter_pdf(
    objection: FromPath[str],
    number: FromPath[int],
    frame: FrameDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
    paper: PaperDep,
) -> Response[bytes]:
    """The letter on paper."""
    letter = await _found(frame, reads, objections, (objection, number))
    body = await paper.made(lambda fonts: make_pdf(fonts, letter))
    headers = {"Content-Disposition": f'inline; filename="letter-{number}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


async def _found(
    frame: Frame, reads: Reads, objections: Objections, which: tuple[str, int]
) -> Letter:
    """Return a letter; raises NotFoundRefusal, also for one that is not for whoever asks."""
    seen = await looking(frame, reads, objections, which[0])
    kept = next((one for one in seen.around.letters if one.number == which[1]), None)
    mine = kept is not None and (seen.staff is not None or kept.kind in TO_SUBJECT)
    letter = read_letter(kept) if kept is not None and mine else None
    if letter is None:
        raise no_such()
    await reads.write(READ, ANSWERED, subject=seen.around.one.subject, place=which[0])
    return letter


def make_pdf(fonts: Sequence[Font], letter: Letter) -> bytes:
    """Return the bytes of the PDF; the same for the same letter and fonts."""
    at = datetime.combine(letter.on, time(), SHANGHAI).astimezone(UTC)
    foot = f"{letter.number}\n{letter.organ}"
    sheet = Sheet(fonts, letter.title[0], at, letter.number, foot)
    sheet.heading()
    sheet.words(letter.number, 10, SOFT)
    sheet.ln(3)
    sheet.words(f"{letter.to[0]}：", 12)
    for paragraph in letter.paragraphs:
        sheet.ln(1.5)
        sheet.words(f"　　{paragraph[0]}", 12)
    sheet.ln(6)
    for line in (letter.organ, day("zh", letter.on)):
        sheet.words(line, 12)
    sheet.section(text("zh", "objections.bases"))
    for basis in letter.bases:
        sheet.words(f"{basis.said[0]}（{FORMS.read[basis.read][0]}）", 9, SOFT)
    sheet.section(letter.title[1])
    for line in (f"{letter.to[1]}:", *(paragraph[1] for paragraph in letter.paragraphs)):
        sheet.words(line, 9, SOFT)
    sheet.words(text("zh", "objections.information"), 8, SOFT)
    if sheet.lacking:
        sheet.words(text("zh", "voucher.glyphs"), 8, SOFT)
    return bytes(sheet.output())
