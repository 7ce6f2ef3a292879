"""What is withheld from the public cannot be guessed from what is shown."""

from hashlib import sha256

import msgspec

from registry.api.render import record_out
from registry.query.show import PERSONS_WITHHELD
from tests.registry.query.scene import PUBLIC, REGULATOR, TODAY, WUHU, listing, penalty, sid, uscc


async def test_without_the_salt_a_guessed_name_cannot_be_tried_against_the_entry(scene):
    placed = await scene.one(WUHU, listing(named_persons=[{"name": "示例乙", "role": "负责人"}]))
    detail = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    (in_file,) = (await scene.reader.subject_file(sid(uscc(1)), PUBLIC, TODAY)).records
    for view in (detail.view, in_file):
        shown = record_out(view)
        assert PERSONS_WITHHELD in shown.flags
        assert {"salt", "named_persons"}.isdisjoint(msgspec.json.decode(shown.record))
    whole = record_out((await scene.reader.record(WUHU, placed.idx, REGULATOR, TODAY)).view)
    assert sha256(whole.record).digest() == placed.entry[:32]


async def test_a_record_without_persons_is_shown_with_its_salt(scene):
    placed = await scene.one(WUHU, penalty())
    shown = record_out((await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)).view)
    assert len(msgspec.json.decode(shown.record)["salt"]) == 32
