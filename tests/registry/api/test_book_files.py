"""The schemas of a rulebook's files: the book that ships passes them, another file does not."""

import jsonschema
import pytest

from registry.api.book_files import FILES
from registry.rules.load import validate
from registry.rules.reader import read
from registry.rules.terms import Term
from tests.registry.rules.books import text


@pytest.mark.parametrize("name", ["instruments", "measures", "rules", "cases", "catalogues"])
async def test_the_schema_of_each_file_is_served_and_the_book_passes_it(served, name):
    told = (await served.http.get("/api/v1/rulebook/files")).json()
    assert told["files"] == [
        *("instruments", "measures", "rules", "cases", "catalogues"),
        "adoption",
    ]
    schema = (await served.http.get(f"/api/v1/rulebook/files/{name}")).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    source, defects = read(f"{name}.yaml", text(name))
    assert source is not None
    assert defects == []
    jsonschema.validate(source.data, schema)
    another = FILES["rules" if name != "rules" else "cases"]
    assert issubclass(another, Term)
    assert validate(source, another)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**source.data, "spare": 1}, schema)  # type: ignore[dict-item]


async def test_an_adoption_has_a_schema_and_an_unknown_file_none(served):
    schema = (await served.http.get("/api/v1/rulebook/files/adoption")).json()
    source, _ = read("cases.yaml", text("cases"))
    assert source is not None
    assert isinstance(source.data, dict)
    for line in source.data["adoptions"]:  # type: ignore[union-attr]
        jsonschema.validate(line, schema)
    absent = await served.http.get("/api/v1/rulebook/files/nothing")
    assert (absent.status_code, absent.json()["code"]) == (404, "unknown-file")
