"""Words of the papers that a step sends out: acceptance, supplement, refusal, reply. Facts in, paragraphs out.

A paper names the matter, the project, the reasons and the clauses, and a refusal tells how to seek review
(行政许可法 第三十二条、第三十八条; 行政复议法 第二十条; 行政诉讼法 第四十六条).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zhujian.boards.construction.project_management.rules.spans import Span

TITLES = {
    "accepted": "受理通知书", "supplement": "一次性补正材料告知书", "not_accepted": "不予受理决定书", "refused": "不予行政许可决定书",
}  # fmt: skip


@dataclass(frozen=True)
class Matter:
    """What a paper is about: `step` title, `project` name and code, `clauses` of the step."""

    step: str
    project: str
    project_code: str
    clauses: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """The project as it stands in a sentence."""
        return f"“{self.project}”（项目代码：{self.project_code}）"


def chinese_date(day: date) -> str:
    """``2026年3月10日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def accepted(matter: Matter, *, received: date, due: date | None) -> list[str]:
    """受理通知书: accepted on `received`; `due` is the last day of the promised limit, None without a limit."""
    told = [f"你单位{chinese_date(received)}提交的{matter.named}“{matter.step}”申请，材料齐全、符合法定形式，决定予以受理。"]
    if due is not None:
        told.append(
            f"本事项承诺于{chinese_date(due)}前办结。依法需要听证、招标、拍卖、检验、检测、鉴定和专家评审的，所需时间不计算在内，并将书面告知。"
        )
    return [*told, "办理进度可以凭本通知书编号或者扫描二维码查询。"]


def supplement(matter: Matter, *, needed: Sequence[str], until: date | None = None) -> list[str]:
    """一次性补正材料告知书: everything that is needed, told once. ValueError when nothing is named."""
    items = [text.strip() for text in needed if text.strip()]
    if not items:
        raise ValueError("a supplement must name what is needed")
    listed = "；".join(f"{number}．{text.rstrip('。；')}" for number, text in enumerate(items, 1))
    told = [
        f"你单位提交的{matter.named}“{matter.step}”申请，经审查材料不齐全或者不符合法定形式，现一次性告知需要补正的全部内容：",
        f"{listed}。",
    ]
    tail = f"请于{chinese_date(until)}前补正后提交，" if until else "请补正后提交，"
    return [*told, f"{tail}补正材料齐全之日即为受理之日。本机关不再就同一申请另行要求补正。"]


def not_accepted(matter: Matter, *, reason: str, remedy_text: str) -> list[str]:
    """不予受理决定书 with its reason."""
    return [
        f"你单位提交的{matter.named}“{matter.step}”申请，因以下原因决定不予受理：{_sentence(reason)}",
        "原因消除后可以重新申请，其他并行办理的事项不受影响。", remedy_text,
    ]  # fmt: skip


def refused(matter: Matter, *, reason: str, remedy_text: str) -> list[str]:
    """不予行政许可决定书: reason, basis, remedies (行政许可法 第三十八条)."""
    basis = f"依据{'、'.join(matter.clauses)}，" if matter.clauses else ""
    return [
        f"你单位提交的{matter.named}“{matter.step}”申请，经审查：{_sentence(reason)}",
        f"{basis}决定不予许可。请按照上述意见整改后重新申报；本决定只涉及本事项，其他事项已经取得的结果继续有效。", remedy_text,
    ]  # fmt: skip


def reply(matter: Matter, *, opinion: str = "") -> list[str]:
    """批复 or 意见: what was asked, on what basis, what was decided, what follows."""
    basis = f"，符合{'、'.join(matter.clauses)}的规定" if matter.clauses else ""
    return [
        f"你单位关于{matter.named}{matter.step}的申请及有关材料收悉。",
        f"经审查{basis}，{_sentence(opinion or '同意办理')}",
        "请严格按照批准的内容组织实施；批准内容需要变更的，应当在实施前办理变更手续。",
    ]


def filed(matter: Matter, *, opinion: str = "") -> list[str]:
    """备案证明、登记书、回执: what was handed in has been recorded."""
    basis = f"依据{'、'.join(matter.clauses)}，" if matter.clauses else ""
    told = [f"你单位报送的{matter.named}{matter.step}材料收悉，经核对符合要求，{basis}予以登记。"]
    return [*told, _sentence(opinion)] if opinion.strip() else told


def report(matter: Matter, *, opinion: str = "") -> list[str]:
    """开工令、竣工验收报告、监督记录: what the responsible parties state together."""
    basis = f"按照{'、'.join(matter.clauses)}的规定" if matter.clauses else "按照有关规定"
    return [f"{matter.named}{matter.step}已{basis}进行，以上内容经核对属实。", _sentence(opinion or "符合要求")]


def announcement(matter: Matter, *, opinion: str = "") -> list[str]:
    """公告: what concerns the people of a place, on what basis."""
    basis = f"依据{'、'.join(matter.clauses)}的规定，" if matter.clauses else ""
    told = [f"{basis}现将{matter.named}{matter.step}的有关事项公告如下："]
    return [*told, _sentence(opinion)] if opinion.strip() else told


def remedy(*, review: Span, suit: Span) -> str:
    """How to seek review of a decision; the periods come from parameters."""
    return f"如不服本决定，可以自收到之日起{review}内依法申请行政复议，或者自收到之日起{suit}内依法向人民法院提起行政诉讼。"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(("。", "！", "？")) else text.rstrip("；，.") + "。"
