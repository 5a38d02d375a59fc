"""Every route of the house and what its answers may show; a new route needs one line here."""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.house.test_routes import operations, pages
from yankao.base import api


class Shows(Enum):
    """Whose marks an answer may carry."""

    NOTHING = "the same for anybody: no mark at all"
    HELD = "what the asker's agencies hold now: lists, exports, search, files, API"
    COUNTED = "as HELD; and the numbers of what they held when a month was closed"
    PAST = "also what they held before, up to the end of their own period"
    REPORTER = "as HELD, and who reported, to those who handle the case"
    LOG = "as HELD; numbers also to those who only look after the sending"
    PEOPLE = "names of colleagues, to whom the directory shows them"


@dataclass(frozen=True, slots=True)
class Route:
    """What an answer may show, and how the route is asked beside what its parameters' names say.

    ``fields`` are sent beside the usual ones; ``query`` replaces the usual ones; ``posts`` are
    mostly posted to. What a route with ``keeps=False`` did is always taken back: it changes who
    somebody is, or what somebody may do.
    """

    shows: Shows
    fields: tuple[str, ...] = ()
    query: tuple[str, ...] | None = None
    keeps: bool = True
    weight: int = 1
    posts: bool = False


NOTHING, HELD, PAST = Route(Shows.NOTHING), Route(Shows.HELD), Route(Shows.PAST)
OPEN_DATA = Route(
    Shows.NOTHING,
    query=("q", "status", "service_code", "start_date", "end_date", "service_request_id",
           "page", "page_size", "startdate", "enddate", "extensions", "updated_after"),
    weight=2,
)  # fmt: skip
LIST, EXPORT = Route(Shows.HELD, weight=3), Route(Shows.HELD, weight=3)
CASE = Route(Shows.PAST, weight=16)
MOVE = Route(Shows.HELD)
FIGURE = Route(Shows.NOTHING, query=("period", "agency", "district"))
RECORDS = Route(Shows.COUNTED, query=("period", "agency", "part", "format", "page"), weight=2)
WORK = Route(Shows.PAST, weight=3)
DRAFT = Route(Shows.HELD, ("version", "subject_line", "body", "remark"), weight=4)
ACCOUNT = Route(Shows.NOTHING, keeps=False)
OWN_ACCOUNT = Route(Shows.PEOPLE, keeps=False)
DIRECTORY = Route(Shows.PEOPLE, keeps=False)
VIEWS = Route(Shows.PEOPLE, ("title", "query", "shared"), keeps=False, weight=2, posts=True)

