"""Shape of input: what is typed and chosen. What is allowed is the services' word."""

from datetime import datetime
from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    SetPasswordForm,
)
from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yankao.base.clock import TAIPEI
from yankao.base.fields import PlainForm
from yankao.kernel.people import queries
from yankao.kernel.people.rules import account_key
from yankao.kernel.people.words import ROLE_MEANINGS, ROLE_TITLES

Choices = list[tuple[str, Any]]


def _day_input() -> forms.DateInput:
    attrs = {"type": "date", "class": "govuk-input--width-10"}
    return forms.DateInput(attrs=attrs, format="%Y-%m-%d")


class SignInForm(LoginForm):  # type: ignore[misc]
    """Account and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("帳號"), _("密碼")
        login.widget.attrs = {
            "class": "govuk-input--width-20",
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        password.widget.attrs = {
            "class": "govuk-input--width-20",
            "autocomplete": "current-password",
        }
        password.help_text = ""
        login.error_messages["required"] = _now("請填寫帳號。")
        password.error_messages["required"] = _now("請填寫密碼。")

    def clean_login(self) -> str:
        """The account as it is kept, however it was typed."""
        return account_key(str(self.cleaned_data["login"]))


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """The present password and twice the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_passwords(self)

    def clean(self) -> dict[str, Any]:
        return _same_twice(self)


class FirstPasswordForm(SetPasswordForm):  # type: ignore[misc]
    """Twice the new password, for somebody who has none yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_passwords(self)

    def clean(self) -> dict[str, Any]:
        return _same_twice(self)


class PasswordAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """The password before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        password.label, password.help_text = _("密碼"), ""
        password.widget.attrs = {
            "class": "govuk-input--width-20",
            "autocomplete": "current-password",
        }
        password.error_messages["required"] = _now("請填寫密碼。")


class PeopleSearchForm(forms.Form):
    """What the directory is narrowed to."""

    q = forms.CharField(label=_("姓名、帳號或電話"), required=False, max_length=100)
    agency = forms.ChoiceField(label=_("機關"), required=False)
    role = forms.ChoiceField(label=_("角色"), required=False)
    state = forms.ChoiceField(
        label=_("狀態"),
        required=False,
        choices=[
            ("", _("全部")),
            ("active", _("使用中")),
            ("inactive", _("已停用")),
            ("locked", _("暫時鎖定")),
        ],
    )

    def __init__(self, *args: Any, agencies: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "agency", [("", _("全部")), *agencies])
        _choose(self, "role", [("", _("全部")), *role_choices()])


