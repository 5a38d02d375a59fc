"""The HTML face of satisfaction."""

from django.urls import path

from yankao.departments.service.satisfaction.pages import (
    answering,
    calls,
    questions,
    results,
    second,
    surveys,
)

app_name = "service_satisfaction"

urlpatterns = [
    path("survey/<str:token>/", answering.answer, name="answer"),
    path("survey/<str:token>/check/", answering.check, name="check"),
    path("survey/<str:token>/q/<slug:name>/", answering.answer, name="question"),
    path("survey/answered/<str:token>/", answering.second_answer, name="second_answer"),
    path("satisfaction/results/", results.results, name="results"),
    path("satisfaction/results.<sheet:format>", results.export, name="results_sheet"),
    path("satisfaction/results/words/", results.words, name="words"),
    path("satisfaction/words.<sheet:format>", results.words_export, name="words_sheet"),
    path("satisfaction/surveys/", surveys.surveys, name="surveys"),
    path("satisfaction/surveys/<str:survey>/", surveys.survey, name="survey"),
    path("satisfaction/surveys/<str:survey>/share/", surveys.share, name="share"),
    path("satisfaction/surveys/<str:survey>/draw/", surveys.draw, name="draw"),
    path("satisfaction/surveys/<str:survey>/questions/", questions.questions, name="questions"),
    path("satisfaction/surveys/<str:survey>/questions/do/", questions.act, name="questions_act"),
    path(
        "satisfaction/surveys/<str:survey>/questions/new/", questions.question, name="new_question"
    ),
    path(
        "satisfaction/surveys/<str:survey>/questions/q/<slug:name>/",
        questions.question,
        name="edit_question",
    ),
    path(
        "satisfaction/surveys/<str:survey>/questions/q/<slug:name>/move/",
        questions.move,
        name="move_question",
    ),
    path("satisfaction/surveys/<str:survey>/questions/preview/", questions.preview, name="preview"),
    path("satisfaction/surveys/<str:survey>/questions/file/", questions.workbook, name="workbook"),
    path("satisfaction/surveys/<str:survey>/questions/take/", questions.take, name="take_workbook"),
    path(
        "satisfaction/surveys/<str:survey>/questions/<int:version>.xlsx",
        questions.export,
        name="export_questions",
    ),
    path("satisfaction/calls/", calls.calls, name="calls"),
    path("satisfaction/calls/<int:invitation_id>/", calls.call, name="call"),
    path("satisfaction/calls/<int:invitation_id>/ended/", calls.ended, name="call_ended"),
    path("satisfaction/second/", second.seconds, name="seconds"),
    path("satisfaction/second/<int:second_id>/", second.second, name="second"),
    path("satisfaction/second/<int:second_id>/close/", second.close, name="close_second"),
]
