"""A person's particulars as the summary shows them."""

from django.utils.translation import gettext as _

from yankao.base.formats import roc_datetime
from yankao.kernel.people import queries


def rows(person: queries.PersonDetail) -> list[dict[str, str]]:
    """Term and value, in reading order."""
    place = "，".join(part for part in (person.agency_name, person.unit_name) if part)
    last_login = roc_datetime(person.last_login) if person.last_login else _("從未登入")
    return [
        {"term": _("帳號"), "value": person.account},
        {"term": _("機關與單位"), "value": place},
        {"term": _("電子郵件"), "value": person.email},
        {"term": _("電話"), "value": person.phone},
        {"term": _("最近登入"), "value": last_login},
    ]
