"""The frame of the benchmarks: ratios, bars, and a limit measured by pgbench as the application's role."""

from __future__ import annotations

import pytest

from bench import frame
from bench.frame import Row


def test_a_row_keeps_its_bar_or_misses_it() -> None:
    assert Row("列表", 40, 100, bar=0.35).passed
    assert not Row("列表", 34, 100, bar=0.35).passed
    assert Row("时间", 150, 100, bar=1.6, at_most=True, unit="毫秒").passed
    assert not Row("时间", 170, 100, bar=1.6, at_most=True, unit="毫秒").passed
    assert Row("告知", 1, 100).passed


def test_the_table_shows_ratio_bar_and_mark_in_columns() -> None:
    lines = frame.table([Row("完成任务", 120, 200, bar=0.5, note="一次提交"), Row("list", 10.0, 100, bar=0.2)]).splitlines()
    assert "0.60" in lines[1] and "≥ 0.5" in lines[1] and "✓ 一次提交" in lines[1]
    assert "0.10" in lines[2] and "✗" in lines[2]


def test_the_limit_is_measured_under_the_same_scope(databases, monkeypatch: pytest.MonkeyPatch) -> None:
    databases.build_template()
    monkeypatch.setattr(frame, "DATABASE", databases.template)
    # The scope is told, and the role is the application's: otherwise the division by zero ends the run.
    check = "SELECT 1 / (current_user = 'zhujian_app' AND current_setting('zj.region_lo') = '4201')::int;\n"
    tps = frame.pgbench("BEGIN;\n" + frame.scope_sql("4201", "4201~") + check + "COMMIT;\n", seconds=1)
    assert tps > 10
    with pytest.raises(RuntimeError, match="division by zero"):
        frame.pgbench(check.replace("4201", "4202").replace("current_setting('zj.region_lo')", "'4201'"), seconds=1)


def test_rates_are_per_second() -> None:
    assert frame.per_second(lambda: None, seconds=0.05) > 1000
    median, worst = frame.milliseconds(lambda: None, times=20)
    assert 0 <= median <= worst < 100
