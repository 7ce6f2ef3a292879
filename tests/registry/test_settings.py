"""Settings: arguments over environment over file, and slips that are seen."""

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from registry.settings import Settings

FILE = 'node_name = "file.example"\nport = 8001\nkey_password = "from the file"\n'


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path, monkeypatch):
    """Neither a registry.toml nor a variable of this machine takes part."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGISTRY_{name.upper()}", raising=False)


def named(tmp_path: Path, text: str = FILE) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_wins_over_what_is_built_in(tmp_path):
    settings = Settings.load(named(tmp_path))
    assert (settings.node_name, settings.port) == ("file.example", 8001)
    assert settings.key_password.get_secret_value() == "from the file"
    assert settings.pool_size == Settings().pool_size


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_PORT", "8002")
    monkeypatch.setenv("REGISTRY_CHARTER", "charter")
    settings = Settings.load(named(tmp_path))
    assert (settings.node_name, settings.port) == ("file.example", 8002)
    assert settings.charter == Path("charter")


def test_an_argument_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("REGISTRY_PORT", "8002")
    assert (Settings().port, Settings(port=8003).port) == (8002, 8003)


def test_the_default_file_is_read_if_it_is_there_and_only_by_load(tmp_path):
    assert Settings.load().port == Settings().port == 8000
    (tmp_path / "registry.toml").write_text("port = 8004\n")
    assert Settings.load().port == 8004
    assert Settings().port == 8000


def test_an_empty_file_states_nothing(tmp_path):
    assert Settings.load(named(tmp_path, "")) == Settings()


def test_a_named_file_that_is_missing_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.toml"):
        Settings.load(tmp_path / "nowhere.toml")


def test_a_file_that_is_not_toml_is_said(tmp_path):
    with pytest.raises(tomllib.TOMLDecodeError):
        Settings.load(named(tmp_path, "port: 8000\n"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("prot = 8001\n", "prot"),
        ("[node]\nport = 8001\n", "node"),
        ("port = 65536\n", "port"),
        ('port = "x"\n', "port"),
        ("pool_size = 1\n", "pool_size"),
        ("max_upload_bytes = 1\n", "max_upload_bytes"),
        ("max_admissions = 0\n", "max_admissions"),
        ("max_checks = 65\n", "max_checks"),
        ("session_minutes = 1441\n", "session_minutes"),
        ("access_days = 183\n", "access_days"),
        ("requests_per_second = -1\n", "requests_per_second"),
        ("refused_per_minute = 0\n", "refused_per_minute"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path, text, place):
    with pytest.raises(ValidationError) as caught:
        Settings.load(named(tmp_path, text))
    assert [error["loc"] for error in caught.value.errors()] == [(place,)]


def test_an_unknown_argument_is_refused():
    with pytest.raises(ValidationError, match="prot"):
        Settings.model_validate({"prot": 1})


def test_a_value_of_the_environment_is_checked_like_one_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("REGISTRY_POOL_SIZE", "many")
    for read in (Settings, lambda: Settings.load(named(tmp_path))):
        with pytest.raises(ValidationError, match="pool_size"):
            read()


def test_settings_do_not_change_and_keep_the_password_out_of_sight(tmp_path):
    settings = Settings.load(named(tmp_path))
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1
    assert "from the file" not in repr(settings)


def test_where_keys_and_cosigned_positions_are_kept(tmp_path):
    settings = Settings(data_dir=tmp_path)
    assert settings.keys_dir == tmp_path / "keys"
    assert settings.cosigned_dir == tmp_path / "last-cosigned"


ROLE = '[[oidc_roles]]\nclaim = "groups"\nvalue = "x"\n'


def test_an_issuer_with_its_table_of_roles_from_file_and_environment(tmp_path, monkeypatch):
    text = 'oidc_issuer = "https://id.example"\noidc_audience = "node"\n'
    text += 'trusted_proxies = ["10.0.0.0/8", "::1"]\n' + ROLE + 'role = "auditor"\n'
    settings = Settings.load(named(tmp_path, text))
    assert [str(one) for one in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert settings.oidc_roles[0].role == "auditor"
    roles = '[{"claim":"groups","value":"y","role":"region"}]'
    monkeypatch.setenv("REGISTRY_OIDC_ROLES", roles)
    assert Settings.load(named(tmp_path, text)).oidc_roles[0].value == "y"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('oidc_issuer = "http://id.example"\n', "must be an https address"),
        ('oidc_issuer = "http://127.0.0.1.example:1"\n', "must be an https address"),
        ('oidc_client_id = "node"\n', "oidc_issuer is missing"),
        ('oidc_audience = "node"\n', "oidc_issuer is missing"),
        (
            'oidc_issuer = "https://id.example"\noidc_client_id = "n"\noidc_audience = "n"\n',
            "must not be oidc_client_id",
        ),
        (ROLE + 'role = "public"\n', "business"),
        (ROLE + 'role = "auditor"\nrights = "all"\n', "rights"),
        ('trusted_proxies = ["10.0.0.1/8"]\n', "not a valid IPv4 network"),
    ],
)
def test_an_issuer_that_could_be_played_or_a_table_with_a_slip_is_refused(tmp_path, text, said):
    with pytest.raises(ValidationError, match=said):
        Settings.load(named(tmp_path, text))


@pytest.mark.parametrize("url", ["https://id.example", "http://127.0.0.1:9", "http://[::1]:9"])
def test_an_issuer_on_this_machine_may_do_without_https(url):
    assert Settings(oidc_issuer=url).oidc_issuer == url


ENGINE = '[[search_engines]]\nurl = "https://search.example"\nkey = "k"\nmembers = ["320100"]\n'


def test_search_engines_of_members_are_named_in_the_file(tmp_path):
    (one,) = Settings.load(named(tmp_path, ENGINE)).search_engines
    assert (one.url, one.key.get_secret_value(), one.members) == (
        "https://search.example", "k", ("320100",),
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        ENGINE * 2,
        ENGINE.replace("320100", "nanjing"),
        ENGINE.replace('["320100"]', "[]"),
        ENGINE.replace("https", "file"),
        ENGINE.replace('"320100"', ", ".join(f'"{code}"' for code in range(320100, 320165))),
        "search_seconds = 0",
    ],
)
def test_search_engines_that_cannot_be_asked_are_refused(tmp_path, wrong):
    with pytest.raises(ValidationError):
        Settings.load(named(tmp_path, wrong))
