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
