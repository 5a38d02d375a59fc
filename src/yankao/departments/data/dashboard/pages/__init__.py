"""The HTML face: /dashboard/ for everybody, /dashboard/manage/ for those who make topics."""

from django.urls import path

from yankao.departments.data.dashboard.pages import public

app_name = "data_dashboard"

urlpatterns = [
    path("dashboard/", public.board, name="board"),
    path("dashboard/topics/<slug:topic_code>/", public.topic, name="topic"),
]
