"""The whole path works where there is no network at all."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def without_network(*command: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine does not allow a network namespace (unshare -rn)")
    arguments = ["unshare", "-rn", sys.executable, "-m", "api", *command]
    return subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)


def test_build_and_search_need_no_network(tmp_path: Path) -> None:
    built = without_network("--kb", str(tmp_path / "kb"), "build", "--json")
    assert built.returncode == 0, built.stderr
    asked = without_network("--kb", str(tmp_path / "kb"), "search", "which items concern livelihood", "--json")
    assert json.loads(asked.stdout)["results"][0]["number"] == 7


def test_the_page_asks_nobody_but_its_own_server() -> None:
    """Every address in the page's own files is relative, or the name of a vocabulary."""
    for file in sorted((ROOT / "api" / "static").iterdir()):
        text = file.read_text(encoding="utf-8")
        for mark in ("https://", "http://", "//cdn", "@import"):
            lines = [
                line for line in text.splitlines() if mark in line and "w3.org" not in line and "w3id.org" not in line
            ]
            assert lines == [], f"{file.name} names an outside address"
