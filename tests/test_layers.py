"""Imports point one way, and a heavy dependency has one home."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAYERS = ["corpus", "ontology", "graph", "index", "api"]
TRAINING = "training"  # makes the bundled model; part of no layer, imported by none, and it knows nothing of the api
HEAVY = {
    *("pyoxigraph", "pyshacl", "networkx", "daachorse"),
    *("faiss", "sentence_transformers", "transformers", "torch", "tokenizers", "safetensors"),
    *("rjieba", "opencc", "portalocker", "rapidfuzz"),
    *("typer", "platformdirs", "uvicorn"),
}


def modules_imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return names | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}


def sources() -> list[tuple[str, Path]]:
    return [(layer, file) for layer in LAYERS for file in sorted((ROOT / layer).rglob("*.py"))]


def test_imports_point_left_only() -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {module}"
        for layer, file in sources()
        for module in modules_imported(file)
        if module.split(".")[0] in LAYERS[LAYERS.index(layer) + 1 :]
    ]
    assert wrong == []


def test_a_heavy_dependency_is_imported_in_one_file() -> None:
    homes = defaultdict(set)
    for _, file in sources():
        for module in modules_imported(file):
            if module.split(".")[0] in HEAVY:
                homes[module.split(".")[0]].add(str(file.relative_to(ROOT)))
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def training() -> list[Path]:
    return sorted((ROOT / TRAINING).glob("*.py"))


def test_nothing_imports_the_training_and_it_imports_no_interface() -> None:
    packages = {file: {module.split(".")[0] for module in modules_imported(file)} for _, file in sources()}
    assert [file for file, names in packages.items() if TRAINING in names] == []
    assert [file for file in training() if {"api", "bench"} & {m.split(".")[0] for m in modules_imported(file)}] == []


def test_the_training_imports_a_heavy_dependency_in_one_file() -> None:
    homes = defaultdict(set)
    for file in training():
        for name in {module.split(".")[0] for module in modules_imported(file)} & HEAVY:
            homes[name].add(file.name)
    assert homes == {"torch": {"learn.py"}, "tokenizers": {"vocabulary.py"}, "safetensors": {"export.py"}}


def test_only_settings_reads_the_environment() -> None:
    readers = [
        str(file.relative_to(ROOT))
        for _, file in sources()
        if any(word in file.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv", "getenv("))
    ]
    assert readers == ["api/settings.py"] or readers == []
