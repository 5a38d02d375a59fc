"""``yankao createadmin``, ``yankao demo-accounts`` and ``yankao reset-factors``."""

import getpass
import os
import sys
from argparse import ArgumentParser, Namespace

from django.conf import settings

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.errors import Invalid
from yankao.base.transactions import durable
from yankao.kernel.people import demo, queries, services


def configure_createadmin(parser: ArgumentParser) -> None:
    """What is not given as a flag or in the environment is asked for."""
    parser.add_argument("--account", default=os.environ.get("YANKAO_ADMIN_ACCOUNT"))
    parser.add_argument("--name", default=os.environ.get("YANKAO_ADMIN_NAME"))
    parser.add_argument("--email", default=os.environ.get("YANKAO_ADMIN_EMAIL", ""))
    parser.add_argument(
        "--password-stdin", action="store_true", help="從標準輸入的第一行讀取密碼，不詢問"
    )


def run_createadmin(chosen: Namespace) -> int:
    """Make an administrator; refusals are printed by the command line."""
    account = chosen.account or _ask("帳號：")
    name = chosen.name or _ask("姓名：")
    password = _password(chosen)
    with durable():
        person = services.create_administrator(
            account=account,
            name=name,
            email=chosen.email,
            password=password,
            actor=system_actor("createadmin"),
            at=clock.now(),
        )
    print(f"已建立帳號管理人「{person.account}」。請用這個帳號登入 /people/ 建立其他人員。")
    return 0


def configure_demo_accounts(parser: ArgumentParser) -> None:
    """No arguments."""


def run_demo_accounts(chosen: Namespace) -> int:
    """Make the demo accounts that are missing and print all of them; demo mode only."""
    accounts = demo.prepare(home=settings.YANKAO_HOME, pack=settings.YANKAO_CITY, at=clock.now())
    print(demo.printed_list(accounts))
    return 0


def configure_reset_factors(parser: ArgumentParser) -> None:
    """Whose, and why; both go into the trail."""
    parser.add_argument("account")
    parser.add_argument("--reason", required=True, help="事由，記入軌跡並通知本人")


def run_reset_factors(chosen: Namespace) -> int:
    """Remove the second factors of an account, for when no other administrator can."""
    with durable():
        services.remove_all_factors(
            person_id=queries.person_of_account(chosen.account).id,
            reason=chosen.reason,
            actor=system_actor("reset-factors"),
            at=clock.now(),
        )
    print("已清除第二道驗證並登出所有裝置。請本人以密碼登入，重新設定。")
    return 0


def _password(chosen: Namespace) -> str:
    """From standard input, the environment, or asked for twice; never from the command line,
    where other users of the machine could read it."""
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    from_environment = os.environ.get("YANKAO_ADMIN_PASSWORD")
    if from_environment:
        return from_environment
    _require_terminal()
    first = getpass.getpass("密碼（至少 12 個字元）：")
    if getpass.getpass("再輸入一次：") != first:
        raise Invalid("people.passwords_differ", "兩次輸入的密碼不同，請重新執行。", "password")
    return first


def _ask(question: str) -> str:
    _require_terminal()
    return input(question)


def _require_terminal() -> None:
    if not sys.stdin.isatty():
        raise Invalid(
            "people.nothing_to_ask",
            "缺少資料且無法詢問。請加上 --account、--name 與 --password-stdin，"
            "或設定 YANKAO_ADMIN_ACCOUNT、YANKAO_ADMIN_NAME、YANKAO_ADMIN_PASSWORD。",
        )
