"""The real server, in a process of its own."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from api import cli
from api.server import listen
from corpus.errors import PlanError

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.server


@contextmanager
def serving(kb: Path, *arguments: str) -> Iterator[tuple[str, list[str], "subprocess.Popen[str]"]]:
    """A running server: its address, what it said until then, its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--kb", str(kb), "serve", "--port", "0", *arguments],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr
    said: list[str] = []
    try:
        while not said or not said[-1].startswith("     "):  # the English sample question comes last
            line = process.stderr.readline()
            assert line, f"the server ended: {said}"
            said.append(line.rstrip("\n"))
        found = re.search(r"http://\S+", "\n".join(said))
        assert found
        yield found[0], said, process
    finally:
        process.kill()
        process.wait(30)
        process.stderr.close()


def get(address: str, accept: str = "*/*") -> bytes:
    with urlopen(Request(address, headers={"Accept": accept}), timeout=30) as response:
        return bytes(response.read())


def half_a_request(address: str) -> None:
    """A client that goes in the middle of its query: no fault of the server, and nothing to log."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as client:
        kind = "Content-Type: application/sparql-query\r\nContent-Length: 60000"
        client.sendall(f"POST /sparql HTTP/1.1\r\nHost: {host}\r\n{kind}\r\n\r\nA".encode())


def test_an_absent_base_is_made_and_served(tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    with serving(kb) as (address, said, process):
        assert json.loads(get(address + "health")) == {"status": "ok"}
        assert json.loads(get(address + "search?q=%E6%B0%91%E7%94%9F"))["answered"] is True
        assert json.loads(get(address + "sparql?query=ASK%7B%7D"))["boolean"] is True
        assert "要点" in get(address).decode()
        half_a_request(address)
        assert json.loads(get(address + "health")) == {"status": "ok"}
        assert said[0].startswith("no base at ")
        assert said[-2:] == ["try: 哪些条目涉及民生？", "     Which items concern livelihood?"]
        if sys.platform != "win32":
            process.send_signal(signal.SIGINT)
            assert process.stderr
            assert (process.stderr.read(), process.wait(30)) == ("", 0)
    assert (kb / "manifest.json").is_file()


def test_a_taken_port_is_one_clear_line_and_makes_no_base(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        port = str(taken.getsockname()[1])
        cli.main(["serve", "--kb", str(tmp_path / "kb"), "--port", port])
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert f"port {port}" in said.err and "--port" in said.err
    assert not (tmp_path / "kb").exists()


@pytest.mark.parametrize("host", ["a..b", "a\0b", "no host", "a" * 70 + ".example"])
def test_a_host_that_is_none_is_one_clear_line(host: str) -> None:
    with pytest.raises(PlanError) as caught, listen(host, 0):
        pytest.fail(f"{host} was taken")
    assert repr(host) in str(caught.value) and "--host" in str(caught.value)
    assert "\n" not in str(caught.value)
