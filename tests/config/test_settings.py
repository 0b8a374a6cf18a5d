"""The environment becomes one typed object, or a list of everything that is wrong with it."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.development import FILE, fernet_key, kept_secrets
from config.settings import Settings, SettingsError, load_settings

PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_BASE_URL": "https://calls.example.org",
    "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
    "TWILIO_AUTH_TOKEN": "fedcba9876543210" * 2,
    "CENTER_NUMBER": "+13122014400",
    "OPERATOR_NUMBER": "+13122014401",
    "SECRET_KEY": "a long secret of a real installation",
    "DATA_KEYS": fernet_key(),
    "REDIS_URL": "rediss://:hunter2hunter2@cache.example.org:6379/0",
    "DATABASE_URL": "postgres://access:opensesame@db.example.org/access",
}


def problems(root: Path, **environ: str) -> dict[str, str]:
    """The line for each variable that is refused."""
    with pytest.raises(SettingsError) as refused:
        load_settings(environ, root=root)
    return {line.split(":", 1)[0]: line for line in str(refused.value).splitlines()}


def test_nothing_needs_to_be_set_for_development(tmp_path):
    settings = load_settings({}, root=tmp_path)
    assert (settings.environment, settings.port, settings.desk_port, settings.emulator_port) == (
        "development", 8000, 8002, 8001,
    )  # fmt: skip
    assert settings.public_base_url == "http://127.0.0.1:8000"
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/var/access-center.db"
    assert (settings.redis_url, settings.twilio_api_base_url, settings.clock) == (None, None, "system")
    assert (settings.ring_seconds, settings.wrap_up_seconds, settings.carrier_calls_per_second) == (20, 30, 1.0)


def test_the_public_origin_follows_the_port_unless_it_is_set(tmp_path):
    assert load_settings({"PORT": "9000"}, root=tmp_path).public_base_url == "http://127.0.0.1:9000"
    named = load_settings({"PUBLIC_BASE_URL": "https://calls.example.org/"}, root=tmp_path)
    assert named.public_base_url == "https://calls.example.org"


def test_development_secrets_survive_a_restart_in_a_private_file(tmp_path):
    first, second = (load_settings({}, root=tmp_path) for _ in range(2))
    assert first == second
    assert stat.S_IMODE((tmp_path / "var" / FILE).stat().st_mode) == 0o600


def test_processes_that_start_together_share_the_same_development_secrets(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(kept_secrets, [tmp_path] * 32))
    assert all(secrets == found[0] for secrets in found)
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_the_env_file_counts_but_the_environment_wins(tmp_path):
    (tmp_path / ".env").write_text("PORT=9000\nDESK_PORT='9002'\n# note\nSECRET_KEY=${PORT} stays as it is, 32 chars\n")
    settings = load_settings({"PORT": "7000", "DESK_PORT": "  "}, root=tmp_path)
    assert (settings.port, settings.desk_port) == (7000, 9002)
    assert settings.secret_key.get_secret_value().startswith("${PORT}")


def test_a_misspelt_name_in_the_env_file_is_a_problem(tmp_path):
    (tmp_path / ".env").write_text("CENTRE_NUMBER=+13125550100\n")
    assert "no such setting" in problems(tmp_path)["CENTRE_NUMBER"]


def test_names_in_the_environment_that_are_not_ours_are_left_alone(tmp_path):
    assert load_settings({"PATH": "/bin", "EDITOR": "vi"}, root=tmp_path).port == 8000


def test_all_problems_are_reported_at_once_each_with_what_was_found_and_what_is_accepted(tmp_path):
    found = problems(tmp_path, PORT="eighty", CENTER_NUMBER="312 555 0100", CLOCK="sundial", ENVIRONMENT="test")
    assert list(found) == ["ENVIRONMENT", "CENTER_NUMBER", "PORT", "CLOCK"]
    assert found["PORT"].startswith("PORT: found 'eighty'; accepted: a port from 1 to 65535")
    assert all("set it in the environment or in the .env file" in line for line in found.values())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CENTER_NUMBER", "+0312555010"),
        ("OPERATOR_NUMBER", "911"),
        ("PUBLIC_BASE_URL", "calls.example.org"),
        ("PUBLIC_BASE_URL", "https://calls.example.org/voice"),
        ("PUBLIC_BASE_URL", "https://user:pass@calls.example.org"),
        ("PUBLIC_BASE_URL", "https://calls.example.org:0"),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("REDIS_URL", "localhost:6379"),
        ("DATA_KEYS", "abc"),
        ("SECRET_KEY", "short"),
        ("TWILIO_API_BASE_URL", "ftp://somewhere"),
        ("CARRIER_CALLS_PER_SECOND", "-1"),
        ("PORT", "70000"),
        ("LOG_FORMAT", "xml"),
        ("RING_SECONDS", "2"),
        ("FALLBACK_BASE_URL", "bins"),
    ],
)
def test_a_value_that_cannot_work_is_refused(tmp_path, variable, value):
    assert variable in problems(tmp_path, **{variable: value})


def test_two_parts_on_one_port_are_refused(tmp_path):
    assert "also PORT" in problems(tmp_path, DESK_PORT="8000")["DESK_PORT"]


def test_the_operator_is_not_the_center_itself(tmp_path):
    assert "OPERATOR_NUMBER" in problems(tmp_path, CENTER_NUMBER="+13125550100", OPERATOR_NUMBER="+13125550100")


def test_half_an_account_is_not_completed_with_demo_credentials(tmp_path):
    assert "TWILIO_AUTH_TOKEN" in problems(tmp_path, TWILIO_ACCOUNT_SID=PRODUCTION["TWILIO_ACCOUNT_SID"])


@pytest.mark.parametrize("given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_every_way_to_write_postgresql_gets_our_driver(tmp_path, given):
    settings = load_settings({"DATABASE_URL": given}, root=tmp_path)
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://u:p@h/d"


def test_pace_may_be_unlimited(tmp_path):
    assert load_settings({"CARRIER_CALLS_PER_SECOND": "unlimited"}, root=tmp_path).carrier_calls_per_second == 0


def test_several_data_keys_are_told_apart_by_commas(tmp_path):
    first, second = fernet_key(), fernet_key()
    assert load_settings({"DATA_KEYS": f"{first}, {second}"}, root=tmp_path).vault_keys() == (first, second)


def test_both_tokens_may_have_signed_a_request(tmp_path):
    settings = load_settings({**PRODUCTION, "TWILIO_AUTH_TOKEN_SECONDARY": "0" * 32}, root=tmp_path)
    assert settings.inbound_tokens() == (PRODUCTION["TWILIO_AUTH_TOKEN"], "0" * 32)


def test_settings_cannot_be_changed_but_a_checked_copy_can_be_made(tmp_path):
    settings = load_settings({}, root=tmp_path)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]
    assert settings.with_changes(ring_seconds=10).ring_seconds == 10
    with pytest.raises(ValidationError):
        settings.with_changes(ring_seconds=1)


def test_secrets_are_never_printed(tmp_path):
    settings = load_settings(PRODUCTION, root=tmp_path)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    hidden = [*settings.secret_values(), "hunter2hunter2", "opensesame"]
    assert len(hidden) == 5
    assert not any(secret in shown for secret in hidden)


def test_a_refused_secret_is_not_printed_either(tmp_path):
    found = problems(
        tmp_path,
        SECRET_KEY="s3cr3t", DATA_KEYS="k3y", TWILIO_AUTH_TOKEN="t0k3n", TWILIO_ACCOUNT_SID="ACx",
        DATABASE_URL="mysql://u:pa55@h/d", REDIS_URL="http://:pa55@h", PUBLIC_BASE_URL="https://u:pa55@h",
    )  # fmt: skip
    assert len(found) == 7
    assert not any(secret in line for line in found.values() for secret in ("s3cr3t", "k3y", "t0k3n", "pa55"))


def test_production_with_everything_of_its_own_is_accepted(tmp_path):
    settings = load_settings(PRODUCTION, root=tmp_path)
    assert settings.in_production
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *((name, "") for name in ("SECRET_KEY", "DATA_KEYS", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")),
        ("CENTER_NUMBER", ""),
        ("CENTER_NUMBER", "+13125550100"),
        ("OPERATOR_NUMBER", "+13125550199"),
        ("PUBLIC_BASE_URL", ""),
        ("PUBLIC_BASE_URL", "http://calls.example.org"),
        ("PUBLIC_BASE_URL", "https://127.0.0.1:8000"),
        ("REDIS_URL", "redis://cache.example.org:6379"),
        ("REDIS_URL", "rediss://cache.example.org:6379"),
        ("CLOCK", "http://127.0.0.1:8001/control/clock"),
        ("TWILIO_API_BASE_URL", "http://carrier.example.org"),
        ("TWILIO_EDGE", "dublin"),
        ("TWILIO_REGION", "ie1"),
    ],
)
def test_production_refuses(tmp_path, variable, value):
    assert list(problems(tmp_path, **{**PRODUCTION, variable: value})) == [variable]


@pytest.mark.parametrize("variable", ["SECRET_KEY", "DATA_KEYS", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
def test_production_refuses_a_secret_that_was_made_for_development(tmp_path, variable):
    load_settings({}, root=tmp_path)
    made = json.loads((tmp_path / "var" / FILE).read_text())[variable]
    assert "made for development" in problems(tmp_path, **{**PRODUCTION, variable: made})[variable]


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379", "redis://localhost", "redis://[::1]:6379", "unix:///run/r.sock"]
)
def test_production_accepts_an_open_redis_that_only_this_machine_reaches(tmp_path, url):
    assert load_settings({**PRODUCTION, "REDIS_URL": url}, root=tmp_path).redis_url is not None


def test_sqlite_in_production_is_allowed_with_a_warning(tmp_path):
    settings = load_settings({**PRODUCTION, "DATABASE_URL": ""}, root=tmp_path)
    assert any("SQLite" in line for line in settings.warnings())
    assert not any("SQLite" in line for line in load_settings(PRODUCTION, root=tmp_path).warnings())


def test_settings_built_by_hand_do_not_read_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PORT", "1234")
    built = Settings.model_validate(dict(load_settings({}, root=tmp_path)))
    assert built.port == 8000
