"""What a book that follows the schema may still get wrong: references, law, fairness, lists.

The checks stand by kind of defect in the modules beside this one; each yields findings, which
``check_book`` turns into defects with file and line. Those that run the engine come last, on a
book that is otherwise right.
"""

from registry.rules import check_fair, check_law, check_lists, check_meet, check_shape
from registry.rules.check_fields import check_fields, check_principles, check_quoted
from registry.rules.defects import Defect, Path, pointer
from registry.rules.findings import RULES, Finding
from registry.rules.language import Book
from registry.rules.reader import line_of

_OF_BOOKS = (*check_shape.OF_BOOKS, *check_lists.OF_BOOKS, *check_meet.OF_BOOKS)
_OF_RULES = (
    *check_shape.OF_RULES,
    *check_law.OF_RULES,
    *check_fair.OF_RULES,
    *check_lists.OF_RULES,
)


def check_book(book: Book) -> list[Defect]:
    """Return every defect of a book, in no particular order."""
    findings = [Finding(*found) for found in (*check_quoted(book), *check_principles(book))]
    for whole in _OF_BOOKS:
        findings += whole(book)
    for index, rule in enumerate(book.rules):
        path: Path = ("rules", index)
        for check in _OF_RULES:
            findings += check(book, rule, path)
        findings += (Finding(*found) for found in check_fields(book, rule, path))
    if not findings:
        findings += check_fair.unequal(book)
    return [_defect(book, finding) for finding in dict.fromkeys(findings)]


def check_successor(old: Book, new: Book) -> list[Defect]:
    """Return the editions whose text differs between two books: a published edition is fixed.

    Adoptions bind by rule and edition, so a changed text needs a new edition.
    """
    before = {(rule.key, rule.edition): rule for rule in old.rules}
    return [
        _defect(
            new,
            Finding(
                ("rules", index),
                "edition-changed",
                f"规则{rule.key}（{rule.edition}）已公布，文本不得变更",
                f"rule {rule.key} {rule.edition} is published, its text is fixed",
                "a new edition / 新版次",
                RULES,
            ),
        )
        for index, rule in enumerate(new.rules)
        if before.get((rule.key, rule.edition), rule) != rule
    ]


def _defect(book: Book, found: Finding) -> Defect:
    """Return a finding with the line it is about."""
    return Defect(
        found.file,
        line_of(book.lines.get(found.file, {}), found.path),
        pointer(found.path),
        found.code,
        found.zh,
        found.en,
        found.expected,
    )
