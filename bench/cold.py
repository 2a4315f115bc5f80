"""Cold starts and the build, each in a process of its own."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import Row
from index.library import Library

_RUNS = 7
_ROOT = Path(__file__).parent.parent
_BUILD = """
import time, index.build, index.library, pathlib, sys
start = time.process_time()
index.library.Library.build(pathlib.Path(sys.argv[1]))
print(time.process_time() - start)
"""
_LOAD = """
import time, pyoxigraph, sys
start = time.process_time()
store = pyoxigraph.Store(sys.argv[1])
store.bulk_load(path=sys.argv[2], format=pyoxigraph.RdfFormat.N_QUADS)
store.flush()
print(time.process_time() - start)
"""
# VmHWM starts anew with the program; ru_maxrss would keep the parent's.
_PEAK = "print(next(l.split()[1] for l in open('/proc/self/status', encoding='utf-8') if l.startswith('VmHWM')))"


def build() -> list[Row]:
    """CPU seconds of building the bundled plan from nothing, after imports, beside Oxigraph loading its statements."""
    mine, theirs = [], []
    for _ in range(_RUNS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            mine.append(float(_run([sys.executable, "-c", _BUILD, str(folder / "kb")])))
            with Library.open(folder / "kb") as library:
                (folder / "all.nq").write_bytes(library.export("nquads"))
            load = [sys.executable, "-c", _LOAD, str(folder / "store"), str(folder / "all.nq")]
            theirs.append(float(_run(load)))
    seconds, loading = statistics.median(mine), statistics.median(theirs)
    return [
        Row(
            "build of the bundled plan, CPU s after imports",
            f"{seconds:.2f}",
            f"Oxigraph loading its N-Quads: {loading:.2f}",
            f"{seconds / loading:.1f}",
            "< 2 s",
            met=seconds < 2,
        )
    ]


def search() -> list[Row]:
    """Wall time of `yaodian search` from a cold process, beside importing numpy, faiss and pyoxigraph."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "kb"
        Library.build(base)
        ask = [sys.executable, "-m", "api", "--kb", str(base), "search", "哪些条目涉及民生", "--json"]
        imports = [sys.executable, "-c", "import numpy, faiss, pyoxigraph"]
        pairs = [(_seconds(ask), _seconds(imports)) for _ in range(_RUNS)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return [
        Row(
            "cold `yaodian search`, wall s",
            f"{mine:.2f}",
            f"importing numpy, faiss, pyoxigraph: {theirs:.2f}",
            f"{ratio:.1f}",
            "<= 6 times",
            met=ratio <= 6,
        )
    ]


def memory() -> list[Row]:
    """Peak memory of one search in a fresh process, beside the imports alone."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "kb"
        Library.build(base)
        program = f"from index.library import Library; Library.open({str(base)!r}).search('民生'); {_PEAK}"
        mine = int(_run([sys.executable, "-c", program])) // 1024
        theirs = int(_run([sys.executable, "-c", f"import numpy, faiss, pyoxigraph; {_PEAK}"])) // 1024
    return [Row("peak memory of one search, MB", str(mine), f"the imports alone: {theirs}", f"{mine / theirs:.1f}")]


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    _run(command)
    return time.perf_counter() - start


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=_ROOT, check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(command[:4])} … failed: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()
