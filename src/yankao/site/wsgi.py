"""The WSGI application served by granian.

Granian's processes outlive a granian that is killed and go on answering on its port: ours do not.
"""

import os

from django.core.wsgi import get_wsgi_application

from yankao.base import postgres

postgres.die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yankao.site.settings")
application = get_wsgi_application()
