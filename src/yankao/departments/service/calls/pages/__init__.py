"""The HTML face of calls."""

from django.urls import path

from yankao.departments.service.calls.pages import board, calls, desk, quality, rota, seats, work

app_name = "service_calls"

urlpatterns = [
    path("calls/desk/", desk.desk, name="desk"),
    path("calls/desk/waiting/", desk.waiting, name="waiting"),
    path("calls/desk/take/", desk.take, name="take"),
    path("calls/", calls.calls, name="calls"),
    path("calls.<sheet:format>", calls.export, name="calls_sheet"),
    path("calls/board/", board.board, name="board"),
    path("calls/wall/", board.wall, name="wall"),
    path("calls/staffing/", board.staffing, name="staffing"),
    path("calls/quality/", quality.quality, name="quality"),
    path("calls/differences/", quality.differences, name="differences"),
    path("calls/differences/<int:difference_id>/", quality.settle, name="settle"),
    path("calls/rota/", rota.rota, name="rota"),
    path("calls/rota/copy/", rota.copy, name="copy_week"),
    path("calls/rota/duties/<int:duty_id>/drop/", rota.drop, name="drop_duty"),
    path("calls/rota/swaps/", rota.swaps, name="swaps"),
    path("calls/rota/swaps/<int:swap_id>/", rota.swap, name="swap"),
    path("calls/rota/attributes/", rota.attributes, name="attributes"),
    path("calls/seats/", seats.seats, name="seats"),
    path("calls/<str:number>/", calls.call, name="call"),
    path("calls/<str:number>/review/", quality.review, name="review"),
    path("calls/<str:number>/listen/", quality.listen, name="listen"),
    path("calls/<str:number>/work/", work.work, name="work"),
    path("calls/<str:number>/head/", work.head, name="head"),
    path("calls/<str:number>/words/", work.words, name="words"),
    path("calls/<str:number>/kind/", work.classify, name="classify"),
]
