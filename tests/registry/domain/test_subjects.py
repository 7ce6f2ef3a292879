"""One identity per subject, and never by name alone."""

from hashlib import sha256

from msgspec import UNSET

from registry.domain.records import Restricted, Subject
from registry.domain.records.base import PersonDocument
from registry.domain.subjects import document_key, identity, stated_codes, subject_id, usable_uscc

SALT = "0" * 32


def subject(kind="organisation", **members):
    return Subject(kind=kind, name="芜湖示例建设有限公司", **members)


def person(number, kind="身份证"):
    document = PersonDocument(name="张三", type=kind, number=number)
    return Restricted(salt=SALT, subject_document=document)


def test_unified_code_comes_first():
    found = identity(
        subject(uscc="91340200MA00000231", registration_no="320000000021080"), "a/b", "1"
    )
    assert found.scheme == "uscc"
    assert found.identifier == "91340200MA00000231"
    assert found.subject_id == sha256(b"uscc:91340200MA00000231").digest()[:16]
    assert (found.orgcode, found.also) == ("MA0000023", (("regno", "320000000021080"),))


def test_typed_spellings_meet():
    plain = identity(subject(uscc="91340200MA00000231"), "a/b", "1")
    typed = identity(subject(uscc=" 91340200ma0000023-1"), "c/d", "2")
    assert plain.subject_id == typed.subject_id


def test_a_wrong_check_digit_still_identifies():
    assert usable_uscc("91340200MA00000232") == "91340200MA00000232"
    assert usable_uscc("91340200MA000002") is None
    assert usable_uscc(UNSET) is None


def test_ladder_of_older_codes():
    regno = identity(subject(registration_no="3200002108019"), "a/b", "1")
    assert (regno.scheme, regno.identifier, regno.also) == ("regno", "3200002108019", ())
    orgcode = identity(subject(organisation_code="MA1B3N1N-2"), "a/b", "1")
    assert (orgcode.scheme, orgcode.identifier) == ("orgcode", "MA1B3N1N2")
    placeholder = identity(
        subject(uscc="无", registration_no="/", organisation_code="不详"), "a/b", "1"
    )
    assert placeholder.scheme == "record"


def test_a_contradicting_organisation_code_ties_nothing():
    codes = stated_codes(subject(uscc="91340200MA00000231", organisation_code="71526726X"))
    assert codes == (("uscc", "91340200MA00000231"), ("orgcode", "MA0000023"))


def test_equal_names_are_not_equal_subjects():
    first, second = (identity(subject(), "a/b", record_id) for record_id in "12")
    assert first.scheme == second.scheme == "record"
    assert first.identifier == "a/b/1"
    assert first.subject_id != second.subject_id


def test_persons_by_document_across_old_and_new_numbers():
    natural = subject("natural_person")
    new = identity(natural, "a/b", "1", person("11010519491231002X"))
    old = identity(natural, "c/d", "2", person("110105491231002", "居民身份证"))
    assert new.scheme == "person"
    assert new.subject_id == old.subject_id == subject_id("person", "resident:11010519491231002X")
    passport = identity(natural, "a/b", "3", person("e12345678", "护照"))
    assert passport.identifier == "护照:E12345678"


def test_persons_without_a_whole_document_stand_alone():
    natural = subject("natural_person", uscc="91340200MA00000231")
    assert identity(natural, "a/b", "1").scheme == "record"
    assert identity(natural, "a/b", "1", Restricted(salt=SALT)).scheme == "record"
    assert identity(natural, "a/b", "1", person("1101051949****002X")).scheme == "record"
    masked = PersonDocument(name="张三", type="身份证", number="***")
    assert document_key(masked) is None


def test_traders_by_code_then_by_document():
    coded = identity(subject("sole_trader", uscc="92340500MA23405745"), "a/b", "1", person("X1"))
    assert coded.scheme == "uscc"
    assert identity(subject("sole_trader"), "a/b", "1", person("X1")).scheme == "person"
    assert identity(subject("organisation"), "a/b", "1", person("X1")).scheme == "record"
