"""Run every benchmark, or those named: `python -m bench [build] [cold] …`; the table is kept in bench/results.md.

`python -m bench ablation` runs only where it is named: it takes minutes, and writes a table of its own,
bench/ablation.md.
"""

import sys

from bench import ablation, asking, cold, facts, quality, reading
from bench.table import Row, record

_OWN_TABLE = "ablation"


def main() -> None:
    """Measure, print, keep."""
    families = {
        "build": cold.build,
        "cold": cold.search,
        "memory": cold.memory,
        "reading": reading.measure,
        "facts": facts.measure,
        "asking": asking.measure,
        "quality": quality.measure,
        _OWN_TABLE: ablation.measure,
    }
    chosen = sys.argv[1:] or [name for name in families if name != _OWN_TABLE]
    unknown = [name for name in chosen if name not in families]
    if unknown:
        sys.exit(f"bench: unknown family {unknown[0]}; known: {', '.join(families)}")
    rows: list[Row] = [row for name in chosen for row in families[name]()]
    if rows:
        print(record(rows))
    missed = [row.figure for row in rows if not row.met]
    if missed:
        sys.exit(f"bench: bounds missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
