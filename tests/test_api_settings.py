"""Settings come from one table, are read once, and refuse what cannot be used."""

from dataclasses import fields
from pathlib import Path

import pytest

from api.settings import SETTINGS, Settings, default_kb
from corpus.errors import PlanError
from ontology.namespace import Names


def test_the_table_names_every_field() -> None:
    assert [row.name for row in SETTINGS] == [field.name for field in fields(Settings)]


def test_the_defaults_of_the_table_are_those_of_the_class() -> None:
    assert Settings.from_env({}) == Settings(kb=default_kb())


def test_all_settings_are_read() -> None:
    environment = {
        "YAODIAN_KB": "some/base",
        "YAODIAN_MODEL": "a-model",
        "YAODIAN_BASE": "https://example.org/x#",
        "YAODIAN_HOST": "0.0.0.0",
        "YAODIAN_PORT": "9000",
        "YAODIAN_ALLOWED_HOSTS": "a.example, b.example",
        "YAODIAN_CORS_ORIGINS": "https://c.example",
        "YAODIAN_WRITABLE": "yes",
        "YAODIAN_TOKEN": "a-token",
        "YAODIAN_AUTHOR": "甲",
        "YAODIAN_ALIASES": "some/aliases.tsv",
        "YAODIAN_SPARQL_SECONDS": "2.5",
        "YAODIAN_SPARQL_MEGABYTES": "8",
        "YAODIAN_SPARQL_WORKERS": "3",
        "YAODIAN_EXPORT_SECONDS": "7",
        "YAODIAN_LOG_LEVEL": "DEBUG",
    }
    assert Settings.from_env(environment) == Settings(
        kb=Path("some/base"),
        model="a-model",
        base="https://example.org/x#",
        host="0.0.0.0",
        port=9000,
        allowed_hosts=("a.example", "b.example"),
        cors_origins=("https://c.example",),
        writable=True,
        token="a-token",
        author="甲",
        aliases=Path("some/aliases.tsv"),
        sparql_seconds=2.5,
        sparql_megabytes=8,
        sparql_workers=3,
        export_seconds=7,
        log_level="debug",
    )


def test_names_follow_the_base() -> None:
    assert Settings.from_env({}).names is None
    assert Settings.from_env({"YAODIAN_BASE": "https://example.org/x/"}).names == Names("https://example.org/x/")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("YAODIAN_PORT", "http"),
        ("YAODIAN_PORT", "70000"),
        ("YAODIAN_PORT", "nan"),
        ("YAODIAN_SPARQL_SECONDS", "0"),
        ("YAODIAN_SPARQL_WORKERS", "-1"),
        ("YAODIAN_LOG_LEVEL", "loud"),
        ("YAODIAN_BASE", "https://example.org/no-slash"),
        ("YAODIAN_BASE", "要点/"),
        ("YAODIAN_BASE", "https://example.org/a b/"),
    ],
)
def test_an_unusable_value_is_named(variable: str, value: str) -> None:
    with pytest.raises(PlanError) as caught:
        Settings.from_env({variable: value})
    assert variable in str(caught.value)
    assert repr(value) in str(caught.value)
    assert "\n" not in str(caught.value)
