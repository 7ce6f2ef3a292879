"""The schemas of the record types: what admission reads passes them, what it refuses does not."""

import jsonschema
import pytest

from registry.domain.records import KINDS
from registry.domain.records.reference import inner_of, members_of, schema_of
from tests.registry.ingest.samples import SAMPLES, main


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_record_passes_its_schema_and_no_other(kind):
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))
    jsonschema.validate(main(kind), schema_of(kind))
    another = "repair" if kind != "repair" else "permit"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(main(another), schema_of(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_schema_demands_is_what_the_reference_says(kind):
    required = {member.name for member in members_of(kind) if member.required} - {"type"}
    for name in required:
        broken = {key: value for key, value in SAMPLES[kind].items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema_of(kind))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**SAMPLES[kind], "spare": 1}, schema_of(kind))


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
