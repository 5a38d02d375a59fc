"""Two at once: one conversation, one open question, counted once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.cast import NOW
from yankao.base.transactions import durable
from yankao.departments.service.bot import services
from yankao.departments.service.bot.models import Conversation
from yankao.departments.service.bot.workflow import Channel
from yankao.kernel.answers.models import Gap


@pytest.mark.django_db(transaction=True)
def test_two_first_questions_at_once() -> None:
    together = Barrier(2)

    def ask(_nth: int) -> None:
        try:
            together.wait(10)
            with durable():
                services.ask_question(
                    key="same", channel=Channel.WEB, question="海龜幾點下班", at=NOW
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, range(2)))
    assert Conversation.objects.get().turns.count() == 2
    assert Gap.objects.get().times == 1
