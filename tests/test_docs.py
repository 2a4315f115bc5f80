"""The documentation names every command, route and setting, and its examples run as printed.

`python -m tests.test_docs` writes the outputs of the README's examples anew, from a base of the bundled plan.
"""

import io
import json
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient

from api import cli, queries
from api.app import create_app
from api.settings import SETTINGS, Settings
from corpus.sample import SAMPLE
from graph.export import FORMATS
from index.library import Library

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def _commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its full name, the commands of a group in its place."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


COMMANDS: dict[str, Any] = dict(_commands(typer.main.get_command(cli.app)))
_CONSOLE = re.compile(r"```console\n\$ (.+)\n((?:(?!```).*\n)*)```")
_CURL = re.compile(r"```shell\n(curl .+)\n```\n\n```json\n((?:(?!```).*\n)*)```")
_EXPORT = re.compile(r"```shell\nexport (.+)\n```")
_OWN = re.compile(r"^(yaodian (?!serve).+?)(?:  +#.*)?$", re.M)
_PYTHON = re.compile(r"```python\n((?:>>>|\.\.\.)(?:(?!```).*\n)*)```")


def row(start: str) -> str:
    """The one row of a table of the reference that starts so."""
    (found,) = [line for line in REFERENCE.splitlines() if re.match(rf"\| `{re.escape(start)}(?![\w-])", line)]
    return found


# ---- the reference


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_documented(name: str) -> None:
    text = row(f"yaodian {name}")
    own = {option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("-")}
    assert own - {"--kb"} == set(re.findall(r"`(?:[^`]*/)?(--?[a-z]+)", text)) | set(re.findall(r"`(-[a-z])`", text))


def test_no_command_is_documented_that_does_not_exist() -> None:
    named = re.findall(r"^\| `yaodian ([a-z]+)((?: [a-z]+)?)", REFERENCE, re.M)
    groups = {name.partition(" ")[0] for name in COMMANDS if " " in name}
    assert {first + second if first in groups else first for first, second in named} == set(COMMANDS)


def test_every_export_format_is_documented() -> None:
    (paragraph,) = [text for text in REFERENCE.split("\n\n") if text.startswith("Export formats: ")]
    assert set(re.findall(r"`([a-z-]+)`", paragraph)) == set(FORMATS)


def test_every_setting_is_documented() -> None:
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else ""
        meaning = row(setting.env).replace("`https://w3id.org/yaodian/`", "https://w3id.org/yaodian/")
        assert meaning == " ".join(f"| `{setting.env}` | {default} | {setting.help} |".split())


def test_every_named_query_is_documented() -> None:
    assert [row(query.name) for query in queries.named_queries().values()] == [
        f"| `{query.name}` | {query.question_en} | {query.parameter or ''} |".replace("|  |", "| |")
        for query in queries.named_queries().values()
    ]


def test_every_route_and_parameter_is_documented(sample: Library, sample_base: Path) -> None:
    paths = create_app(sample, Settings(kb=sample_base)).openapi()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            (text,) = [line for line in REFERENCE.splitlines() if f"`{method.upper()} {path}`" in line]
            given = [p["name"] for p in operation.get("parameters", []) if p["in"] != "header"]
            assert [name for name in given if f"`{name}`" not in text.rsplit("|", 2)[1]] == []
    documented = re.findall(r"`(GET|POST|DELETE) (/[^`]*)`", REFERENCE.partition("## HTTP")[2])
    pages = {("GET", path) for path in ("/", "/docs", "/openapi.json")}
    assert set(documented) == {(m.upper(), path) for path in paths for m in paths[path]} | pages


# ---- the README


def test_the_commands_of_the_readme_exist() -> None:
    text = README.read_text(encoding="utf-8")
    used = re.findall(r"^(?:\$ )?yaodian ([a-z]+)", text, re.M)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert used and set(used) <= {name.partition(" ")[0] for name in COMMANDS}
    assert set(re.findall(r"^make ([a-z]+)", text, re.M)) <= set(targets)
    assert all((ROOT / link).exists() for link in re.findall(r"\]\(([^):]+)\)", text))


def _examples(pattern: re.Pattern[str]) -> list[tuple[str, ...]]:
    found = pattern.findall(README.read_text(encoding="utf-8"))
    assert found, f"the README has no example like {pattern.pattern}"
    return [one if isinstance(one, tuple) else (one,) for one in found]


