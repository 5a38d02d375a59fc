"""The room's pages and their addresses."""

from django.urls import path

from yankao.kernel.obligations.pages import bulk, clock, inbox, onward, overdue

app_name = "kernel_obligations"

urlpatterns = [
    path("work/", inbox.inbox, name="inbox"),
    path("work/next/", onward.onward, name="next"),
    path("work/counts/", inbox.counts, name="counts"),
    path("work/bulk/", bulk.bulk, name="bulk"),
    path("work/export.<sheet:format>", inbox.export, name="export"),
    path("work/overdue/", overdue.overdue, name="overdue"),
    path("work/obligations/<int:obligation_id>/clock/", clock.clock, name="clock"),
]
