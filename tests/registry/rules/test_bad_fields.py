"""Fields that are at odds: one bad book each, the line named, and what would be right."""

from hashlib import sha256

import pytest

from registry.rules.check import check_book
from registry.rules.load import load_book
from tests.registry.rules.books import Patch, book, compiled, files, wages, whole_draft
from tests.registry.rules.books import answer as answered
from tests.registry.rules.books import ask as asking
from tests.registry.rules.test_bad_books import defects_of
from tests.registry.rules.test_fields import COUNT, FORMULA, GRADE, IMPOSED, PENALTIES, PER_MU

ONE_TERM = "    at_most: {length: P2Y, counting: cn-default, basis: mohrss-45#term}"
CASES: dict[str, tuple[tuple[tuple[str, str], ...], str, str, str, str]] = {
    "an unknown convention of a count": (
        (*PENALTIES, (COUNT, COUNT.replace("cn-default", "cn"))),
        *("dangling", "/rules/1/trigger/at_least/counting", "cn, cities", "cn-default"),
    ),
    "more cities than records": (
        (*PENALTIES, ("cities: 2", "cities: 3")),
        *("unreachable", "/rules/1/trigger/at_least/cities", "cities: 3", "<= 2"),
    ),
    "cities of one city": (
        (*PENALTIES, ("市场监督管理部门, where: anywhere_in_CN", "市场监督管理部门, where: here")),
        *("unreachable", "/rules/1/trigger/at_least/cities", "cities: 2", "1"),
    ),
    "kinds of a listing": (
        (("    list: wage-arrears\n", "    list: wage-arrears\n    kinds: [罚款]\n"),),
        *("penalty-only", "/rules/0/trigger/kinds", "kinds: [罚款]", "record: penalty"),
    ),
    "an imposed term without a maximum": (
        (*IMPOSED, ("    at_most:", "    if_no_listed_until:")),
        *("missing-term", "/rules/0/period/at_most", "period:", "length"),
    ),
    "an unknown convention of a maximum": (
        (*IMPOSED, (ONE_TERM, ONE_TERM.replace("cn-default", "cn"))),
        *("dangling", "/rules/0/period/at_most/counting", "counting: cn,", "cn-default"),
    ),
    "an unknown basis of a maximum": (
        (*IMPOSED, (ONE_TERM, ONE_TERM.replace("45#term", "45#terms"))),
        *("dangling", "/rules/0/period/at_most/basis", "45#terms", "mohrss-45#term"),
    ),
    "a kind twice": (
        (*IMPOSED, ("[其他-取消投标资格]", "[其他-取消投标资格, 其他-取消投标资格]")),
        *("unreachable", "/rules/0/trigger/kinds", "kinds:", "one of each"),
    ),
    "a field twice": (
        (*IMPOSED, ("[tendering, bidding]", "[bidding, bidding]")),
        *("unreachable", "/rules/0/trigger/listed_for", "listed_for:", "one of each"),
    ),
    "grades of a listing": (
        (("    list: wage-arrears\n", "    list: wage-arrears\n    grades: [A]\n"),),
        *("grades", "/rules/0/trigger/grades", "grades: [A]", "evaluation | per_mu"),
    ),
    "a per-mu grade without a formula": (
        (*PER_MU, (FORMULA, "")),
        *("evaluation", "/rules/0/evaluation", "key: R02", "scheme, formula, indicators"),
    ),
    "a formula of a listing": (
        (*PER_MU, (GRADE, "record: evaluation\n    grades: [D]\n")),
        *("evaluation", "/rules/0/evaluation", "evaluation:", "scheme, formula, indicators"),
    ),
    "a per-mu grade of any city": (
        (*PER_MU, ("where: here", "where: anywhere_in_CN")),
        *("grades", "/rules/0/trigger/stated_by/where", "anywhere_in_CN", "here"),
    ),
    "a grade the formula does not give": (
        (*PER_MU, ("grades: [D]", "grades: [D, E]")),
        *("unreachable", "/rules/0/trigger/grades", "grades: [D, E]", "A | D"),
    ),
    "weights that do not add up": (
        (*PER_MU, ("weight: 60", "weight: 50")),
        *("weights", "/rules/0/evaluation/indicators", "weight: 50", "100"),
    ),
    "a weight left out": (
        (*PER_MU, ("亩均税收, weight: 60", "亩均税收")),
        *("weights", "/rules/0/evaluation/indicators", "indicators:", "100"),
    ),
    "a formula without a basis that exists": (
        (*PER_MU, ("basis: mohrss-45#5", "basis: mohrss-45#6")),
        *("dangling", "/rules/0/evaluation/basis", "mohrss-45#6", "mohrss-45#5"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_book_whose_fields_are_at_odds_is_refused_by_line(name):
    patches, code, path, at, expected = CASES[name]
    contents = files(rules=patches)
    (found,) = defects_of(contents)
    assert (found.file, found.code, found.path) == ("rules.yaml", code, path)
    assert at in contents["rules.yaml"].splitlines()[found.line - 1]
    assert expected in found.expected


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        ("- key: R13\n", "- key: R12\n", "/principles/0/key", "duplicate-rule"),
        ("law: [ndrc-36#3]", "law: [ndrc-36#4]", "/principles/0/law/0", "dangling"),
        ("law: [ndrc-36#3]", "law: [ndrc-37#3]", "/principles/0/law/0", "dangling"),
    ],
)
def test_a_principle_has_a_key_of_its_own_and_law_of_the_register(old, new, path, code):
    (found,) = check_book(whole_draft(rules=((old, new),)))
    assert (found.path, found.code) == (path, code)
    assert found.expected


def test_a_count_needs_measures_that_end_with_repair():
    lasting = (
        (
            "matter: market_licence\n    organ: 市场监督管理部门\n    subjects: "
            "[organisation, natural_person]\n    ends_on_repair: "
        ),
    )
    patch: Patch = {
        "rules": PENALTIES,
        "measures": ((f"{lasting[0]}true", f"{lasting[0]}false"),),
    }
    (found,) = defects_of(files(**patch))
    assert (found.code, found.path) == ("counts-repaired", "/rules/1/measures/0/use")


def test_weights_may_all_be_left_out():
    patches = (("亩均税收, weight: 60", "亩均税收"), ("亩均销售, weight: 40", "亩均销售"))
    assert book(rules=(*PER_MU, *patches))


ARTICLE = "{gist: 五项管理措施，由市场监督管理部门实施, read: secondary}"
WORDS = "五项管理措施，由市场监督管理部门实施"
DIGEST = sha256(WORDS.encode()).hexdigest()


def test_the_digest_beside_an_article_is_that_of_its_words():
    stated = ARTICLE.replace("}", f", digest: {DIGEST}}}")
    assert load_book(files(instruments=((ARTICLE, stated),)))
    other = stated.replace("五项", "六项")
    (found,) = defects_of(files(instruments=((ARTICLE, other),)))
    assert (found.file, found.code) == ("instruments.yaml", "article-digest")
    assert found.path == "/instruments/samr-44/articles/measures/digest"
    assert found.expected == sha256(WORDS.replace("五项", "六项").encode()).hexdigest()


def test_a_basis_shows_its_digest_and_that_it_is_under_revision():
    (one,) = answered([wages()], asking()).measures
    assert one.basis.digest == sha256(one.basis.text.encode()).hexdigest()
    assert one.basis.under_revision == ""
    force = "in_force: {from: 2020-05-01}"
    draft = f"{force}\n    under_revision: {{since: 2026-05-01, note: 修订草案征求意见}}"
    changed = compiled(instruments=((force, draft),))
    (one,) = answered([wages()], asking(), changed).measures
    assert one.basis.under_revision == "修订草案征求意见"
