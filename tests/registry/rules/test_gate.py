"""The legality gate refuses each unlawful draft for its own reason, in its place, and no other."""

import re

import pytest

from registry.rules.defects import RuleBookError
from registry.rules.findings import GATE
from registry.rules.load import load_book
from tests.registry.rules.books import book, files
from tests.registry.rules.drafts import DRAFTS

SHAPES = {"unreachable", "overlap-policy", "overlap-reward", "suspension-cycle", "duplicate-item"}


def test_the_book_as_it_stands_is_lawful():
    assert len(book().rules) >= 4
    assert len(book().catalogues) >= 1


@pytest.mark.parametrize("name", DRAFTS)
def test_an_unlawful_draft_is_refused_for_its_own_reason(name):
    draft = DRAFTS[name]
    contents = files(**draft.change)
    with pytest.raises(RuleBookError) as caught:
        load_book(contents)
    found = caught.value.defects
    assert {defect.code for defect in found} == {draft.code}, found
    assert {defect.file for defect in found} == {f"{draft.file}.yaml"}
    marker, _, offset = draft.at.partition("|")
    content = contents[f"{draft.file}.yaml"]
    assert marker in content
    first = content.index(marker) + len(marker) - len(marker.lstrip())
    line = content[:first].count("\n") + 1 + int(offset or 0)
    named = [defect for defect in found if defect.line == line]
    assert named, (line, found)
    for defect in found:
        assert defect.expected
        assert re.search("[一-鿿]", defect.zh)
        assert re.search("[a-z]{3}", defect.en)
    assert all(draft.rule in defect.zh and draft.rule in defect.en for defect in named)
    if draft.code not in SHAPES:
        law = GATE.law[GATE.refused[draft.code].law]
        assert all(law.zh in defect.zh and law.en in defect.en for defect in named)


def test_there_is_a_draft_for_every_refusal_and_enough_of_them():
    refused = {draft.code for draft in DRAFTS.values()}
    assert len(DRAFTS) >= 30
    assert GATE.refused.keys() <= refused
    assert refused >= SHAPES
