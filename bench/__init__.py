"""Benchmarks: our path beside its limit, measured in one run, printed as ratios (`./run bench`, `./run bench NAME …`).

Each module here, except those of the frame, has ``def run() -> list[Row]``. See `bench.frame`.
"""
