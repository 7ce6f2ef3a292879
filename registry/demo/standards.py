"""What the region's members state about standards, as data (``standards.yaml``)."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

import msgspec
from ruamel.yaml import YAML

from registry.demo.enterprises import Enterprise
from registry.demo.organs import organ
from registry.demo.statements import Fields, Writer, subject

ASKED: Final = ("DB34/T 9001-2025", "320100", "tender")
"""The standard of one province whose use in a city of the other is shown."""


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of one member; ``name`` is what later ones name it by."""

    member: str
    fields: Fields
    name: str = ""


def tell_standards(writers: Mapping[str, Writer], firms: Sequence[Enterprise]) -> None:
    """Write all of it, each by the market regulation of its member; firms go by their names."""
    text = files("registry.demo").joinpath("standards.yaml").read_text("utf-8")
    named: dict[str, Fields] = {f"${{{firm.name}}}": subject(firm) for firm in firms}
    for told in msgspec.convert(YAML(typ="safe", pure=True).load(text), list[_Told]):
        writer = writers[told.member]
        office = organ("market", writer.member)
        fields = {key: _filled(value, named) for key, value in told.fields.items()}
        whose = {"kind": "organisation", "name": office["name"], "uscc": office["uscc"]}
        shared: Fields = {"subject": whose, "authority": office}
        statement = writer.write({**shared, "severity": {"class": "unclassified"}, **fields})
        if told.name:
            named["${" + told.name + "}"] = writer.target(statement)


def _filled(value: object, named: Mapping[str, Fields]) -> object:
    return named.get(value, value) if isinstance(value, str) else value
