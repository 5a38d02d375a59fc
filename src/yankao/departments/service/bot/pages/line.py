"""The webhook of LINE: signed, so it needs no CSRF token."""

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.service.bot import services


@public
@csrf_exempt
@require_POST
def webhook(request: Request) -> HttpResponse:
    """``/ask/line/``: every new text message is answered by a job."""
    services.take_line_events(
        body=request.body,
        signature=request.headers.get("X-Line-Signature", ""),
        at=request.now,
    )
    return HttpResponse(status=200)
