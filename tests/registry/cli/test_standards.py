"""``registry standards``: what a number is, a catalogue read in, editions given out."""

import csv
import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from registry.catalogues.records import Source, record_of
from registry.cli import standards_files
from registry.cli.main import run
from tests.registry.catalogues.test_catalogues import iso, table
from tests.registry.catalogues.test_sts import BARE, WHOLE

REGIONAL = (
    "    区域标准，与 DB3x/T 310012 各省文本为同一标准  "
    "one regional standard with the issues of the other provinces"
)


@pytest.fixture
def said(capsys):
    """Run a command; return its exit code, what it printed, and what it printed as errors."""

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run(["standards", *map(str, arguments)])
        return code, *capsys.readouterr()

    return command


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "iso.csv"
    rows = (
        iso("ISO 1:2015", "ISO 1:2008;ISO/AWI 1"),
        iso("ISO 1:2008", stage="95.99", published="2008-01"),
        ",,x",
    )
    path.write_text(table("iso", *rows), encoding="utf-8")
    return path


def imported(catalogue, *more):
    target = catalogue.with_name("records.jsonl")
    named = ("--format", "iso", "--source", "ISO 开放数据", "--checked-on", "2026-06-01")
    return ("import", catalogue, *named, "--out", target, *more), target


def test_numbers_are_told(said):
    code, told, _ = said(
        "number", "gbt19001-2016/ISO9001:2015", "DB32/T 310012", "GB 32100-2015 第1号修改单"
    )
    assert code == 0
    assert told.splitlines() == [
        "GB/T 19001-2016/ISO 9001:2015",
        "    国家标准，推荐性  national standard, voluntary",
        "DB32/T 310012",
        "    省级地方标准，推荐性  local standard of a province, voluntary",
        REGIONAL,
        "    未写年代号：指现行版本  undated: whichever edition is in force",
        "GB 32100-2015/XG1",
        "    国家标准，强制性  national standard, mandatory",
        "    是修改文件，不是版本  an amendment, not an edition",
    ]


def test_what_is_no_number_is_told_with_what_may_be_meant(said, tmp_path):
    known = tmp_path / "known.txt"
    known.write_text("GB/T 2260-2007\nGB/T 2260-2002\nJGJ 46-2005\n", encoding="utf-8")
    code, told, _ = said("number", "GB/T 226O-2O07", "GB 2260", "--known", known)
    assert code == 1
    assert "是否为：GB/T 2260-2007" in told
    assert "是否为 did you mean：GB/T 2260-2007、GB/T 2260-2002" in told
    assert "相近的标准号 near：GB/T 2260-2007、GB/T 2260-2002" in told


def test_numbers_as_json(said):
    code, told, _ = said("number", "--json", "DB3201／T 1234—2022", "建质 223 号")
    good, bad = json.loads(told)["numbers"]
    assert code == 1
    assert (good["number"], good["identity"]) == ("DB3201/T 1234-2022", "DB3201/T 1234")
    assert (good["kind"], good["territory"], good["year"]) == ("city", "320100", 2022)
    assert (bad["ok"], bad["code"]) == (False, "number-is-document")
    assert bad["zh"]
    assert bad["en"]


def test_a_catalogue_becomes_records(said, catalogue):
    problems = catalogue.with_name("problems.csv")
    arguments, target = imported(catalogue, "--problems", problems)
    code, told, _ = said(*arguments)
    assert code == 1
    assert "共 3 行：写出 2 行，未写出 1 行" in told
    assert "代替关系 2 条，其中 1 条在目录内" in told
    assert "目录外 not in it：ISO/AWI 1（1）" in told
    first, second = map(json.loads, target.read_text(encoding="utf-8").splitlines())
    assert first["replaces"] == [{"number": "ISO 1:2008", "extent": "whole"}]
    assert first["provenance"] == {
        "kind": "relayed",
        "source": "ISO 开放数据",
        "checked_on": "2026-06-01",
    }
    assert second["state"] == "void"
    with problems.open(encoding="utf-8-sig", newline="") as opened:
        odd = list(csv.DictReader(opened))
    assert [(one["line"], one["column"], one["code"]) for one in odd] == [
        ("2", "obsoletes", "replaces-project"),
        ("4", "reference", "cells-count"),
    ]
    assert all(one["right_zh"] and one["right_en"] for one in odd)


