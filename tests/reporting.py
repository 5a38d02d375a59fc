"""``python -m tests.reporting COUNT``: that many reports with a photograph each; 0 = endlessly."""

import itertools
import random
import sys
from io import BytesIO

import django

django.setup()

from PIL import Image  # noqa: E402

from yankao.base import clock  # noqa: E402
from yankao.base.actors import ANONYMOUS  # noqa: E402
from yankao.base.transactions import durable  # noqa: E402
from yankao.departments.service.dispatch import services  # noqa: E402
from yankao.kernel.files import services as files  # noqa: E402
from yankao.site.commandline import database  # noqa: E402


def report() -> str:
    content = BytesIO()
    Image.frombytes("RGB", (16, 16), random.randbytes(768)).save(content, "PNG")
    content.seek(0)
    photo = files.keep(content=content, name="a.png")
    with durable():
        reported = services.report_case(
            item="pothole-1",
            where=services.Where(lat=22.6203, lng=120.3120),
            description="",
            contact=services.Contact(),
            photos=[photo],
            channel="web",
            actor=ANONYMOUS,
            at=clock.now(),
        )
    return reported.number


if __name__ == "__main__":
    with database():
        for made in itertools.count(1):
            print(report(), flush=True)
            if made == int(sys.argv[1]):
                break
