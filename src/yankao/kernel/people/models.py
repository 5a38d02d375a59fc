"""Agencies, units, persons, and what each may do from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from yankao.kernel.people.rules import AGENCY_ROLES, Role


class Agency(models.Model):
    """An agency of the city (機關), known by its code in the city pack."""

    code = models.CharField(_("代碼"), max_length=32, primary_key=True)
    name = models.CharField(_("名稱"), max_length=100)
    short_name = models.CharField(_("簡稱"), max_length=40)
    name_en = models.CharField(_("英文名稱"), max_length=200, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    level = models.PositiveSmallIntegerField(_("層級"), default=1)
    in_force_from = models.DateField(_("生效日"), null=True, blank=True)
    in_force_to = models.DateField(_("失效日"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_people_agency_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("code")),
            ),
            models.CheckConstraint(
                name="kernel_people_agency_days_in_order",
                condition=Q(in_force_from__isnull=True)
                | Q(in_force_to__isnull=True)
                | Q(in_force_to__gte=F("in_force_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A unit inside an agency (單位：科、隊、分隊)."""

    code = models.CharField(_("代碼"), max_length=32, primary_key=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(_("名稱"), max_length=100)
    name_en = models.CharField(_("英文名稱"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Finds persons by account; accounts are kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(account=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who can sign in. What they may do is in `Assignment`, never here."""

    account = models.CharField(_("帳號"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=100)
    email = models.EmailField(_("電子郵件"), blank=True)
    phone = models.CharField(_("電話"), max_length=40, blank=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    is_active = models.BooleanField(_("啟用"), default=True)
    is_demo = models.BooleanField(_("示範帳號"), default=False)
    must_change_password = models.BooleanField(_("須更換密碼"), default=False)
    created_at = models.DateTimeField(_("建立時間"), null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=0)
    second_factor_at = models.DateTimeField(_("第二道驗證設定時間"), null=True, blank=True)
    """Since when there has been a second factor without a break; None = there is none."""

    objects = PersonManager()

    USERNAME_FIELD = "account"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering: ClassVar = ["account"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_people_person_account_in_lower_case",
                condition=Q(account=Lower("account")) & ~Q(account=""),
            ),
            models.CheckConstraint(
                name="kernel_people_person_unit_needs_agency",
                condition=Q(unit__isnull=True) | Q(agency__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name"], name="kernel_people_person_name"),
            models.Index(
                fields=["id"], name="kernel_people_person_demo", condition=Q(is_demo=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end when the password changes or the person signs out everywhere."""
        own = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{own}.{self.session_epoch}"


class OpenSession(models.Model):
    """Where somebody is signed in; over when Django's session of that key is gone."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="open_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.CharField(_("網路位址"), max_length=45)
    browser = models.CharField(_("瀏覽器"), max_length=60, blank=True)
    began_at = models.DateTimeField(_("登入"))
    seen_at = models.DateTimeField(_("最近使用"))

    class Meta:
        ordering: ClassVar = ["-seen_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["seen_at"], name="kernel_people_session_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.browser}"


class Assignment(models.Model):
    """A role somebody holds, at an agency or everywhere; the last day counts."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(_("角色"), max_length=20)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    from_on = models.DateField(_("起日"))
    to_on = models.DateField(_("迄日"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤銷時間"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["from_on", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_people_assignment_known_role",
                condition=Q(role__in=sorted(role.value for role in Role)),
            ),
            models.CheckConstraint(
                name="kernel_people_assignment_agency_where_needed",
                condition=Q(
                    role__in=sorted(role.value for role in AGENCY_ROLES), agency__isnull=False
                )
                | (
                    ~Q(role__in=sorted(role.value for role in AGENCY_ROLES))
                    & Q(agency__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="kernel_people_assignment_unit_needs_agency",
                condition=Q(unit__isnull=True) | Q(agency__isnull=False),
            ),
            models.CheckConstraint(
                name="kernel_people_assignment_days_in_order",
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "role"], name="kernel_people_assignment_place"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.agency_id or '*'}"


class Deputy(models.Model):
    """Somebody who may act for another person, from an instant until another (代理人)."""

    principal = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="deputies")
    deputy = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="deputy_for")
    from_at = models.DateTimeField(_("起"))
    until_at = models.DateTimeField(_("迄"))
    reason = models.CharField(_("事由"), max_length=200)
    revoked_at = models.DateTimeField(_("提前結束"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-from_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kernel_people_deputy_not_oneself", condition=~Q(principal=F("deputy"))
            ),
            models.CheckConstraint(
                name="kernel_people_deputy_times_in_order",
                condition=Q(until_at__gt=F("from_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["deputy", "until_at"], name="kernel_people_deputy_current"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy_id} → {self.principal_id}"


class Tenure(models.Model):
    """Which agency held a subject in which period; at most one holds it at a time."""

    subject_kind = models.CharField(max_length=64)
    subject_id = models.BigIntegerField()
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="tenures", db_index=False
    )
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["from_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_people_tenure_one_holder",
                fields=["subject_kind", "subject_id"],
                condition=Q(until_at__isnull=True),
            ),
            models.CheckConstraint(
                name="kernel_people_tenure_times_in_order",
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["subject_kind", "subject_id", "from_at"],
                name="kernel_people_tenure_subject",
            ),
            models.Index(
                fields=["agency", "subject_kind", "subject_id"],
                name="kernel_people_tenure_agency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.agency_id}"


class SavedView(models.Model):
    """A person's own named filters of a list, perhaps shown to colleagues of an agency too.

    What was deleted can be had back for a moment; then the row goes.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_views")
    list_name = models.CharField(max_length=60)
    title = models.CharField(max_length=30)
    query = models.CharField(max_length=1000, blank=True)
    rank = models.PositiveSmallIntegerField()
    shared_with = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["rank", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="kernel_people_view_title_once",
                fields=["person", "list_name", "title"],
                condition=Q(deleted_at__isnull=True),
            ),
            models.CheckConstraint(name="kernel_people_view_has_title", condition=~Q(title="")),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["shared_with", "list_name"],
                name="kernel_people_view_shared",
                condition=Q(shared_with__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.list_name} {self.title}"
