"""How one data set goes with one platform, in a light, a sentence and the next step. Pure; the pages fill in the links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

GREEN, YELLOW, RED, GREY = "green", "yellow", "red", "grey"
HOUR = timedelta(hours=1)
# How long a data set of a frequency may be silent on the receiving side before somebody should ask; others have no rhythm of their own.
SILENT = {"realtime": 24 * HOUR, "hourly": 24 * HOUR, "daily": 48 * HOUR}


@dataclass(frozen=True)
class Facts:
    """What is known of a data set: `last` answer or receipt, `rows` of the last 31 days, what waits (the `oldest` since when), what came back.

    `state` and the three numbers after it are of the last reconciliation that is not balanced, else of the last one.
    """

    frequency: str
    here: bool = True
    active: bool = True
    addressed: bool = True
    looked: datetime | None = None
    last: datetime | None = None
    rows: int = 0
    waiting: int = 0
    oldest: datetime | None = None
    rejected: int = 0
    failed: int = 0
    state: str = ""
    missing: int = 0
    extra: int = 0
    different: int = 0


@dataclass(frozen=True)
class Verdict:
    """Light, how it stands, what to do next, and which list to open for it (empty: nothing to do)."""

    light: str
    words: str
    following: str
    opens: str = ""


def sending(known: Facts, now: datetime) -> Verdict:
    """Of a data set that we push; the gravest thing first."""
    if not known.here:
        return Verdict(GREY, "没有取数来源", "本平台没有安装提供这项数据的模块，请联系系统管理员。")
    if known.failed:
        return Verdict(RED, f"{known.failed} 个批次被整批拒收", "看清拒收原因，与对方改好后重新发送。", "failed")
    if known.rejected:
        return Verdict(YELLOW, f"{known.rejected} 条被退回", "按退回说明逐条更正，再重新上报。", "rejected")
    if known.state == "different":
        return Verdict(YELLOW, _unbalanced(known), "缺少的已自动补发；多出或内容不同的，请与对方核对。", "reconciliation")
    if not known.active:
        return Verdict(GREY, "已暂停上报", "恢复上报请在“修改”中启用。", "peer")
    if not known.addressed:
        return Verdict(GREY, "尚未填写接口地址", "向对方索取接口地址，在“修改”中填写。", "peer")
    if known.waiting and known.oldest is not None and now - known.oldest > HOUR:
        return Verdict(YELLOW, f"{known.waiting} 条等待超过1小时", "平台会继续重试；请核对接口地址和网络。", "waiting")
    if known.state == "unreachable":
        return Verdict(YELLOW, "对账时没有连通", "一小时后自动再对；请核对接口地址和网络。", "reconciliation")
    if known.waiting:
        return Verdict(GREEN, f"正在上报 {known.waiting} 条", "无需处理，约一分钟后刷新查看。")
    if known.looked is None:
        return Verdict(GREY, "还没有取数", "约十分钟内自动取数。")
    if known.last is None:
        return Verdict(GREY, "还没有数据", "业务产生数据后自动上报。", "register")
    return Verdict(GREEN, "正常", "无需处理。")


def receiving(known: Facts, now: datetime) -> Verdict:
    """Of a data set that a platform below pushes to us."""
    if not known.active:
        return Verdict(GREY, "已停用", "恢复接收请在“修改”中启用。", "peer")
    if known.last is None:
        return Verdict(GREY, "还没有收到", "请下级平台按约定接口推送。")
    if known.state == "different":
        return Verdict(YELLOW, _unbalanced(known), "下级会自动补发缺少的；仍不平的请联系下级核对。", "reconciliation")
    if known.rejected:
        return Verdict(YELLOW, f"{known.rejected} 条退回未更正", "请下级按退回说明更正后重新推送。", "rejected")
    quiet = SILENT.get(known.frequency)
    if quiet is not None and now - known.last > quiet:
        return Verdict(YELLOW, f"超过{int(quiet / HOUR)}小时没有收到", "请联系下级平台核对上报是否中断。")
    return Verdict(GREEN, "正常", "无需处理。")


def _unbalanced(known: Facts) -> str:
    parts = [f"{word}{n}" for word, n in (("缺", known.missing), ("多", known.extra), ("异", known.different)) if n]
    return "对账不平" + (f"：{'、'.join(parts)}" if parts else "")
