"""The schemas of the record types: what admission reads passes them, what it refuses does not."""

from functools import cache

import jsonschema
import pytest

from registry.domain.records import KINDS
from registry.domain.records.reference import inner_of, members_of, schema_of
from tests.registry.ingest.samples import SAMPLES, main


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    """The schema of a type, which is itself looked at once, not for each record."""
    schema = schema_of(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_record_passes_its_schema_and_no_other(kind):
    validator(kind).validate(main(kind))
    assert not validator(kind).is_valid(main("repair" if kind != "repair" else "permit"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_schema_demands_is_what_the_reference_says(kind):
    required = {member.name for member in members_of(kind) if member.required} - {"type"}
    for name in required:
        broken = {key: value for key, value in SAMPLES[kind].items() if key != name}
        assert not validator(kind).is_valid(broken), name
    assert not validator(kind).is_valid({**SAMPLES[kind], "spare": 1})


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_inside_objects_is_in_the_reference_too(kind):
    """By path, each with its label; what every record has is told once, by its own member."""
    told = {one.name for member in members_of(kind) for one in inner_of(kind, member.name)}
    assert not [name for name in told if name.startswith(("subject", "authority", "scope"))]
    assert all(one in told for one in INSIDE.get(kind, ()))


INSIDE = {
    "standard_comparison": ("rows[].indicator", "rows[].a.value", "rows[].b.unit"),
    "laboratory_scope": ("items[].method",),
    "standard": ("replaces[].extent", "adopts[].degree"),
    "recognition_change": ("target.entry",),
    "relation": ("others[].subject.uscc",),
}


async def test_the_types_are_served(served):
    told = (await served.http.get("/api/v1/types")).json()
    assert [one["name"] for one in told["types"]] == list(KINDS)
    stay = await served.http.get("/api/v1/types/stay")
    assert stay.json()["$defs"]["Stay"]["properties"]["ground"]["title"] == "停止执行的情形"
    absent = await served.http.get("/api/v1/types/nothing")
    assert (absent.status_code, absent.json()["code"]) == (404, "unknown-type")
