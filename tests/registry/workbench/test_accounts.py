"""Who works at the desk: accounts of an issuer and keys, in departments, and what they see."""

import pytest

from registry.access.asker import PUBLIC, Asker
from registry.access.roles import grant_of
from registry.domain.disclosure import Role
from registry.domain.grants import DEPARTMENT_MAX, OF_DEPARTMENT, Grant, grant_problem
from registry.errors import NotGrantedRefusal, UnauthorisedRefusal
from registry.settings import DeskSigner, OidcRole, Settings
from registry.store.workbench import KeptSubmission
from registry.workbench.model import AT_THE_DESK, Found, staff_of
from tests.registry.access.conftest import MEMBERS
from tests.registry.world import NOON

CITY = "340200"
LINES = (
    OidcRole(
        claim="groups",
        value="clerks",
        role="clerk",
        member_claim="city",
        department_claim="office",
    ),
    OidcRole(
        claim="groups",
        value="reviewers",
        role="reviewer",
        member=CITY,
        department="芜湖市市场监督管理局",
    ),
    OidcRole(claim="groups", value="seals", role="publisher", member=CITY),
)


@pytest.mark.parametrize(
    ("claims", "grant"),
    [
        (
            {"groups": ["clerks"], "city": CITY, "office": "某局"},
            Grant(Role.CLERK, CITY, department="某局"),
        ),
        (
            {"groups": ["clerks"], "city": CITY},
            Grant(Role.CLERK, CITY),
        ),
        (
            {"groups": ["clerks"], "city": CITY, "office": ["某局"]},
            Grant(Role.CLERK, CITY),
        ),
        (
            {"groups": "reviewers", "office": "另一局"},
            Grant(Role.REVIEWER, CITY, department="芜湖市市场监督管理局"),
        ),
        (
            {"groups": "seals", "office": "某局"},
            Grant(Role.PUBLISHER, CITY),
        ),
    ],
)
def test_a_token_names_its_department(claims, grant):
    assert grant_of(claims, LINES, MEMBERS, "oidc:x") == grant


@pytest.mark.parametrize("office", ["局" * (DEPARTMENT_MAX + 1), "一\n二", "\x7f"])
def test_a_department_is_a_line(office):
    with pytest.raises(NotGrantedRefusal) as refused:
        grant_of({"groups": ["clerks"], "city": CITY, "office": office}, LINES, MEMBERS, "oidc:x")
    assert refused.value.detail_code == "role-limits"
    assert "部门名称应为一行文字" in refused.value.zh


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
def test_only_who_prepares_and_reviews_has_a_department(role):
    grant = Grant(role, CITY, "0" * 32, (CITY,), party="91340200MA00000231", department="某局")
    wrong = grant_problem(grant, MEMBERS)
    allowed = grant_problem(Grant(Role.CLERK, CITY, department="某局"), MEMBERS)
    assert allowed is None
    assert wrong is not None or role in OF_DEPARTMENT


def submission(member: str, department: str) -> KeptSubmission:
    return KeptSubmission(
        id="0" * 32,
        member=member,
        department=department,
        file="a.csv",
        made_at=NOON,
        prepared_by="key:1",
        state="prepared",
        lines=1,
        done=1,
        failures=0,
        wrong_zh="",
        wrong_en="",
    )


@pytest.mark.parametrize(
    ("grant", "seen"),
    [
        (Grant(Role.CLERK, CITY, department="甲局"), {"甲局"}),
        (Grant(Role.CLERK, CITY), {""}),
        (Grant(Role.REVIEWER, CITY, department="甲局"), {"甲局"}),
        (Grant(Role.REVIEWER, CITY), {"", "甲局", "乙局"}),
        (Grant(Role.PUBLISHER, CITY), {"", "甲局", "乙局"}),
        (Grant(Role.CLERK, "320100", department="甲局"), set()),
        (Grant(Role.PUBLISHER, "320100"), set()),
    ],
)
def test_what_each_of_the_staff_sees(grant, seen):
    staff = staff_of(Asker(grant, "key:1"), "key:1")
    departments = ("", "甲局", "乙局")
    assert {name for name in departments if staff.sees(submission(CITY, name))} == seen
    assert staff.prepares == (grant.role in OF_DEPARTMENT)


@pytest.mark.parametrize("role", sorted(set(Role) - AT_THE_DESK - {Role.PUBLIC}))
def test_other_roles_have_no_desk(role):
    with pytest.raises(NotGrantedRefusal) as refused:
        staff_of(Asker(Grant(role), "key:1"), "key:1")
    assert refused.value.detail_code == "no-workbench"


def test_nobody_known_has_no_desk():
    with pytest.raises(UnauthorisedRefusal) as refused:
        staff_of(PUBLIC, "")
    assert refused.value.detail_code == "no-credential"


def test_what_a_role_must_be_is_said_in_both_languages():
    staff = staff_of(Asker(Grant(Role.PUBLISHER, CITY), "key:1"), "key:1")
    staff.must(Role.PUBLISHER, Role.CLERK)
    with pytest.raises(NotGrantedRefusal) as refused:
        staff.must(Role.CLERK, Role.REVIEWER)
    assert refused.value.zh == "此操作由经办、复核人员办理。"
    assert refused.value.en == "This is done by a clerk or reviewer."


def test_signers_are_named_by_member_in_the_settings(tmp_path):
    file = tmp_path / "registry.toml"
    file.write_text('[[desk_signers]]\nmember = "340200"\nsocket = "/run/wuhu.sock"\n', "utf-8")
    settings = Settings.load(file)
    (signer,) = settings.desk_signers
    assert isinstance(signer, DeskSigner)
    assert (signer.member, str(signer.socket)) == ("340200", "/run/wuhu.sock")
    assert settings.desk_dir == settings.data_dir / "desk"


def test_a_finding_tells_its_rule():
    found = Found("duplicate-id", "error", "", "", "", "", "", "")
    assert found.rule