ROUTES: dict[str, Route] = {
    # accounts and people
    "accounts/login/": ACCOUNT,
    "accounts/logout/": ACCOUNT,
    "accounts/password/change/": OWN_ACCOUNT,
    "accounts/password/set/": OWN_ACCOUNT,
    "accounts/second-factor/": ACCOUNT,
    "accounts/passkey/": ACCOUNT,
    "accounts/again/": OWN_ACCOUNT,
    "accounts/again/code/": OWN_ACCOUNT,
    "accounts/again/passkey/": OWN_ACCOUNT,
    "people/": DIRECTORY,
    "people.<sheet:format>": DIRECTORY,
    "people/new/": DIRECTORY,
    "people/<int:person_id>/": DIRECTORY,
    "people/<int:person_id>/change/": DIRECTORY,
    "people/<int:person_id>/deactivate/": DIRECTORY,
    "people/<int:person_id>/reactivate/": DIRECTORY,
    "people/<int:person_id>/unlock/": DIRECTORY,
    "people/<int:person_id>/sign-out/": DIRECTORY,
    "people/<int:person_id>/factors/reset/": DIRECTORY,
    "people/<int:person_id>/password/": DIRECTORY,
    "people/<int:person_id>/roles/new/": DIRECTORY,
    "people/<int:person_id>/roles/<int:assignment_id>/end/": DIRECTORY,
    "people/<int:person_id>/deputies/new/": DIRECTORY,
    "me/": OWN_ACCOUNT,
    "me/acting/": OWN_ACCOUNT,
    "me/sign-out-elsewhere/": OWN_ACCOUNT,
    "me/sessions/<int:session_id>/end/": OWN_ACCOUNT,
    "me/deputies/new/": OWN_ACCOUNT,
    "me/deputies/<int:deputation_id>/end/": OWN_ACCOUNT,
    "me/second-factor/": OWN_ACCOUNT,
    "me/second-factor/app/": OWN_ACCOUNT,
    "me/second-factor/codes/": OWN_ACCOUNT,
    "me/second-factor/codes/new/": OWN_ACCOUNT,
    "me/second-factor/passkeys/new/": OWN_ACCOUNT,
    "me/second-factor/<int:factor_id>/name/": OWN_ACCOUNT,
    "me/second-factor/<int:factor_id>/remove/": OWN_ACCOUNT,
    "me/views/<str:list_name>/": VIEWS,
    "me/views/<str:list_name>/save/": VIEWS,
    "me/view/<int:view_id>/change/": VIEWS,
    "me/view/<int:view_id>/delete/": VIEWS,
    "me/view/<int:view_id>/restore/": VIEWS,
    # the house
    "health/": NOTHING,
    "api/": NOTHING,
    "ui/": NOTHING,
    "language/": NOTHING,
    "find/": NOTHING,
    "badges/": HELD,
    "": NOTHING,
    "accessibility/": NOTHING,
    "privacy/": NOTHING,
    "app/": NOTHING,
    "offline/": NOTHING,
    "manifest.webmanifest": NOTHING,
    "service-worker.js": NOTHING,
    "doors/keys/": ACCOUNT,
    "doors/keys/new/": ACCOUNT,
    "doors/keys/<int:key_id>/replace/": ACCOUNT,
    "doors/keys/<int:key_id>/revoke/": ACCOUNT,
    "calendar/": NOTHING,
    "calendar/due/": NOTHING,
    "calendar/terms/": NOTHING,
    "calendar/stop-work/declare/": ACCOUNT,
    "calendar/stop-work/<int:stop_work_id>/revoke/": ACCOUNT,
    "trail/": LIST,
    "trail/export.<sheet:format>": EXPORT,
    "trail/verify/": NOTHING,
    "files/uploads/": Route(Shows.NOTHING),
    "files/uploads/<slug:token>/": Route(Shows.NOTHING),
    "files/<uuid:key>/": Route(Shows.HELD, weight=16),
    "files/<uuid:key>/thumbnail/": Route(Shows.HELD, weight=2),
    "files/public/<uuid:key>/": Route(Shows.NOTHING, weight=2),
    "search/": Route(Shows.HELD, query=("q", "kind", "page"), weight=6),
    "suggestions/": Route(Shows.NOTHING, query=("month",)),
    "suggestions/report.<sheet:format>": Route(Shows.NOTHING, query=("month",)),
    "suggestions/panel/": Route(Shows.NOTHING, ("title",), posts=True),
    "mail/": NOTHING,
    "mail/<int:mail_id>/": Route(Shows.NOTHING, ("reason",), posts=True),
    "mail/<int:mail_id>/take-in/": Route(Shows.NOTHING, posts=True),
    "notices/": WORK,
    "notices/read/": PAST,
    "notices/<int:entry_id>/": Route(Shows.PAST, weight=2),
    "notices/<int:entry_id>/read/": Route(Shows.PAST, posts=True),
    "notices/log/": Route(Shows.LOG, weight=2),
    "notices/log/export.<sheet:format>": Route(Shows.LOG, weight=2),
    "notices/log/<int:notice_id>/": Route(Shows.LOG, weight=2),
    "notices/log/<int:notice_id>/retry/": Route(Shows.LOG),
    "notices/providers/": NOTHING,
    "notices/templates/": NOTHING,
    "notices/templates/<int:template_id>/": NOTHING,
    "notices/receipts/<slug:provider>/": NOTHING,
    "stop/<str:token>/": NOTHING,
    "stop/<str:token>/resume/": NOTHING,
    "work/": WORK,
    "work/counts/": PAST,
    "work/export.<sheet:format>": WORK,
    "work/next/": WORK,
    "work/bulk/": Route(Shows.PAST, weight=4, posts=True),
    "work/overdue/": WORK,
    "work/obligations/<int:obligation_id>/clock/": WORK,
    # satisfaction: no dispatch case was asked about, so what is asked for is nobody's
    "survey/<str:token>/": NOTHING,
    "survey/<str:token>/check/": NOTHING,
    "survey/<str:token>/q/<slug:name>/": NOTHING,
    "survey/answered/<str:token>/": NOTHING,
    # the answer bot: published entries, masked questions
    "ask/": Route(Shows.NOTHING, ("q",), query=("q",), posts=True),
    "ask/panel/": NOTHING,
    "ask/line/": NOTHING,
    "ask/turns/<int:turn_id>/": Route(Shows.NOTHING, ("helpful",), posts=True),
    "bot/": Route(Shows.NOTHING, query=("page",)),
    # requests about one's own data: nobody asked, so what is asked for is nobody's
    "privacy/requests/": NOTHING,
    "privacy/requests/sent/": NOTHING,
    "privacy/request/<str:token>/": NOTHING,
    "privacy/request/<str:token>/confirm/": NOTHING,
    "privacy/request/<str:token>/copy/<str:number>/": NOTHING,
    "privacy/desk/": HELD,
    "privacy/desk/new/": HELD,
    "privacy/desk/<int:request_id>/": HELD,
    "privacy/desk/<int:request_id>/extend/": HELD,
    "privacy/desk/<int:request_id>/grant/": HELD,
    "privacy/desk/<int:request_id>/refuse/": HELD,
    "privacy/desk/<int:request_id>/copy/": HELD,
    "privacy/retention/": NOTHING,
    # citizens' accounts: nobody of the play signs in there, so what is asked for is nobody's
    "my/": NOTHING,
    "my/add/": NOTHING,
    "my/cases/<str:number>/": Route(Shows.NOTHING, weight=2),
    "my/cases/<str:number>/remove/": Route(Shows.NOTHING, posts=True),
    "my/sign-in/": NOTHING,
    "my/sign-in/code/": Route(Shows.NOTHING, ("code",), posts=True),
    "my/sign-in/passkey/": NOTHING,
    "my/sign-out/": NOTHING,
    "my/sign-out/everywhere/": NOTHING,
    "my/account/": NOTHING,
    "my/account/data.json": NOTHING,
    "my/account/passkeys/new/": NOTHING,
    "my/account/passkeys/<int:passkey_id>/remove/": NOTHING,
    "my/account/delete/": NOTHING,
    "my/notices/": NOTHING,
    "my/notices/stop/": NOTHING,
    "my/notices/renew/": NOTHING,
    "my/notices/watch/": Route(Shows.NOTHING, posts=True),
    "my/notices/unwatch/<str:number>/": NOTHING,
    "news/": Route(Shows.NOTHING, query=("category", "page")),
    "bulletins/": NOTHING,
    "bulletins/new/": NOTHING,
    "bulletins/<int:bulletin_id>/": NOTHING,
    "bulletins/<int:bulletin_id>/<str:move>/": NOTHING,
    "satisfaction/results/": HELD,
    "satisfaction/results.<sheet:format>": HELD,
    "satisfaction/results/words/": HELD,
    "satisfaction/words.<sheet:format>": HELD,
    "satisfaction/surveys/": HELD,
    "satisfaction/surveys/<str:survey>/": HELD,
    "satisfaction/surveys/<str:survey>/share/": Route(Shows.HELD, ("share_pct",), posts=True),
    "satisfaction/surveys/<str:survey>/draw/": HELD,
    "satisfaction/surveys/<str:survey>/questions/": HELD,
    "satisfaction/surveys/<str:survey>/questions/do/": Route(Shows.HELD, ("do",), posts=True),
    "satisfaction/surveys/<str:survey>/questions/new/": HELD,
    "satisfaction/surveys/<str:survey>/questions/q/<slug:name>/": HELD,
    "satisfaction/surveys/<str:survey>/questions/q/<slug:name>/move/": Route(
        Shows.HELD, ("do",), posts=True
    ),
    "satisfaction/surveys/<str:survey>/questions/preview/": HELD,
    "satisfaction/surveys/<str:survey>/questions/file/": HELD,
    "satisfaction/surveys/<str:survey>/questions/take/": HELD,
    "satisfaction/surveys/<str:survey>/questions/<int:version>.xlsx": HELD,
    "satisfaction/calls/": HELD,
    "satisfaction/calls/<int:invitation_id>/": HELD,
    "satisfaction/calls/<int:invitation_id>/ended/": HELD,
    "satisfaction/second/": HELD,
    "satisfaction/second/<int:second_id>/": HELD,
    "satisfaction/second/<int:second_id>/close/": HELD,
    # calls: none comes out of a case of the play; the desk and take-in show what callers have
    "POST /api/calls/events": NOTHING,
    "calls/": LIST,
    "calls.<sheet:format>": EXPORT,
    "calls/desk/": HELD,
    "calls/desk/waiting/": HELD,
    "calls/desk/take/": HELD,
    "calls/seats/": DIRECTORY,
    "calls/rota/": DIRECTORY,
    "calls/rota/copy/": NOTHING,
    "calls/rota/duties/<int:duty_id>/drop/": NOTHING,
    "calls/rota/swaps/": DIRECTORY,
    "calls/rota/swaps/<int:swap_id>/": NOTHING,
    "calls/rota/attributes/": DIRECTORY,
    "calls/quality/": HELD,
    "calls/differences/": NOTHING,
    "calls/differences/<int:difference_id>/": NOTHING,
    "calls/<str:number>/review/": HELD,
    "calls/<str:number>/listen/": HELD,
    "calls/board/": NOTHING,
    "calls/wall/": NOTHING,
    "calls/staffing/": NOTHING,
    "calls/<str:number>/": HELD,
    "calls/<str:number>/work/": Route(Shows.REPORTER),
    "calls/<str:number>/head/": HELD,
    "calls/<str:number>/words/": Route(Shows.REPORTER, ("text", "place", "name"), posts=True),
    "calls/<str:number>/kind/": Route(Shows.REPORTER, ("kind",), posts=True),
    # replies: drafts of petitions
    "replies/": WORK,
    "replies/bulk/": Route(Shows.HELD, posts=True),
    "replies/write/<str:kind>/<int:subject_id>/<str:agency>/": DRAFT,
    "replies/write/<str:kind>/<int:subject_id>/<str:agency>/presence/": HELD,
    "replies/<int:reply_id>/": DRAFT,
    "replies/<int:reply_id>/letter.pdf": HELD,
    "replies/<int:reply_id>/letter.odt": HELD,
    "replies/<int:reply_id>/approve/": HELD,
    "replies/<int:reply_id>/return/": HELD,
    "replies/<int:reply_id>/withdraw/": HELD,
    "replies/<int:reply_id>/discard/": HELD,
    "replies/<int:reply_id>/stop/": HELD,
    "replies/<int:reply_id>/send/": HELD,
    "replies/<int:reply_id>/posted/": HELD,
    "replies/templates/": HELD,
    "replies/templates/new/": HELD,
    "replies/templates/<int:reply_template_id>/": HELD,
    "replies/templates/<int:reply_template_id>/change/": HELD,
    "replies/templates/<int:reply_template_id>/retire/": HELD,
    "replies/phrases/": HELD,
    "replies/phrases/<int:phrase_id>/change/": HELD,
    "replies/phrases/<int:phrase_id>/delete/": HELD,
    "figures/": FIGURE,
    "figures/<str:name>/": RECORDS,
    "figures/<str:name>/records/": RECORDS,
    "closing/": NOTHING,
    "closing/definitions/": NOTHING,
    "closing/unfinished/": NOTHING,
    "closing/definitions/<int:definition_id>/approve/": NOTHING,
    "closing/<str:closed_month>/": NOTHING,
    "closing/<str:closed_month>/<str:closing_verb>/": NOTHING,
    "closing/<str:closed_month>/files/<str:fact>.parquet": HELD,
    "dashboard/": Route(Shows.NOTHING, query=("period",)),
    "dashboard/decide/": Route(Shows.NOTHING, query=("period",)),
    "dashboard/wall/": Route(Shows.NOTHING, query=("topic", "slide", "hold")),
    "dashboard/wall/choose/": NOTHING,
    "dashboard/manage/": Route(Shows.NOTHING),
    "dashboard/manage/new/": Route(Shows.NOTHING),
    "dashboard/manage/<slug:topic_code>/": Route(Shows.NOTHING),
    "dashboard/manage/<slug:topic_code>/edit/": Route(Shows.NOTHING),
    "dashboard/manage/<slug:topic_code>/versions/<int:version_id>/": Route(Shows.NOTHING),
    "dashboard/manage/<slug:topic_code>/do/<slug:move>/": Route(Shows.NOTHING),
    "dashboard/topics/<slug:topic_code>/": Route(Shows.NOTHING, query=("period",)),
    "facts/": NOTHING,
    "facts/datapackage.json": NOTHING,
    "facts/dictionary.<sheet:format>": NOTHING,
    "facts/<str:name>/": NOTHING,
    "facts/<str:name>/schema.json": NOTHING,
    "facts/<str:name>/datapackage.json": NOTHING,
    # published numbers
    "published/": NOTHING,
    "published/numbers.<sheet:format>": NOTHING,
    "published/<str:code>/": NOTHING,
    # dispatch, for anybody
    "map/": Route(Shows.NOTHING, weight=2),
    "map/places.geojson": Route(Shows.NOTHING, weight=2),
    "report/": NOTHING,
    "report/where/": NOTHING,
    "report/nearby/": NOTHING,
    "report/details/": NOTHING,
    "report/contact/": NOTHING,
    "report/received/": NOTHING,
    "report/offline/": NOTHING,
    "report/offline/sheet/": NOTHING,
    "report/offline/send/": NOTHING,
    "map/<str:number>/": Route(Shows.NOTHING, weight=2),
    "status/": Route(Shows.NOTHING, weight=2),
    "status/<str:token>/": Route(Shows.NOTHING, weight=4),
    "status/<str:token>/still-bad/": Route(Shows.NOTHING, weight=2, posts=True),
    "messages/": NOTHING,
    "messages/new/": ACCOUNT,
    "messages/use/": NOTHING,
    "messages/use/export.<sheet:format>": NOTHING,
    "messages/<uuid:program>/": NOTHING,
    "messages/<uuid:program>/close/": ACCOUNT,
    "messages/<uuid:program>/keys/new/": ACCOUNT,
    "messages/<uuid:program>/keys/<int:key_id>/end/": ACCOUNT,
    "messages/<uuid:program>/team/": ACCOUNT,
    "messages/<uuid:program>/team/<int:member_id>/": ACCOUNT,
    "messages/<uuid:program>/templates/new/": ACCOUNT,
    "messages/<uuid:program>/templates/<uuid:template>/": NOTHING,
    "messages/<uuid:program>/templates/<uuid:template>/revise/": ACCOUNT,
    "messages/<uuid:program>/templates/<uuid:template>/archive/": ACCOUNT,
    "messages/<uuid:program>/log/": NOTHING,
    "v2/notifications": NOTHING,
    "v2/notifications/sms": NOTHING,
    "v2/notifications/email": NOTHING,
    "v2/notifications/letter": NOTHING,
    "v2/notifications/<str:id>": NOTHING,
    "v2/templates": NOTHING,
    "v2/template/<str:id>": NOTHING,
    "v2/template/<str:id>/version/<int:version>": NOTHING,
    "v2/template/<str:id>/preview": NOTHING,
    "v2/received-text-messages": NOTHING,
    "v2/<path:rest>": NOTHING,
    r"^open311/v2/discovery\.(?P<form>json|xml)$": NOTHING,
    r"^open311/v2/services\.(?P<form>json|xml)$": NOTHING,
    r"^open311/v2/services/(?P<code>[^/]+)\.(?P<form>json|xml)$": NOTHING,
    r"^open311/v2/requests\.(?P<form>json|xml)$": OPEN_DATA,
    r"^open311/v2/requests\.csv$": OPEN_DATA,
    r"^open311/v2/requests/(?P<number>[^/]+)\.(?P<form>json|xml)$": OPEN_DATA,
    r"^open311/v2/tokens/(?P<token>[^/]+)\.(?P<form>json|xml)$": NOTHING,
    r"^open311/v2/servicerequestupdates\.(?P<form>json|xml)$": OPEN_DATA,
    r"^open311/v2/.*\.(?P<form>json|xml)$": NOTHING,
    r"^open311/v2/": NOTHING,
    "open1999/ServiceRequestsQuery.asmx/ServiceRequestsQuery": OPEN_DATA,
    # dispatch, for staff
    "petition/": NOTHING,
    "petition/words/": NOTHING,
    "petition/contact/": NOTHING,
    "petition/received/": NOTHING,
    "petition/confirm/<str:token>/": NOTHING,
    "petition/status/<str:token>/": Route(Shows.NOTHING, ("text",), weight=4),
    "petitions/": LIST,
    "petitions.<sheet:format>": EXPORT,
    "petitions/bulk/": Route(Shows.HELD, weight=4, posts=True),
    "petitions/counts/": HELD,
    "petitions/take-in/": HELD,
    "petitions/take-in/caller/": Route(Shows.REPORTER, ("phone",), weight=3, posts=True),
    "petitions/monthly/": FIGURE,
    "petitions/monthly.odt": FIGURE,
    "petitions/monthly.<sheet:format>": FIGURE,
    "petitions/<str:number>/": CASE,
    "petitions/<str:number>/petitioner/": Route(Shows.REPORTER, weight=16, posts=True),
    "petitions/<str:number>/undo/": Route(Shows.PAST, weight=2, posts=True),
    "petitions/<str:number>/<str:move>/": Route(
        Shows.PAST, ("ground", "note", "text"), weight=20, posts=True
    ),
    "dispatch/take-in/": Route(Shows.HELD, ("phone", "place", "name")),
    "dispatch/take-in/caller/": Route(Shows.REPORTER, ("phone",), weight=3, posts=True),
    "dispatch/take-in/known/": Route(Shows.HELD, ("place",), posts=True),
    "dispatch/cases/": LIST,
    "dispatch/cases.<sheet:format>": EXPORT,
    "dispatch/case-counts/": HELD,
    "dispatch/bulk/": Route(Shows.HELD, weight=6, posts=True),
    "dispatch/map/": HELD,
    "dispatch/map/points/": LIST,
    "dispatch/storm/": Route(Shows.HELD, weight=3),
    "dispatch/storm/orders/": LIST,
    "dispatch/storm/orders.<sheet:format>": EXPORT,
    "dispatch/storm/orders/<str:number>/": Route(Shows.HELD, weight=3),
    "dispatch/storm/bulk/": Route(Shows.HELD, weight=3, posts=True),
    "dispatch/storm/run/": HELD,
    "dispatch/cases/<str:number>/": CASE,
    "dispatch/cases/<str:number>/reporter/": Route(Shows.REPORTER, weight=16, posts=True),
    "dispatch/cases/<str:number>/undo/": Route(Shows.PAST, weight=2, posts=True),
    "dispatch/cases/<str:number>/<str:move>/": Route(
        Shows.PAST, ("photos",), weight=20, posts=True
    ),
    "dispatch/cases/<str:number>/photos/<uuid:key>/": Route(Shows.HELD, weight=4),
    "dispatch/cases/<str:number>/photos/<uuid:key>/withdraw/": Route(Shows.HELD, posts=True),
    "dispatch/overview/wall/": Route(Shows.NOTHING),
    "dispatch/overview/": Route(Shows.NOTHING, query=("month",)),
    # the knowledge base: nothing of a case is in it
    "faq/": NOTHING,
    "faq/search/": NOTHING,
    "faq/suggest/": NOTHING,
    "faq/missing/": Route(Shows.NOTHING, posts=True),
    "faq/category/<slug:category>/": NOTHING,
    "faq/agency/<slug:agency_code>/": NOTHING,
    "faq/<slug:knowledge_number>/": NOTHING,
    "knowledge/": LIST,
    "knowledge.<sheet:format>": NOTHING,
    "knowledge/counts/": HELD,
    "knowledge/new/": NOTHING,
    "knowledge/similar/": NOTHING,
    "knowledge/work/": NOTHING,
    "knowledge/work/<int:gap_id>/": Route(Shows.NOTHING, ("do",), posts=True),
    "knowledge/alike/": NOTHING,
    "knowledge/alike/<int:pair_id>/apart/": Route(Shows.NOTHING, posts=True),
    "knowledge/<slug:knowledge_number>/": NOTHING,
    "knowledge/<slug:knowledge_number>/edit/": NOTHING,
    "knowledge/<slug:knowledge_number>/related/": Route(Shows.NOTHING, posts=True),
    "knowledge/<slug:knowledge_number>/dealt/": Route(Shows.NOTHING, posts=True),
    "knowledge/<slug:knowledge_number>/versions/<int:version_id>/": NOTHING,
    "knowledge/<slug:knowledge_number>/do/<slug:move>/": NOTHING,
    # the API
    "GET /api/knowledge/categories": NOTHING,
    "GET /api/knowledge/entries": NOTHING,
    "GET /api/knowledge/entries/{knowledge_number}": NOTHING,
    "GET /api/knowledge/search": NOTHING,
    "GET /api/places/districts": NOTHING,
    "GET /api/places/villages": NOTHING,
    "GET /api/places/locate": NOTHING,
    "GET /api/calendar/due": NOTHING,
    "GET /api/calendar/working-days": NOTHING,
    "GET /api/calendar/terms": NOTHING,
    "GET /api/calendar/stop-work": NOTHING,
    "GET /api/search": Route(Shows.HELD, weight=6),
    "POST /api/suggestions/agency": NOTHING,
    "GET /api/notices": PAST,
    "GET /api/obligations": WORK,
    "GET /api/obligations/counts": PAST,
    "GET /api/obligations/{int:obligation_id}": WORK,
    "GET /api/obligations/{int:obligation_id}/clock": PAST,
    "GET /api/dashboard/topics": NOTHING,
    "GET /api/dashboard/topics/{topic_code}": Route(Shows.NOTHING, query=("period",)),
    "GET /api/figures/": NOTHING,
    "GET /api/figures/{name}": NOTHING,
    "GET /api/figures/{name}/values": FIGURE,
    "GET /api/figures/{name}/v{int:version}/{period}": Route(
        Shows.NOTHING, query=("agency", "district")
    ),
    "GET /api/figures/{name}/records": RECORDS,
    "GET /api/published/": NOTHING,
    "GET /api/published/{code}": NOTHING,
    "GET /api/petitions/items": NOTHING,
    "POST /api/petitions/files": NOTHING,
    "POST /api/petitions/cases": NOTHING,
    "POST /api/petitions/status": NOTHING,
    "GET /api/petitions/cases": LIST,
    "GET /api/petitions/cases/{number}": Route(Shows.HELD, weight=4),
    "GET /api/dispatch/items": NOTHING,
    "GET /api/dispatch/nearby": Route(Shows.NOTHING, weight=2),
    "POST /api/dispatch/reports": NOTHING,
    "POST /api/mobile/installs": NOTHING,
    "GET /api/dispatch/cases": LIST,
    "GET /api/dispatch/cases/{number}": Route(Shows.HELD, weight=4),
    "POST /api/dispatch/cases/{number}/accept": MOVE,
    "POST /api/dispatch/cases/{number}/assign": MOVE,
    "POST /api/dispatch/cases/{number}/verify": MOVE,
    "POST /api/dispatch/cases/{number}/return": MOVE,
    "POST /api/dispatch/cases/{number}/reassign": MOVE,
    "POST /api/dispatch/cases/{number}/split": MOVE,
    "POST /api/dispatch/cases/{number}/ask-extension": MOVE,
    "POST /api/dispatch/cases/{number}/grant-extension": MOVE,
    "POST /api/dispatch/cases/{number}/refuse-extension": MOVE,
    "POST /api/dispatch/cases/{number}/pause": MOVE,
    "POST /api/dispatch/cases/{number}/resume": MOVE,
    "POST /api/dispatch/cases/{number}/mark-urgent": MOVE,
    "POST /api/dispatch/cases/{number}/unmark-urgent": MOVE,
    "POST /api/dispatch/cases/{number}/join": MOVE,
    "POST /api/dispatch/cases/{number}/separate": MOVE,
    "POST /api/dispatch/cases/{number}/cancel": MOVE,
    "POST /api/dispatch/cases/{number}/reopen": MOVE,
}

