"""The plan that comes with the package, see samples/PROVENANCE.md."""

from pathlib import Path

SAMPLE: Path = Path(__file__).parent / "samples" / "jinhua-cppcc-2022.txt"
"""The 2022 work plan of the Jinhua CPPCC Party group, as it came, with its page-break defects."""
