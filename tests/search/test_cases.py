"""What is typed and what is found: cases to be read by those who know names, run one by one."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from search.documents import Document
from search.query import Query
from tests.search.memory import MemoryEngine

CASES = YAML(typ="safe").load(Path(__file__).with_name("finding.yaml"))
CODE = "91320104MA1A00001X"


@pytest.fixture(scope="module")
def stored() -> list[Document]:
    return [
        Document(
            id=f"{number:032x}", kind="enterprise", name=one["name"], version=1,
            former_names=tuple(one["former"]), codes=() if number else (CODE,),
        )
        for number, one in enumerate(CASES["names"])
    ]  # fmt: skip


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["typed"])
async def test_what_is_typed_is_read_found_and_judged_so(stored, case):
    engine = MemoryEngine()
    await engine.upsert(stored)
    answer = await engine.search(Query(text=case["typed"]))
    hit = answer.hits[0] if answer.hits else None
    found = "" if hit is None else stored[int(hit.id, 16)].name
    why = () if hit is None else hit.reasons
    assert (answer.read_as, found, list(why), answer.sure) == (
        case["read_as"], case["found"], case["why"], case["sure"],
    )  # fmt: skip