def _environment(folder: Path) -> dict[str, str]:
    """What the README has one export in a checkout at `folder`."""
    (line,) = _EXPORT.findall(README.read_text(encoding="utf-8"))
    pairs = (assignment.split("=", 1) for assignment in shlex.split(line))
    return {name: value.replace("$PWD", str(folder)).replace("$PATH", os.environ["PATH"]) for name, value in pairs}


@contextmanager
def _checkout(folder: Path, kb: Path) -> Iterator[None]:
    """In a folder that looks like a checkout after `make run`, with the environment that the README sets."""
    shutil.copytree(kb, folder / ".kb")
    plan = folder / "plans" / "plan.txt"
    plan.parent.mkdir()
    shutil.copyfile(SAMPLE, plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in _environment(folder).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, sample_base: Path) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("checkout")
    with _checkout(folder, sample_base):
        yield folder


def _shell(command: str) -> str:
    """What a command of the README prints."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "yaodian"
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert not ended.value.code
    printed.seek(0)
    return printed.read()


def _http(library: Library, kb: Path, command: str) -> Any:
    """The JSON that a `curl -G ADDRESS -d NAME=VALUE …` of the README gets."""
    _, _, address, *data = shlex.split(command)
    pairs = dict(pair.split("=", 1) for pair in data if "=" in pair)
    client = TestClient(create_app(library, Settings(kb=kb)), base_url="http://127.0.0.1:8000")
    return client.get(address, params=pairs).json()


def _parts(printed: Any, whole: Any) -> Any:
    """What `whole` holds in the places that `printed` shows."""
    if isinstance(printed, dict):
        return {name: _parts(value, whole[name]) for name, value in printed.items()}
    if isinstance(printed, list) and len(printed) == len(whole):
        return [_parts(one, other) for one, other in zip(printed, whole, strict=True)]
    return whole


def test_the_environment_of_the_readme_is_what_make_run_sets_up(checkout: Path) -> None:
    made = dict(re.findall(r"^(KB|VENV) *\??:?= *(\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    environment = _environment(checkout)
    assert environment["YAODIAN_KB"] == f"{checkout}/{made['KB']}"
    assert environment["PATH"].startswith(f"{checkout}/{made['VENV']}/bin:")


def test_the_shell_examples_run_as_printed(checkout: Path) -> None:
    for command, printed in _examples(_CONSOLE):
        assert (command, _shell(command)) == (command, printed)


def test_the_commands_for_own_plans_run(checkout: Path) -> None:
    for (command,) in _examples(_OWN):
        _shell(command)
    assert (checkout / "my-base" / "manifest.json").is_file()
    assert (checkout / "plan.svg").read_bytes().startswith(b"<")


def test_the_http_example_answers_as_printed(sample: Library, sample_base: Path) -> None:
    for command, printed in _examples(_CURL):
        assert _parts(json.loads(printed), _http(sample, sample_base, command)) == json.loads(printed)


def test_the_python_example_runs_as_printed(checkout: Path) -> None:
    for (printed,) in _examples(_PYTHON):
        assert _python(printed) == printed


def _python(example: str) -> str:
    """A Python session of the README with what it prints."""
    code = "\n".join(line[4:] for line in example.splitlines() if line.startswith((">>> ", "... ")))
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    return (
        "".join(f"{line}\n" for line in example.splitlines() if line.startswith((">>> ", "... "))) + printed.getvalue()
    )


# ---- writing the outputs anew


def _renew(text: str, kb: Path) -> str:
    keep = ("query", "language", "answered", "total", "results")
    shown = ("path", "heading", "score", "evidence")

    def excerpt(command: str) -> str:
        with Library.open(kb) as library:
            found = _http(library, kb, command)
        part = {name: found[name] for name in keep}
        part["results"] = [{name: result[name] for name in shown} for result in part["results"]]
        return json.dumps(part, ensure_ascii=False, indent=1)

    text = _CONSOLE.sub(lambda m: f"```console\n$ {m[1]}\n{_shell(m[1])}```", text)
    text = _CURL.sub(lambda m: f"```shell\n{m[1]}\n```\n\n```json\n{excerpt(m[1])}\n```", text)
    return _PYTHON.sub(lambda m: f"```python\n{_python(m[1])}```", text)


def _main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Library.build(Path(folder) / "kb")
        (Path(folder) / "checkout").mkdir()
        with _checkout(Path(folder) / "checkout", Path(folder) / "kb"):
            README.write_text(_renew(README.read_text(encoding="utf-8"), Path(".kb")), encoding="utf-8")


if __name__ == "__main__":
    _main()
