"""The form of an article."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.boards.city_management.guidance.models import Article
from zhujian.foundation.parameters import selectors as parameters


class ArticleForm(forms.Form):
    """起草业务指导."""

    kind = forms.ChoiceField(label="栏目", error_messages={"required": "请选择栏目。", "invalid_choice": "请从列表中选择栏目。"})
    title = forms.CharField(
        label="标题", max_length=160, error_messages={"required": "请填写标题。", "max_length": "最多160个字。"}
    )
    summary = forms.CharField(label="摘要", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    body = forms.CharField(
        label="正文", max_length=60_000, widget=forms.Textarea(attrs={"rows": 14}), error_messages={"required": "请填写正文。"}
    )
    policy_kind = forms.ChoiceField(label="类型", required=False, help_text="政策法规必填。")
    number = forms.CharField(label="文号", max_length=80, required=False)
    issuer = forms.CharField(label="发文机关", max_length=120, required=False, help_text="政策法规必填。")
    valid_from = forms.DateField(
        label="生效日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="政策法规必填。",
    )
    valid_to = forms.DateField(
        label="失效日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="不再有效的第一天；长期有效不填。",
    )
    other = forms.ChoiceField(label="相关文件", required=False)
    relation = forms.ChoiceField(label="与相关文件的关系", required=False)
    is_public = forms.BooleanField(label="向社会公开", required=False)
    needs_reading = forms.BooleanField(label="要求下级单位阅知", required=False)
    file = forms.FileField(label="附件", required=False)

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(data, files, **options)
        today = timezone.localdate()
        for name, first in (("kind", []), ("policy_kind", [("", "请选择")]), ("relation", [("", "请选择")])):
            self.fields[name].choices = [*first, *parameters.code_list(f"guidance.{name}", today)]  # type: ignore[attr-defined]
        policies = Article.objects.filter(published=True, kind="policy").order_by("-id").values_list("pk", "title")[:300]
        self.fields["other"].choices = [("", "无"), *((str(pk), title) for pk, title in policies)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A related paper needs its relation."""
        data = super().clean() or {}
        if data.get("other") and not data.get("relation"):
            self.add_error("relation", "请选择与相关文件的关系。")
        return data