def test_an_import_as_json_also_of_gzip(said, catalogue):
    packed = catalogue.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(catalogue.read_bytes()))
    arguments, target = imported(packed, "--json")
    code, told, _ = said(*arguments)
    document = json.loads(told)
    assert code == 1
    assert (document["rows"], document["good"]) == (3, 2)
    assert document["unresolved"] == {"ISO/AWI 1": 1}
    assert document["problems"][0]["code"] == "replaces-project"
    assert len(target.read_text(encoding="utf-8").splitlines()) == 2


def test_an_import_on_today_without_problems(said, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(table("iso", iso("ISO 1:2015")), encoding="utf-8")
    target = tmp_path / "out.jsonl"
    code, _, _ = said("import", path, "--format", "iso", "--source", "s", "--out", target)
    assert code == 0
    assert json.loads(target.read_text())["provenance"]["checked_on"] >= "2026-01-01"


def test_files_that_are_none_are_refused_and_nothing_is_written(said, tmp_path, monkeypatch):
    path = tmp_path / "broken.gz"
    path.write_bytes(gzip.compress(b"reference\n" * 1000)[:-12])
    arguments, target = imported(path)
    code, _, errors = said(*arguments)
    assert (code, target.exists()) == (1, False)
    assert "broken-gzip" in errors
    path.write_text("reference\n")
    code, _, errors = said(*arguments)
    assert (code, target.exists()) == (1, False)
    assert "catalogue-columns" in errors
    monkeypatch.setattr(standards_files, "MAX_FILE", 5)
    code, _, errors = said(*arguments)
    assert (code, target.exists()) == (1, False)
    assert "catalogue-too-large" in errors


def test_editions_are_given_out_and_read_back(said, tmp_path):
    """Records -> CSV -> records, and records -> NISO STS -> records, say the same."""
    records = tmp_path / "records.jsonl"
    source = Source("来源", date(2026, 6, 1))
    mains = [record_of(WHOLE, source), {"type": "repair", "id": "1"}, record_of(BARE, source)]
    records.write_text("".join(f"{json.dumps(main)}\n" for main in mains), encoding="utf-8")
    assert said("export", records, "--format", "json", "--out", tmp_path / "e.json")[0] == 0
    lines = (tmp_path / "e.json").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [WHOLE, BARE]
    own = tmp_path / "e.csv"
    code, told, _ = said("export", records, "--format", "csv", "--out", own, "--json")
    assert (code, json.loads(told)["editions"]) == (0, 2)
    assert said("export", records, "--format", "sts", "--out", tmp_path / "sts")[0] == 0
    documents = sorted((tmp_path / "sts").iterdir())
    assert [path.name for path in documents] == ["GB_T_19001-2016.xml", "T_CAS_290.xml"]
    named = ("--source", "来源", "--checked-on", "2026-06-01", "--out", tmp_path / "back.jsonl")
    for name, files in (("registry", [own]), ("sts", documents)):
        back = ""
        for file in files:
            assert said("import", file, "--format", name, *named)[0] == 0
            back += (tmp_path / "back.jsonl").read_text(encoding="utf-8")
        assert [json.loads(line) for line in back.splitlines()] == [mains[0], mains[2]]


def test_a_hostile_document_is_refused_and_nothing_is_written(said, tmp_path):
    path = tmp_path / "x.xml"
    path.write_text("<!DOCTYPE s [<!ENTITY a 'x'>]><standard>&a;</standard>")
    target = tmp_path / "back.jsonl"
    code, _, errors = said("import", path, "--format", "sts", "--source", "s", "--out", target)
    assert (code, target.exists()) == (1, False)
    assert "xml-dtd" in errors


@pytest.mark.parametrize(
    ("line", "said_so"), [("{", "第 1 行"), ('{"type": "standard", "number": 7}', "第 1 行")]
)
def test_what_is_no_record_is_named_and_nothing_is_written(said, tmp_path, line, said_so):
    records = tmp_path / "records.jsonl"
    records.write_text(line + "\n")
    code, _, errors = said("export", records, "--format", "csv", "--out", tmp_path / "e.csv")
    assert (code, (tmp_path / "e.csv").exists()) == (1, False)
    assert "record-unread" in errors
    assert said_so in errors


def test_several_records_of_one_edition_are_several_documents(said, tmp_path):
    records = tmp_path / "records.jsonl"
    mains = [record_of(BARE, Source(name, date(2026, 6, 1))) for name in ("甲目录", "乙目录")]
    records.write_text("".join(f"{json.dumps(main)}\n" for main in mains), encoding="utf-8")
    assert said("export", records, "--format", "sts", "--out", tmp_path / "sts")[0] == 0
    names = {path.name for path in (tmp_path / "sts").iterdir()}
    assert names == {"T_CAS_290.xml", "T_CAS_290-2.xml"}