HELP = """\
The walls (tests/walls/routes.py, ROUTES) do not know these routes:
{routes}
Add a line for each: what its answers may show (Shows: NOTHING for anybody's answers, HELD for
lists, exports, search, files and API, COUNTED for records behind figures, PAST where a former
owner reads its own period, REPORTER where a reporter's data is shown). Parameters are filled by
their names, see the ``value_…`` methods in tests/walls/steps.py; one of a new name needs a method
there."""


def found() -> set[str]:
    """Keys of all routes the house has."""
    keys = {address for address, _view in pages()}
    for path, operation in operations():
        keys |= {f"{method} /api{path}" for method in operation.methods}
    return keys


PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|\{(?:\w+:)?(\w+)\}")


def parameters(key: str) -> list[str]:
    """Names of the parameters in a route's address."""
    return [next(filter(None, match.groups())) for match in PARAMETER.finditer(key)]


def address(key: str, values: dict[str, str]) -> str:
    """The path with its parameters filled in."""
    pattern = key.partition(" /")[2] or key
    filled = PARAMETER.sub(lambda m: values[next(filter(None, m.groups()))], pattern)
    return "/" + filled.removeprefix("^").removesuffix("$").replace(".*", "x").replace("\\.", ".")


@dataclass
class Shape:
    """What an operation of the API says it takes: query names and the body's schema."""

    query: list[str] = field(default_factory=list)
    body: dict[str, Any] | None = None


def shapes() -> dict[str, Shape]:
    """Operations by key, from the OpenAPI document."""
    document = api.build().get_openapi_schema()
    schemas = document.get("components", {}).get("schemas", {})
    known: dict[str, Shape] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
            known[_bare(f"{method.upper()} {path}")] = Shape(
                [p["name"] for p in told.get("parameters", []) if p["in"] == "query"],
                _resolved(content["schema"], schemas) if content else None,
            )
    return known


def shape_of(key: str, known: dict[str, Shape]) -> Shape | None:
    return known.get(_bare(key))


def _bare(key: str) -> str:
    return re.sub(r"\{(?:\w+:)?(\w+)\}", r"{\1}", key)


def _resolved(schema: Any, schemas: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolved(schemas.get(schema["$ref"].rpartition("/")[2], {}), schemas)
    return {name: _resolved(value, schemas) for name, value in schema.items()}
