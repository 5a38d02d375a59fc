"""The HTML face: /dashboard/ for everybody, /dashboard/manage/ for those who make topics."""

from django.urls import path

from yankao.departments.data.dashboard.pages import decide, manage, public, wall

app_name = "data_dashboard"

urlpatterns = [
    path("dashboard/", public.board, name="board"),
    path("dashboard/decide/", decide.decide, name="decide"),
    path("dashboard/wall/", wall.wall, name="wall"),
    path("dashboard/wall/choose/", wall.choose, name="choose"),
    path("dashboard/manage/", manage.listing, name="manage"),
    path("dashboard/manage/new/", manage.new, name="new"),
    path("dashboard/manage/<slug:topic_code>/", manage.detail, name="managed"),
    path("dashboard/manage/<slug:topic_code>/edit/", manage.edit, name="edit"),
    path(
        "dashboard/manage/<slug:topic_code>/versions/<int:version_id>/",
        manage.version,
        name="version",
    ),
    path("dashboard/manage/<slug:topic_code>/do/<slug:move>/", manage.act, name="act"),
    path("dashboard/topics/<slug:topic_code>/", public.topic, name="topic"),
]
