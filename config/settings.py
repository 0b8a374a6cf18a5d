"""What the environment says, as one frozen typed object; whatever is wrong with it is reported all at once.

`load_settings` is the way in. There is no global settings object: `app.py` and `cli.py` load one and hand it down.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.development import kept_secrets, read_secrets
from config.fields import (
    AccountSid,
    ApiClients,
    ClockName,
    DatabaseUrl,
    DataKeys,
    Number,
    Origin,
    Pace,
    Port,
    RedisUrl,
    SecretKey,
    Token,
    WebAddress,
)
from config.problems import Problem, SettingsError
from config.production import consistency_problems, production_problems

__all__ = ["ROOT", "Settings", "SettingsError", "environ_with", "load_settings", "settings_here", "variables"]

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "SECRET_KEY", "DATA_KEYS")
CENTER, OPERATOR = "+13125550100", "+13125550199"  # demo numbers: 555-01XX belongs to nobody
SPELLING = "correct the name or remove the line; .env.example lists every setting"


class Settings(BaseSettings):
    """One field for one variable, named alike in lower case. A description says what is accepted.

    Built by `load_settings`; built directly (in tests) it reads no environment.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field("development", description="development or production")
    database_url: DatabaseUrl = Field(description="sqlite:///path/to/file or postgresql://user:password@host/name")
    redis_url: RedisUrl | None = Field(
        None, description="redis://, rediss:// or unix:// URL, or nothing for the bundled server"
    )
    public_base_url: Origin = Field(description="an origin such as https://calls.example.org, without a path")
    twilio_account_sid: AccountSid = Field(description="AC and 32 hexadecimal digits")
    twilio_auth_token: Token = Field(description="the account's token, 16 characters or more")
    twilio_auth_token_secondary: Token | None = Field(
        None, description="the second token while tokens are changed, 16 characters or more, or nothing"
    )
    twilio_api_base_url: Origin | None = Field(
        None, description="an origin such as http://127.0.0.1:8001, or nothing for Twilio itself"
    )
    center_number: Number = Field(CENTER, description="a number in E.164 form such as +13125550100")
    operator_number: Number = Field(OPERATOR, description="a number in E.164 form, not the center's own")
    secret_key: SecretKey = Field(description="32 random characters or more")
    data_keys: DataKeys = Field(
        description="Fernet keys (32 bytes, url-safe base64) separated by commas; the first one writes"
    )
    clinic_config: Path = Field(ROOT / "config", description="a folder with lines, menus, hours and prompts")
    port: Port = Field(8000, description="a port from 1 to 65535, another for each of PORT, DESK_PORT, EMULATOR_PORT")
    desk_port: Port = Field(8002, description="a port from 1 to 65535, not that of another part")
    emulator_port: Port = Field(8001, description="a port from 1 to 65535, not that of another part")
    host: str = Field("127.0.0.1", min_length=1, description="the address to listen on, 0.0.0.0 for all")
    carrier_calls_per_second: Pace = Field(
        1.0, description='a number of calls from 0 to 1000, or "unlimited" (the same as 0)'
    )
    clock: ClockName = Field("system", description="system, or in development the URL of a clock")
    fallback_base_url: WebAddress | None = Field(
        None, description="the web address under which the fallback documents are hosted, or nothing"
    )
    ring_seconds: int = Field(20, ge=5, le=120, description="whole seconds from 5 to 120")
    wrap_up_seconds: int = Field(30, ge=0, le=3600, description="whole seconds from 0 to 3600")
    second_factor: Literal["optional", "required"] = Field("optional", description="optional or required")
    content_days: int = Field(30, ge=1, le=365, description="whole days from 1 to 365")
    api_clients: ApiClients = Field(
        (), description="name:secret pairs separated by commas, each secret 32 random characters or more, or nothing"
    )
    var_dir: Path = Field(ROOT / "var", description="a folder that can be written")
    log_format: Literal["console", "json"] | None = Field(
        None, description="console or json, or nothing to decide by whether a terminal reads the log"
    )

    @classmethod
    def settings_customise_sources(  # only what is handed over: `load_settings` alone reads the environment
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where fields come from: nowhere but the arguments."""
        return (init_settings,)

    @property
    def in_production(self) -> bool:
        """Whether real patients may be calling."""
        return self.environment == "production"

    @property
    def patient_ring_seconds(self) -> int:
        """How long a patient's phone rings whom we ring back: he does not expect us this very minute."""
        return self.ring_seconds + 10

    @property
    def patient_ring_limit(self) -> int:
        """Seconds after the request to dial a patient in which his phone rang, or the call was taken back."""
        return self.patient_ring_seconds + 120

    def inbound_tokens(self) -> tuple[str, ...]:
        """The tokens that may have signed a request: the current one, and the other while they are changed."""
        tokens = (self.twilio_auth_token, self.twilio_auth_token_secondary)
        return tuple(token.get_secret_value() for token in tokens if token)

    def vault_keys(self) -> tuple[str, ...]:
        """DATA_KEYS in the clear, for the vault."""
        return tuple(key.get_secret_value() for key in self.data_keys)

    def secret_values(self) -> tuple[str, ...]:
        """Every secret in the clear, for the log to mask."""
        clients = (secret.get_secret_value() for _, secret in self.api_clients)
        return (*self.inbound_tokens(), self.secret_key.get_secret_value(), *self.vault_keys(), *clients)

    def warnings(self) -> tuple[str, ...]:
        """What is allowed but worth a line at start."""
        return tuple(_warnings(self))

    def with_changes(self, **changes: Any) -> Self:
        """The same settings with some fields changed, validated again."""
        return self.model_validate({**dict(self), **changes})


def variables() -> dict[str, str]:
    """Every variable and what it accepts, in the order of `Settings`."""
    return {name.upper(): field.description or "" for name, field in Settings.model_fields.items()}


def settings_here() -> Settings:
    """The settings of this process: its environment, and the `.env` file of this checkout."""
    return load_settings(os.environ, root=ROOT)


def environ_with(**changes: str) -> dict[str, str]:
    """This process's environment with some variables set: what a supervisor hands to its children."""
    return {**os.environ, **changes}


def load_settings(environ: Mapping[str, str], *, root: Path) -> Settings:
    """Settings from `environ` and `root/.env`; the environment wins, an empty value counts as not set.

    In development, secrets that nobody set are made and kept under VAR_DIR. Relative paths are taken from `root`.
    Raises `SettingsError`, which names every problem at once and prints no secret.
    """
    given = _given(environ, root)
    from_file = [Problem(name, "in .env", "no such setting", SPELLING) for name in sorted(_misspelt(root))]
    values = _with_paths(given, root)
    try:
        values, generated = _with_secrets(values)
    except (OSError, ValueError) as error:
        raise SettingsError((Problem("VAR_DIR", type(error).__name__, "a folder that can be written"),)) from None
    values = _with_defaults(values)
    found = [*from_file, *consistency_problems(values)]
    if values.get("ENVIRONMENT") == "production":
        found += production_problems(given, generated, environ)
    try:
        settings = Settings.model_validate({name.lower(): value for name, value in values.items()})
    except ValidationError as error:
        found = [*_field_problems(error, values), *found]
    if found:
        raise SettingsError(_one_a_variable(found))
    return settings


def _given(environ: Mapping[str, str], root: Path) -> dict[str, str]:
    merged = {**_env_file(root), **{name: value for name, value in environ.items() if value.strip()}}
    return {name: merged[name].strip() for name in variables() if name in merged}


def _env_file(root: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(root / ".env", interpolate=False).items() if value}


def _misspelt(root: Path) -> set[str]:
    return set(_env_file(root)) - set(variables())


def _with_paths(given: Mapping[str, str], root: Path) -> dict[str, str]:
    paths = {"CLINIC_CONFIG": "config", "VAR_DIR": "var"}
    return {**given, **{name: str((root / given.get(name, default)).resolve()) for name, default in paths.items()}}


def _with_secrets(values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Values completed with development secrets, and what such secrets this machine has (production refuses them)."""
    var_dir = Path(values["VAR_DIR"])
    if values.get("ENVIRONMENT") == "production":
        return dict(values), read_secrets(var_dir)
    if all(name in values for name in SECRETS):
        return dict(values), {}
    kept = kept_secrets(var_dir)
    if "TWILIO_ACCOUNT_SID" in values or "TWILIO_AUTH_TOKEN" in values:  # half an account is a mistake, not a demo
        kept = {name: value for name, value in kept.items() if not name.startswith("TWILIO_")}
    return {**kept, **values}, kept


def _with_defaults(values: Mapping[str, str]) -> dict[str, str]:
    """Defaults that depend on other variables. A broken PORT is reported once, not again as an origin."""
    port = values.get("PORT", "")
    return {
        "DATABASE_URL": f"sqlite:///{values['VAR_DIR']}/access-center.db",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port if port.isdecimal() else 8000}",
        **values,
    }


def _field_problems(error: ValidationError, values: Mapping[str, str]) -> Iterator[Problem]:
    accepted = variables()
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(detail["loc"][0]).upper()
        yield Problem(name, _shown(name, values.get(name)), accepted[name])


def _shown(name: str, value: str | None) -> str:
    """What was found, fit for a screen: a secret only by its length, and so are URLs that may hold a password."""
    if value is None:
        return "nothing"
    if name in (*SECRETS, "TWILIO_AUTH_TOKEN_SECONDARY", "DATABASE_URL", "REDIS_URL", "API_CLIENTS") or "@" in value:
        return f"a value of {len(value)} characters (not shown)"
    return repr(value)


def _one_a_variable(problems: list[Problem]) -> tuple[Problem, ...]:
    """The first problem of each variable, in the order of `Settings`: one line to read, one thing to mend."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.variable, problem)
    order = [*variables(), *first]
    return tuple(sorted(first.values(), key=lambda problem: order.index(problem.variable)))


def _warnings(settings: Settings) -> Iterator[str]:
    if settings.in_production and settings.database_url.get_secret_value().startswith("sqlite"):
        yield "DATABASE_URL names SQLite: right for one machine, but a second machine needs PostgreSQL"
    if settings.in_production and settings.redis_url is None:
        yield "REDIS_URL is not set: the bundled server serves this machine only"
    if settings.in_production and settings.second_factor == "optional":
        yield "SECOND_FACTOR is optional: a password alone opens pages with patients' names"
    if settings.in_production and settings.fallback_base_url is None:
        yield "FALLBACK_BASE_URL is not set: when we cannot answer, the caller hears the carrier's error"
    if not settings.in_production and settings.twilio_api_base_url is None:
        yield "TWILIO_API_BASE_URL is not set: calls would go to Twilio itself, where demo credentials are refused"
