"""What it costs: `python -m bench` measures and adds rows to `bench/results.md`, as ratios to a baseline."""
