"""``registry rules``: a draft before the gate, a yearly list read in, and what it takes away."""

import json
from pathlib import Path

import pytest

from registry.cli.main import run
from registry.rules.load import load_book
from tests.registry.rules.books import book, files
from tests.registry.rules.test_catalogue import HEADER, ROW, csv_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the book that ships."""
    place = tmp_path / "book"
    place.mkdir()
    for name, content in files().items():
        (place / name).write_text(content, "utf-8")
    return place


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Return the list of the book as CSV."""
    path = tmp_path / "new.csv"
    path.write_text(csv_of(book().catalogues[0].items), "utf-8")
    return path


def test_a_lawful_draft_passes(folder, capsys):
    assert run(["rules", "check", str(folder)]) == 0
    told = capsys.readouterr().out
    assert f"{len(book().rules)}条规则，未发现问题" in told
    assert "nothing wrong" in told
    assert run(["rules", "check", "--json", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_an_unlawful_draft_is_refused_with_file_line_rule_and_law(folder, capsys):
    path = folder / "rules.yaml"
    path.write_text(
        path.read_text("utf-8").replace("public_comment_days: 30", "public_comment_days: 3", 1),
        "utf-8",
    )
    line = next(
        n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "days: 3}" in text
    )
    assert run(["rules", "check", str(folder)]) == 1
    told = capsys.readouterr().out
    assert told.startswith(
        f"rules.yaml:{line} /rules/0/review/public_comment_days [short-public-comment]"
    )
    assert "规则R02（2026-1）" in told
    assert "《国务院办公厅" in told
    assert ">= 30" in told
    assert run(["rules", "check", "--json", str(folder)]) == 1
    (defect,) = json.loads(capsys.readouterr().out)["defects"]
    assert (defect["file"], defect["line"], defect["code"]) == (
        "rules.yaml",
        line,
        "short-public-comment",
    )


def test_too_large_a_file_is_refused_unread(folder, capsys):
    (folder / "rules.yaml").write_bytes(b"#" * (5 * 1024 * 1024))
    assert run(["rules", "check", str(folder)]) == 1
    assert "[too-large]" in capsys.readouterr().out


def test_a_list_becomes_an_entry_of_the_catalogues(tmp_path, listed, capsys):
    target = tmp_path / "catalogues.yaml"
    asked = ["rules", "import-list", str(listed), "--edition", "2025", "--from", "2025-03-01"]
    asked += ["--instrument", "national-list-2024", "-o", str(target)]
    assert run(asked) == 0
    assert "14项措施" in capsys.readouterr().out
    loaded = load_book({**files(), "catalogues.yaml": target.read_text("utf-8")})
    (one,) = loaded.catalogues
    assert (one.edition, one.read, str(one.effective.start)) == (
        "2025",
        "unconfirmed",
        "2025-03-01",
    )
    assert one.items == book().catalogues[0].items
    assert run(asked) == 1  # what is there is never written over
    assert "file-exists" in capsys.readouterr().err
    assert run([*asked, "--scope", "Anhui"]) == 2
    assert "选项不正确" in capsys.readouterr().err


def test_a_list_with_a_row_that_is_wrong_is_not_written(tmp_path, capsys):
    path, target = tmp_path / "bad.csv", tmp_path / "out.yaml"
    path.write_text(HEADER + ROW + ROW.replace(",B,", ",D,"), "gb18030")
    asked = ["rules", "import-list", str(path), "--edition", "2025", "--from", "2025-03-01"]
    assert run([*asked, "--instrument", "x", "-o", str(target), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [(d["line"], d["path"], d["code"]) for d in told["defects"]] == [
        (3, "/类别", "row-family")
    ]
    assert not target.exists()


def test_the_same_list_takes_nothing_away(folder, listed, capsys):
    assert run(["rules", "diff", str(folder), str(listed)]) == 0
    assert "没有规则失去依据" in capsys.readouterr().out


def test_a_list_without_an_item_names_the_rules_that_lost_their_basis(
    folder, tmp_path, listed, capsys
):
    shorter = tmp_path / "shorter.csv"
    lines = listed.read_text("utf-8").splitlines(keepends=True)
    shorter.write_text(
        "".join(line for line in lines if "限制申请财政性资金项目" not in line), "utf-8"
    )
    assert run(["rules", "diff", str(folder), str(shorter)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "删除 / gone  限制申请财政性资金项目",
        "以下规则失去依据：  these rules lost their basis:",
        (
            "规则R02（2026-1）“限制申请财政性资金项目”（限制申请财政性资金项目）失去依据：新清单无此事项"
            " / rule R02 2026-1, m-funds has lost its basis: "
            "the new list does not have the item [item-gone]"
        ),
    ]
    # Compared with itself the list has not changed; what the book needs of it is still not there.
    assert run(["rules", "diff", str(folder), str(shorter), "--old", str(shorter), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["changes"] == []
    assert [(one["rule"], one["measure"]) for one in document["lost"]] == [("R02", "m-funds")]


def test_without_a_national_list_the_old_one_must_be_named(folder, listed, capsys):
    (folder / "catalogues.yaml").unlink()
    assert run(["rules", "diff", str(folder), str(listed)]) == 2
    assert "--old" in capsys.readouterr().err
    assert run(["rules", "diff", str(folder), str(listed), "--old", str(listed)]) == 0


def test_a_book_that_cannot_be_read_is_compared_with_nothing(folder, listed, capsys):
    (folder / "rules.yaml").write_text("rules: [", "utf-8")
    assert run(["rules", "diff", str(folder), str(listed)]) == 1
    assert "rules.yaml" in capsys.readouterr().out
