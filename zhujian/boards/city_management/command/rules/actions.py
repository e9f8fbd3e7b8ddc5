"""What a line of a case's log says: every action that the loop can write, in words."""

from __future__ import annotations

ACTIONS = {
    "accept": "受理", "register": "立案", "dispatch": "派遣", "hand_down": "下派到区", "hand_up": "退回市级", "coordinate": "协调会指定主办单位",
    "assign": "指派处置", "return": "回退", "handle": "处置完成", "feed_back": "反馈", "send_check": "发核查",
    "stage_done": "本阶段核查通过，进入下一阶段", "rework": "返工", "close": "结案", "merge": "并入上报", "merged_into": "并入其他案件",
    "reassign": "改派任务", "moved": "流转", "void": "作废", "force_close": "强制结案", "recompute": "重算时限", "overdue": "处置超期",
    "level_overdue": "区级处置超期",
    "extend_request": "申请延期", "extend_centre": "部门同意延期", "extend_approved": "批准延期", "extend_refused": "不同意延期",
    "suspend_request": "申请挂账", "suspend": "批准挂账", "suspend_refused": "不同意挂账", "resume": "恢复办理",
    "supervise": "督办", "supervise_reply": "回复督办", "appeal": "申诉", "appeal_review": "复核申诉", "call_back": "回访",
    "verify:true": "核实属实", "verify:false": "核实不属实", "register:refuse": "拟不予立案", "register:verify": "再次核实",
    "approve_void:approve": "同意不予立案", "approve_void:deny": "退回受理", "dispatch:back": "退回受理", "coordinate:back": "协调会退回",
    "handle:back": "退给部门", "confirm:redo": "打回重办", "check:pass": "核查通过", "check:fail": "核查未通过",
}  # fmt: skip


def label(action: str) -> str:
    """The words of an action; an outcome that a city's own diagram adds is shown by its code, which that city has named."""
    return ACTIONS.get(action, action)