class PersonForm(PlainForm):
    """A person's particulars."""

    name = forms.CharField(label=_("姓名"), max_length=100)
    email = forms.CharField(
        label=_("電子郵件"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("電話"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "inputmode": "tel"}),
    )
    agency = forms.ChoiceField(
        label=_("機關"), required=False, help_text=_("民眾或全市性的帳號可以留空。")
    )
    unit = forms.ChoiceField(label=_("單位"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "agency", [("", _("不屬於任何機關")), *agency_choices()])
        _choose(self, "unit", [("", _("不指定單位")), *unit_choices()])


class NewPersonForm(PersonForm):
    """A new person: the account too, which never changes later."""

    account = forms.CharField(
        label=_("帳號"),
        max_length=64,
        help_text=_("3 至 64 個英文字母或數字，可含 . _ @ + -。建立後不能更改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    field_order = ("account", "name", "email", "phone", "agency", "unit")


class RoleForm(PlainForm):
    """A role, its place and its days."""

    role = forms.ChoiceField(label=_("角色"), widget=forms.RadioSelect)
    agency = forms.ChoiceField(
        label=_("機關"),
        required=False,
        help_text=_("承辦人、科長、機關首長須選機關，並及於其下級機關；其他角色請留空。"),
    )
    unit = forms.ChoiceField(
        label=_("單位"), required=False, help_text=_("選了單位，角色就只及於該機關。")
    )
    from_on = forms.DateField(label=_("起日"), widget=_day_input())
    to_on = forms.DateField(
        label=_("迄日"),
        required=False,
        help_text=_("最後一天仍有效。不填表示直到結束為止。"),
        widget=_day_input(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "role", _explained_roles())
        _choose(self, "agency", [("", _("不屬於單一機關")), *agency_choices()])
        _choose(self, "unit", [("", _("不指定單位")), *unit_choices()])


class EndRoleForm(PlainForm):
    """When a role ends and why."""

    last_on = forms.DateField(
        label=_("最後一天"),
        required=False,
        help_text=_("這一天仍有效。不填表示立刻結束。"),
        widget=_day_input(),
    )
    reason = forms.CharField(
        label=_("事由"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(PlainForm):
    """Why."""

    reason = forms.CharField(
        label=_("事由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class DeputyForm(PlainForm):
    """Who stands in, from when until when, and why."""

    deputy = forms.ChoiceField(label=_("代理人"), help_text=_("同機關、使用中的同仁。"))
    from_at = forms.DateTimeField(label=_("開始"))
    until_at = forms.DateTimeField(label=_("結束"))
    reason = forms.CharField(
        label=_("事由"), max_length=200, help_text=_("例如：休假、公差、受訓。")
    )

    def __init__(self, *args: Any, candidates: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "deputy", [("", _("請選擇")), *((str(i), name) for i, name in candidates)])
        for name in ("from_at", "until_at"):
            self.fields[name].widget = forms.DateTimeInput(
                attrs={"type": "datetime-local", "class": "govuk-input--width-20"},
                format="%Y-%m-%dT%H:%M",
            )


def _word_passwords(form: forms.Form) -> None:
    """Our own words and widths for allauth's password fields."""
    labels = {
        "oldpassword": _now("目前的密碼"),
        "password1": _now("新密碼"),
        "password2": _now("再輸入一次新密碼"),
    }
    for name in labels.keys() & form.fields.keys():
        field = form.fields[name]
        field.label = labels[name]
        field.help_text = ""
        field.error_messages["required"] = _now("請填寫%(field)s。") % {"field": labels[name]}
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["class"] = "govuk-input--width-20"
    form.fields["password1"].help_text = _now(
        "至少 12 個字元，不要用姓名、帳號、常見密碼或全部數字。可以用幾個不相關的詞。"
    )


def _same_twice(form: forms.Form) -> dict[str, Any]:
    """In place of allauth's own check, whose words are not ours."""
    cleaned: dict[str, Any] = forms.Form.clean(form) or {}
    first, second = cleaned.get("password1"), cleaned.get("password2")
    if first and second and first != second:
        form.add_error("password2", _now("兩次輸入的密碼不同，請重新輸入。"))
    return cleaned


def agency_choices() -> Choices:
    """All agencies by code, the lower ones set in."""
    return [(a.code, "　" * (a.level - 1) + a.name) for a in _tree_order()]


def unit_choices() -> Choices:
    """All units, grouped by their agency."""
    names = {agency.code: agency.name for agency in queries.agencies()}
    groups: dict[str, Choices] = {}
    for unit in queries.units():
        groups.setdefault(names[unit.agency], []).append((unit.code, unit.name))
    return list(groups.items())


def role_choices() -> Choices:
    """All roles by their titles."""
    return [(role.value, title) for role, title in ROLE_TITLES.items()]


def shown_local(instant: datetime) -> str:
    """An instant as the browser's own picker wants it."""
    return instant.astimezone(TAIPEI).strftime("%Y-%m-%dT%H:%M")


def _tree_order() -> list[queries.AgencyView]:
    """Every agency right under the one above it."""
    by_parent: dict[str | None, list[queries.AgencyView]] = {}
    for agency in queries.agencies():
        by_parent.setdefault(agency.parent, []).append(agency)
    ordered: list[queries.AgencyView] = []

    def walk(parent: str | None) -> None:
        for agency in by_parent.get(parent, []):
            ordered.append(agency)
            walk(agency.code)

    walk(None)
    return ordered


def _explained_roles() -> Choices:
    sentence = _now("%(title)s：%(meaning)s")
    return [
        (role.value, sentence % {"title": title, "meaning": ROLE_MEANINGS[role]})
        for role, title in ROLE_TITLES.items()
    ]


def _choose(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class ViewForm(forms.Form):
    """What a saved view is called, and whether colleagues see it."""

    title = forms.CharField(label=_("檢視名稱"), max_length=30)
    shared = forms.BooleanField(label=_("同機關的同仁也看得到"), required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared"]
