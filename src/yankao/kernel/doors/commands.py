"""``yankao api-key issue|list|revoke``."""

from argparse import ArgumentParser, Namespace
from datetime import date

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.transactions import durable
from yankao.kernel.doors import declarations, queries, services

ACTOR = system_actor("api-key")
STATES = {"active": "使用中", "expired": "已到期", "revoked": "已撤銷"}


def configure(parser: ArgumentParser) -> None:
    """The arguments of ``yankao api-key``."""
    actions = parser.add_subparsers(dest="action", required=True)
    issue = actions.add_parser("issue", help="核發金鑰；金鑰只印出這一次")
    issue.add_argument("application", help="應用程式的名稱")
    issue.add_argument("--purpose", required=True, help="用途")
    issue.add_argument(
        "--scope", action="append", required=True, dest="scopes",
        choices=list(declarations.scope_titles()), help="可做的事（可重複）",
    )  # fmt: skip
    issue.add_argument("--quota", type=int, required=True, help="一天最多呼叫幾次")
    issue.add_argument("--agency", help="聯絡機關的代碼")
    issue.add_argument(
        "--expires-on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="有效的最後一天"
    )
    actions.add_parser("list", help="列出金鑰與用量")
    revoke = actions.add_parser("revoke", help="撤銷金鑰")
    revoke.add_argument("key", type=int, help="list 印出的編號")
    revoke.add_argument("--reason", required=True, help="理由")


def run(chosen: Namespace) -> int:
    """Run the chosen action; refusals are printed by the command line."""
    {"issue": _issue, "list": _list, "revoke": _revoke}[chosen.action](chosen)
    return 0


def _issue(chosen: Namespace) -> None:
    with durable():
        issued = services.issue_key(
            application=chosen.application,
            purpose=chosen.purpose,
            scopes=chosen.scopes,
            quota_per_day=chosen.quota,
            expires_on=chosen.expires_on,
            contact_agency=chosen.agency,
            actor=ACTOR,
            at=clock.now(),
        )
    print(f"已核發 {issued.key.pk}「{issued.key.application}」。金鑰只顯示這一次：")
    print(issued.secret)


def _list(chosen: Namespace) -> None:
    at, number = clock.now(), 1
    while True:
        page = queries.keys_page(ACTOR, number=number, at=at)
        for key in page:
            use = f"今天 {key.used_today:,}/{key.quota_per_day:,}"
            state = STATES[key.state]
            print(f"{key.id}\t{key.prefix}\t{state}\t{use}\t{key.application}")
        if not page.has_next():
            return
        number = page.next_page_number()


def _revoke(chosen: Namespace) -> None:
    with durable():
        services.revoke_key(key_id=chosen.key, reason=chosen.reason, actor=ACTOR, at=clock.now())
    print("已撤銷。")
