"""The HTML face: /dashboard/ for everybody, /dashboard/manage/ for those who make topics."""

from django.urls import path

from yankao.departments.data.dashboard.pages import decide, public, wall

app_name = "data_dashboard"

urlpatterns = [
    path("dashboard/", public.board, name="board"),
    path("dashboard/decide/", decide.decide, name="decide"),
    path("dashboard/wall/", wall.wall, name="wall"),
    path("dashboard/wall/choose/", wall.choose, name="choose"),
    path("dashboard/topics/<slug:topic_code>/", public.topic, name="topic"),
]
