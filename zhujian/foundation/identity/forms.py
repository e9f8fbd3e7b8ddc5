"""Forms of the identity pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from zhujian.foundation.identity.models import Account, Organisation, PersonalRecord, Post
from zhujian.foundation.identity.roles import roles
from zhujian.foundation.kernel.codes import clean, region_code_check
from zhujian.foundation.kernel.errors import Refusal

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
REQUIRED = {"required": "请填写。", "invalid": "填写的内容不正确，请核对。", "invalid_choice": "请从列表中选择。"}


def take(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal's reasons on the form, beside the field they concern."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)


class PlainForm(forms.Form):
    """A form whose standard sentences say what to do."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.error_messages |= {key: text for key, text in REQUIRED.items() if key in field.error_messages}


class LoginForm(PlainForm):
    """Login name and password."""

    username = forms.CharField(
        label="登录名", max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})
    )
    password = forms.CharField(
        label="密码", max_length=128, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class CodeForm(PlainForm):
    """A dynamic code or a recovery code."""

    code = forms.CharField(
        label="动态码", max_length=16, help_text="打开手机上的认证器，输入“数字住建”下的6位数字；手机不在身边可用备用码。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip


class PasswordForm(PlainForm):
    """Old password, new password twice."""

    old_password = forms.CharField(
        label="当前密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new_password = forms.CharField(
        label="新密码", strip=False, max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输一遍新密码", strip=False, max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        """Both new passwords are the same."""
        data = super().clean() or {}
        if data.get("new_password") and data.get("again") and data["new_password"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一致，请重新输入。")
        return data


class TokenForm(PlainForm):
    """A new access token."""

    name = forms.CharField(label="用途", max_length=60, help_text="写明用在哪里，例如“QGIS，办公室电脑”。")
    expires_on = forms.DateField(label="有效期至", widget=DAY, help_text="到期自动失效，也可随时撤销。")


class ReasonForm(PlainForm):
    """A reason for an act that is kept."""

    reason = forms.CharField(label="原因", max_length=200)


class AccountForm(PlainForm):
    """A new account."""

    username = forms.CharField(label="登录名", max_length=64, help_text="3至64位字母、数字、点或下划线。")
    name = forms.CharField(label="姓名", max_length=64)
    kind = forms.ChoiceField(label="账号类别", choices=Account.Kind.choices)
    document_kind = forms.ChoiceField(label="证件类型", choices=PersonalRecord._meta.get_field("document_kind").choices)
    document_number = forms.CharField(label="证件号码", max_length=32, help_text="加密保存，一人只能有一个账号。")
    phone = forms.CharField(label="手机号码", max_length=11, required=False)


class AccountChangeForm(PlainForm):
    """What may be corrected on an account."""

    name = forms.CharField(label="姓名", max_length=64)
    email = forms.EmailField(label="邮箱", required=False)


class OrganisationForm(PlainForm):
    """An organisation."""

    code = forms.CharField(label="统一社会信用代码", max_length=24)
    name = forms.CharField(label="单位名称", max_length=120)
    kind = forms.ChoiceField(label="单位类别", choices=Organisation.Kind.choices)
    region_code = forms.CharField(label="行政区划代码", max_length=12, help_text="12位，如武昌区为420106000000。")
    authorities = forms.CharField(label="职能代码", required=False, help_text="多个用空格分开，如 HUD QSS；企业不填。")
    parent = forms.CharField(label="上级单位的统一社会信用代码", required=False, max_length=24)
    legal_representative = forms.CharField(label="法定代表人（负责人）", required=False, max_length=64)
    address = forms.CharField(label="住所", required=False, max_length=200)
    is_active = forms.BooleanField(label="启用", required=False, initial=True)

    def clean_region_code(self) -> str:
        """A region code of the right shape."""
        code = self.cleaned_data["region_code"]
        for reason in region_code_check(code):
            raise forms.ValidationError(reason.message)
        return code

    def clean_authorities(self) -> list[str]:
        """Codes in capitals, each once."""
        return list(dict.fromkeys(self.cleaned_data["authorities"].upper().split()))

    def clean_parent(self) -> Organisation | None:
        """The organisation above."""
        code = clean(self.cleaned_data["parent"])
        if not code:
            return None
        found = Organisation.objects.filter(code=code).first()
        if found is None:
            raise forms.ValidationError("没有登记这个上级单位，请先登记上级单位或核对代码。")
        return found


class _AccountField(forms.CharField):
    """An account named by its login name."""

    def clean(self, value: Any) -> Account:
        name = super().clean(value)
        found = Account.objects.filter(username=name).first()
        if found is None:
            raise forms.ValidationError("没有这个登录名，请核对；新人员请先由系统管理员建立账号。")
        return found


class _OrganisationField(forms.CharField):
    """An organisation named by its code."""

    def clean(self, value: Any) -> Organisation:
        code = clean(super().clean(value))
        found = Organisation.objects.filter(code=code).first()
        if found is None:
            raise forms.ValidationError("没有登记这个单位，请核对代码或先由系统管理员登记。")
        return found


class GrantForm(PlainForm):
    """A post and its roles."""

    account = _AccountField(label="人员的登录名", max_length=64)
    organisation = _OrganisationField(label="单位的统一社会信用代码", max_length=24)
    title = forms.CharField(label="岗位名称", max_length=64)
    kind = forms.ChoiceField(label="任职方式", choices=[c for c in Post.Kind.choices if c[0] != Post.Kind.DELEGATED])
    roles = forms.MultipleChoiceField(label="角色", widget=forms.CheckboxSelectMultiple)
    valid_from = forms.DateField(label="起始日期", widget=DAY)
    valid_to = forms.DateField(label="截止日期", required=False, widget=DAY, help_text="代理任职必填；正式任职可不填。")
    basis = forms.CharField(label="依据", max_length=200, required=False, help_text="任职文件名称或文号。")
    firm_admin = forms.BooleanField(label="作为企业管理员（可授权本企业其他经办人）", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        field.choices = [  # type: ignore[attr-defined]
            (role.code, f"{role.title}：{role.description}")
            for role in roles().values()
            if role.side in {"official", "enterprise"}
        ]
        self.fields["valid_from"].initial = timezone.localdate


class DelegateForm(PlainForm):
    """Roles lent to a colleague for a time."""

    account = forms.ModelChoiceField(Account.objects.none(), label="受托人", empty_label="请选择本单位同事")
    roles = forms.MultipleChoiceField(label="委托的角色", widget=forms.CheckboxSelectMultiple)
    valid_from = forms.DateField(label="起始日期", widget=DAY)
    valid_to = forms.DateField(label="截止日期", widget=DAY)
    basis = forms.CharField(label="事由", max_length=200, help_text="如：出差、休假期间代为办理。")

    def __init__(self, *args: Any, colleagues: list[Account], own_roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.filter(pk__in=[c.pk for c in colleagues])  # type: ignore[attr-defined]
        self.fields["roles"].choices = own_roles  # type: ignore[attr-defined]
        self.fields["valid_from"].initial = timezone.localdate


class AgentForm(PlainForm):
    """A person who is to act for the firm."""

    username = forms.CharField(
        label="登录名", max_length=64, help_text="已有账号的填原登录名；没有账号的填一个新登录名，系统将给出一次性密码。"
    )
    name = forms.CharField(label="姓名", max_length=64)
    phone = forms.CharField(label="手机号码", max_length=11, required=False)
    title = forms.CharField(label="岗位", max_length=64, initial="经办人")
    valid_from = forms.DateField(label="授权起始日期", widget=DAY)
    valid_to = forms.DateField(label="授权截止日期", required=False, widget=DAY)
    firm_admin = forms.BooleanField(label="同时作为企业管理员", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate
