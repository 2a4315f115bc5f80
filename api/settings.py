"""Settings: one table, read from the environment once. The only file that reads the environment.

`SETTINGS` feeds `Settings.from_env`, the documentation and the tests alike. Everything below `api/` takes plain
arguments.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import platformdirs

from corpus.errors import PlanError
from ontology.namespace import DEFAULT_BASE, Names

LOG_LEVELS = ("debug", "info", "warning", "error")


class Setting(NamedTuple):
    """One setting: the field of `Settings`, its environment variable, its default as written there, what it does."""

    name: str
    env: str
    default: str
    help: str


SETTINGS = (
    Setting("kb", "YAODIAN_KB", "", "folder of the knowledge base; empty: `kb` in the user's data folder"),
    Setting("model", "YAODIAN_MODEL", "", "sentence-transformers model, by name or path; empty: the bundled model"),
    Setting("base", "YAODIAN_BASE", "", f"base IRI of what a new base describes; empty: {DEFAULT_BASE}"),
    Setting("host", "YAODIAN_HOST", "127.0.0.1", "address that `serve` listens on"),
    Setting("port", "YAODIAN_PORT", "8000", "port that `serve` listens on; 0: any free one"),
    Setting(
        "allowed_hosts", "YAODIAN_ALLOWED_HOSTS", "", "further host names that requests may carry, comma-separated"
    ),
    Setting(
        "cors_origins",
        "YAODIAN_CORS_ORIGINS",
        "",
        "other origins whose pages may read answers, comma-separated; *: all",
    ),
    Setting("writable", "YAODIAN_WRITABLE", "no", "whether `serve` lets clients write (corrections): yes or no"),
    Setting("token", "YAODIAN_TOKEN", "", "token that writes need when `serve` listens beyond this machine"),
    Setting("author", "YAODIAN_AUTHOR", "", "who asserts what the command line is told; empty: `unnamed`"),
    Setting("aliases", "YAODIAN_ALIASES", "", "table of other names; empty: `aliases.tsv` in the base's folder"),
    Setting("sparql_seconds", "YAODIAN_SPARQL_SECONDS", "10", "time limit of one SPARQL query over HTTP, in seconds"),
    Setting("sparql_megabytes", "YAODIAN_SPARQL_MEGABYTES", "64", "largest SPARQL result over HTTP, in MiB"),
    Setting("sparql_workers", "YAODIAN_SPARQL_WORKERS", "2", "processes that evaluate SPARQL queries over HTTP"),
    Setting("export_seconds", "YAODIAN_EXPORT_SECONDS", "60", "time limit of one export over HTTP, in seconds"),
    Setting("log_level", "YAODIAN_LOG_LEVEL", "warning", f"what the server logs: {', '.join(LOG_LEVELS)}"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked. See `SETTINGS` for their meaning."""

    kb: Path
    model: str | None = None
    base: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    writable: bool = False
    token: str = ""
    author: str = ""
    aliases: Path | None = None
    sparql_seconds: float = 10.0
    sparql_megabytes: int = 64
    sparql_workers: int = 2
    export_seconds: float = 60.0
    log_level: str = "warning"

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings of an environment (by default the process's own).

        Raises PlanError, naming the variable and what it may hold, for a value that cannot be used.
        """
        found = os.environ if environment is None else environment
        raw = {row.name: _Value(row, (found.get(row.env) or row.default).strip()) for row in SETTINGS}
        return cls(
            kb=Path(raw["kb"].text).expanduser() if raw["kb"].text else default_kb(),
            model=raw["model"].text or None,
            base=raw["base"].iri() if raw["base"].text else None,
            host=raw["host"].text,
            port=int(raw["port"].number(0, 65535)),
            allowed_hosts=raw["allowed_hosts"].names(),
            cors_origins=raw["cors_origins"].names(),
            writable=raw["writable"].one_of(("yes", "no")) == "yes",
            token=raw["token"].text,
            author=raw["author"].text,
            aliases=Path(raw["aliases"].text).expanduser() if raw["aliases"].text else None,
            sparql_seconds=raw["sparql_seconds"].number(0.1, 3600),
            sparql_megabytes=int(raw["sparql_megabytes"].number(1, 4096)),
            sparql_workers=int(raw["sparql_workers"].number(1, 64)),
            export_seconds=raw["export_seconds"].number(0.1, 3600),
            log_level=raw["log_level"].one_of(LOG_LEVELS),
        )

    @property
    def names(self) -> Names | None:
        """The IRIs that were asked for; None where a base's own, or else the default, will do."""
        return Names(self.base) if self.base else None


def default_kb() -> Path:
    """Where a base lies that nobody gave a place."""
    return Path(platformdirs.user_data_dir("yaodian", appauthor=False)) / "kb"


class _Value(NamedTuple):
    """What the environment says for one setting, with the casts that check it."""

    setting: Setting
    text: str

    def number(self, least: float, most: float) -> float:
        try:
            value = float(self.text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise self._error(f"must be a number from {least:g} to {most:g}")
        return value

    def one_of(self, choices: tuple[str, ...]) -> str:
        if self.text.lower() not in choices:
            raise self._error(f"must be one of {', '.join(choices)}")
        return self.text.lower()

    def names(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.text.split(",") if name.strip())

    def iri(self) -> str:
        # Keys are appended to the base, and Turtle and logs must be able to hold it as it stands.
        plain = self.text.isascii() and self.text.isprintable() and not set(self.text) & set(' <>"{}|\\^`')
        if not plain or "://" not in self.text or not self.text.endswith(("/", "#")):
            raise self._error("must be an absolute ASCII IRI that ends in / or #")
        return self.text

    def _error(self, rule: str) -> PlanError:
        return PlanError(f"the environment variable {self.setting.env} is {self.text!r} but {rule}; change or unset it")


def version() -> str:
    """The version of the installed distribution; `0` where the source tree runs uninstalled."""
    from importlib.metadata import PackageNotFoundError, version  # 40 ms, and only a few commands ask

    try:
        return version("yaodian")
    except PackageNotFoundError:
        return "0"
