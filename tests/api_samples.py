"""What the tests of `api/` share."""

from hashlib import sha256
from pathlib import Path

# Four statements with nothing in common: a cross join that no machine finishes within a test.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def state(root: Path) -> dict[str, str]:
    """Every file of a base with its digest, locks aside: equal before and after means unchanged."""
    return {
        str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix not in (".lock", ".lease")
    }
