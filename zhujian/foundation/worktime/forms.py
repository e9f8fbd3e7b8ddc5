"""Input of the calendar pages."""

from __future__ import annotations

from django import forms
from django.utils import timezone

from zhujian.foundation.worktime.arrangement import Holiday, parse_days, parse_holidays
from zhujian.foundation.worktime.rules import UNITS

WEEKDAYS = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"]


def _day(label: str, hint: str = "", **options: object) -> forms.DateField:
    return forms.DateField(
        label=label, help_text=hint, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options  # type: ignore[arg-type]
    )  # fmt: skip


class YearForm(forms.Form):
    """The State Council's arrangement of a year."""

    year = forms.IntegerField(label="年份", min_value=2020, max_value=2100)
    notice = forms.CharField(
        label="通知名称和文号",
        max_length=200,
        help_text="如“国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕×号）”。",
    )
    published = _day("发布日期")
    holidays = forms.CharField(
        label="放假安排", help_text="每行一个节日：名称 开始日期 结束日期，如“元旦 2027-01-01 2027-01-03”。",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}), max_length=2000,
    )  # fmt: skip
    make_up = forms.CharField(
        label="调休上班日", required=False, help_text="周末上班的日期，用空格隔开；没有则不填。", max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )  # fmt: skip
    reason = forms.CharField(label="录入或更正原因", max_length=300)

    def clean_holidays(self) -> list[Holiday]:
        """Holidays, line by line."""
        found, reasons = parse_holidays(self.cleaned_data["holidays"])
        if reasons:
            raise forms.ValidationError([reason.message for reason in reasons])
        return found

    def clean_make_up(self) -> list:
        """Make-up days."""
        found, reasons = parse_days(self.cleaned_data["make_up"])
        if reasons:
            raise forms.ValidationError([reason.message for reason in reasons])
        return found


class DayForm(forms.Form):
    """A region's own day."""

    region = forms.CharField(label="适用地区", max_length=12)
    day = _day("日期")
    kind = forms.ChoiceField(
        label="安排", required=False, choices=[("holiday", "放假"), ("make_up", "上班"), ("", "恢复执行上级安排")], widget=forms.RadioSelect,
        initial="holiday",
    )  # fmt: skip
    name = forms.CharField(label="名称", max_length=40, required=False, help_text="如“自治州成立纪念日”。")
    basis = forms.CharField(label="依据", max_length=200, required=False)
    reason = forms.CharField(label="原因", max_length=300)


class HoursForm(forms.Form):
    """Office hours of a region."""

    region = forms.CharField(label="适用地区", max_length=12, required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label="星期", coerce=int, choices=list(enumerate(WEEKDAYS)), initial=[0, 1, 2, 3, 4], widget=forms.CheckboxSelectMultiple
    )
    segments = forms.CharField(label="时段", max_length=100, initial="08:30-12:00 14:00-17:30", help_text="各时段用空格隔开。")
    season_from = forms.CharField(label="每年自", max_length=5, initial="01-01", help_text="月-日；全年不变填 01-01。")
    season_to = forms.CharField(label="每年至", max_length=5, initial="12-31", help_text="月-日；全年不变填 12-31。")
    valid_from = _day("启用日期", "从这一天起按新的上下班时间推算工作时。")
    basis = forms.CharField(label="依据", max_length=200)
    reason = forms.CharField(label="原因", max_length=300)


class LimitForm(forms.Form):
    """What deadline a limit leads to."""

    start = _day("起算日（受理日）", initial=timezone.localdate)
    amount = forms.IntegerField(label="时限", min_value=0, max_value=2000)
    unit = forms.ChoiceField(label="单位", choices=[(unit, label) for unit, label in UNITS.items() if "hour" not in unit])
