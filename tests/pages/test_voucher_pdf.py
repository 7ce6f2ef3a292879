"""Vouchers on paper: what can be read out of the PDF again, its fonts, its bounds."""

import asyncio
import re
import shutil
import subprocess
import threading
from pathlib import Path

import msgspec
import pytest

from registry.errors import UnavailableRefusal
from registry.pages import fonts, sheet_pdf, voucher_pdf
from registry.pages.fonts import Font, find_fonts
from registry.pages.voucher_lines import nothing_found, voucher_lines
from registry.pages.voucher_pdf import WAITING_MAX, Paper, make_pdf
from signing.voucher import seal_voucher, voucher_in
from tests.conftest import absent
from tests.signing import given

DIGEST = "0123456789abcdef" * 4
SAID = given.voucher(
    statement={
        "zh": "本凭证不说明此后任何时刻的情况。",
        "en": "It does not speak of any later moment.",
    }
)
FILE = seal_voucher(SAID, given.MIRROR)


@pytest.fixture(scope="module")
def here() -> tuple[Font, ...]:
    found = find_fonts(None)
    if not found:
        absent("no Chinese font on this machine (make font, or Debian's fonts-noto-cjk)")
    return found


def tool(name: str, *arguments: str | Path) -> str:
    """Run one of poppler's tools on a PDF; it reads what others wrote, as a reader would."""
    if shutil.which(name) is None:
        absent(f"no {name} on this machine (Debian package: poppler-utils)")
    done = subprocess.run([name, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def text_of(pdf: bytes, folder: Path) -> str:
    """The words of a PDF, without the spaces and line ends that its layout puts in."""
    (folder / "v.pdf").write_bytes(pdf)
    return re.sub(r"\s", "", tool("pdftotext", "-raw", folder / "v.pdf", "-"))


def test_all_that_must_stand_on_a_voucher_can_be_read_out_of_it(here, tmp_path):
    text = text_of(make_pdf(here, FILE, SAID, DIGEST), tmp_path)
    for expected in (
        "示范都市圈公共信用信息查询凭证",
        "凭证编号0123-4567-89AB-CDEF",
        "查询单位镇江市示范招标代理有限公司",
        "查询用途示范项目（二标段）投标人资格审查",
        "出具时刻2026年5月29日04:26",
        DIGEST,
        "芜湖市示范船舶有限公司（统一社会信用代码91340200MA2TEST00X）",
        "办理地区镇江市",
        "办理事项招标投标",
        "适用日期2026年5月29日",
        "〔2026〕1号罚款",
        "限制参加依法必须进行招标的项目的投标：法定限制（承办机关应当执行）",
        "示范句子。",
        "滁州市尚未采纳规则R02。",
        "不是行政决定。",
        "芜湖市（2026年5月28日10:00）、滁州市（尚未报送）",
        "滁州市地区暂未应答，结果不完整。",
        "裁判文书",
        "本凭证不说明此后任何时刻的情况。",
        "Itdoesnotspeakofanylatermoment.",
        SAID.known[0].root,
        SAID.book.digest,
        SAID.decision,
    ):
        assert expected in text, expected
    assert "未查询到公开的失信信息" not in text
    assert "U+" not in text


def test_every_page_has_code_digest_and_number(here, tmp_path):
    many = tuple(
        msgspec.structs.replace(SAID.records[0], idx=idx, headline=f"〔2026〕{idx}号")
        for idx in range(80)
    )
    said = msgspec.structs.replace(SAID, records=many, records_total=90)
    (tmp_path / "v.pdf").write_bytes(make_pdf(here, FILE, said, DIGEST))
    pages = tool("pdftotext", "-raw", tmp_path / "v.pdf", "-").split("\f")[:-1]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert page.count("0123-4567-89AB-CDEF") >= 1
        assert f"SHA-256 {DIGEST}" in page
        assert f"{number} / {len(pages)}" in page
    whole = re.sub(r"\s", "", "".join(pages))
    assert "共90条，以下列出最近的80条。" in whole
    assert all(f"〔2026〕{idx}号" in whole for idx in range(80))


def test_every_font_is_embedded_in_part_and_its_text_can_be_copied(here, tmp_path):
    (tmp_path / "v.pdf").write_bytes(make_pdf(here, FILE, SAID, DIGEST))
    rows = tool("pdffonts", tmp_path / "v.pdf").splitlines()[2:]
    assert rows
    for row in rows:
        assert re.search(r"\byes yes yes\b", row), row
    assert (tmp_path / "v.pdf").stat().st_size < 400_000


@pytest.mark.parametrize("place", [name for name in fonts.PLACES if Path(name).is_file()])
def test_with_each_font_of_this_machine_nothing_is_lost(place, tmp_path, capfd):
    chosen = find_fonts(Path(place))
    text = text_of(make_pdf(chosen, FILE, SAID, DIGEST), tmp_path)
    for expected in ("0123-4567-89AB-CDEF", DIGEST, "统一社会信用代码91340200MA2TEST00X"):
        assert expected in text, expected
    assert re.search(r"[12]/[12]SHA-256", text)
    assert "missing" not in capfd.readouterr().err
    rows = tool("pdffonts", tmp_path / "v.pdf").splitlines()[2:]
    assert all("yes yes yes" in row for row in rows)


def test_equal_vouchers_give_equal_bytes_and_carry_the_signed_file(here):
    pdf = make_pdf(here, FILE, SAID, DIGEST)
    assert make_pdf(here, FILE, SAID, DIGEST) == pdf
    assert voucher_in(pdf) == FILE
    other = msgspec.structs.replace(SAID, purpose="别的用途")
    assert make_pdf(here, FILE, other, DIGEST) != pdf


def test_a_character_that_no_font_has_stands_as_its_number(here, tmp_path, capfd):
    said = msgspec.structs.replace(
        SAID, asked_by="𪚥\U0010fffd公司\ue123", purpose="**粗** <b>x</b> `y`"
    )
    text = text_of(make_pdf(here, FILE, said, DIGEST), tmp_path)
    assert "〔U+10FFFD〕公司" in text
    assert "字库未收录的字以其统一码编号表示" in text
    assert "**粗**<b>x</b>`y`" in text
    assert "missing" not in capfd.readouterr().err


def test_where_nothing_untrustworthy_was_found_it_says_so_and_no_more(here, tmp_path):
    said = msgspec.structs.replace(SAID, records=(), records_total=0, measures=(), not_applied=())
    text = text_of(make_pdf(here, FILE, said, DIGEST), tmp_path)
    assert "截至2026年5月29日04:26，在覆盖范围内未查询到公开的失信信息。" in text
    assert "依已采纳的规则，未见适用的措施。" in text
    assert "信用良好" not in text
    bare = msgspec.structs.replace(said, book=None, says=("没有可用的规则汇编",))
    text = text_of(make_pdf(here, FILE, bare, DIGEST), tmp_path)
    assert "未见适用的措施" not in text
    assert "没有可用的规则汇编。" in text
    assert nothing_found("en", said).endswith("within the coverage.")


def test_the_longest_words_a_record_may_hold_are_all_there(here, tmp_path):
    long = "".join(chr(0x4E00 + at) for at in range(2_000))
    record = msgspec.structs.replace(SAID.records[0], headline=long[:300], authority=long[:200])
    question = msgspec.structs.replace(SAID.question, name=long)
    said = msgspec.structs.replace(
        SAID, records=(record,) * 3, question=question, asked_by="A" * 80, purpose="W" * 200
    )
    text = text_of(make_pdf(here, FILE, said, DIGEST), tmp_path)
    whole = re.sub(
        r"示范都市圈公共信用信息查询凭证|凭证编号|0123-4567-89AB-CDEF|SHA-256|[0-9a-f/]", "", text
    )
    assert long in whole


def test_the_qr_code_leads_to_the_check_of_this_voucher(here):
    """Drawn as squares: as many dark ones as the code of the address has."""
    drawn: list[tuple[float, float]] = []
    sheet = voucher_pdf._Sheet(here, voucher_lines("zh", SAID, DIGEST), SAID)
    rect = sheet.rect

    def note(x: float, y: float, *rest: object, **more: object) -> None:
        drawn.append((x, y))
        rect(x, y, *rest, **more)

    sheet.rect = note
    sheet.code_square(SAID.check_url, 10, 20, 34)
    dark = [
        (column, row)
        for row, cells in enumerate(
            sheet_pdf.segno.make(SAID.check_url, error="m", micro=False).matrix_iter(border=2)
        )
        for column, cell in enumerate(cells)
        if cell
    ]
    assert len(drawn) == len(dark) > 100
    assert min(x for x, _ in drawn) > 10
    assert max(y for _, y in drawn) < 54
    sheet.output()  # it leaves no font's file open


def test_without_a_font_the_answer_says_what_the_operator_can_do(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 no font")
    (tmp_path / "empty.otf").write_bytes(b"")
    for setting in (
        tmp_path / "none.ttf",
        tmp_path / "broken.ttf",
        tmp_path / "empty.otf",
        tmp_path,
    ):
        assert find_fonts(setting) == ()
    assert find_fonts(None, ()) == ()
    with pytest.raises(UnavailableRefusal) as refused:
        asyncio.run(Paper(()).pdf(FILE, SAID, DIGEST))
    assert refused.value.detail_code == "no-font"
    assert "网页和 JSON 文件不受影响" in refused.value.zh
    assert "`font`" in refused.value.en


def test_a_font_without_chinese_is_passed_over_and_latin_letters_find_one(monkeypatch, here):
    latin = next((name for name in fonts.LATIN if Path(name).is_file()), None)
    if latin is None:
        absent("no Latin font on this machine (Debian package: fonts-dejavu-core)")
    found = find_fonts(None, (latin, str(here[0].path)))
    assert [font.path for font in found] == [here[0].path, Path(latin)]
    monkeypatch.setattr(fonts, "LATIN", ())
    assert [font.path for font in find_fonts(here[0].path)] == [here[0].path]
    assert not Font(Path("/no/such.ttf")).has("a")


async def test_papers_are_made_one_at_a_time_apart_from_the_event_loop(here, monkeypatch):
    threads: set[int] = set()
    at_once = [0, 0]

    def slow(*_given: object) -> bytes:
        threads.add(threading.get_ident())
        at_once[0] += 1
        at_once[1] = max(at_once)
        paused.wait(5)
        at_once[0] -= 1
        return b"pdf"

    paused = threading.Event()
    monkeypatch.setattr(voucher_pdf, "make_pdf", slow)
    paper = Paper(here)
    tasks = [asyncio.create_task(paper.pdf(FILE, SAID, DIGEST)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableRefusal) as refused:
        await paper.pdf(FILE, SAID, DIGEST)
    assert refused.value.detail_code == "busy"
    paused.set()
    assert await asyncio.gather(*tasks) == [b"pdf"] * WAITING_MAX
    assert at_once[1] == 1
    assert threading.get_ident() not in threads
