"""The WSGI application served by granian.

Granian's processes outlive a granian that is killed and go on answering on its port: ours do not.
The first drawing of a process is made beside its first answers: no reader waits for it.
"""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

from yankao.base import postgres
from yankao.kernel.figures import charts

postgres.die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yankao.site.settings")
application = get_wsgi_application()
Thread(target=charts.draw_first, name="first drawing", daemon=True).start()
