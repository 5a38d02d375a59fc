"""The HTML face of the answer bot."""

from django.urls import path

from yankao.departments.service.bot.pages import asking, line, report

app_name = "service_bot"

urlpatterns = [
    path("ask/", asking.ask, name="ask"),
    path("ask/panel/", asking.panel, name="panel"),
    path("ask/line/", line.webhook, name="line"),
    path("ask/turns/<int:turn_id>/", asking.judge, name="judge"),
    path("bot/", report.report, name="report"),
]
