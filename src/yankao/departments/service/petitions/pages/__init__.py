"""The HTML face of petitions."""

from django.urls import path

from yankao.departments.service.petitions.pages import (
    bulk,
    cases,
    listing,
    monthly,
    moves,
    petition,
    status,
    take_in,
)

app_name = "service_petitions"

urlpatterns = [
    path("petition/", petition.what, name="petition"),
    path("petition/words/", petition.words, name="petition_words"),
    path("petition/contact/", petition.contact, name="petition_contact"),
    path("petition/received/", petition.received, name="petition_received"),
    path("petition/confirm/<str:token>/", petition.confirm, name="confirm"),
    path("petition/status/<str:token>/", status.show, name="status"),
    path("petitions/", listing.listing, name="petitions"),
    path("petitions.<sheet:format>", listing.export, name="petitions_sheet"),
    path("petitions/bulk/", bulk.bulk, name="bulk"),
    path("petitions/counts/", listing.counts, name="petition_counts"),
    path("petitions/take-in/", take_in.take_in, name="take_in"),
    path("petitions/take-in/caller/", take_in.caller, name="caller"),
    path("petitions/monthly/", monthly.monthly, name="monthly"),
    path("petitions/monthly.odt", monthly.document, name="monthly_odt"),
    path("petitions/monthly.<sheet:format>", monthly.export, name="monthly_sheet"),
    path("petitions/<str:number>/", cases.detail, name="case"),
    path("petitions/<str:number>/petitioner/", cases.petitioner, name="petitioner"),
    path("petitions/<str:number>/undo/", moves.undo, name="undo"),
    path("petitions/<str:number>/<str:move>/", moves.make, name="move"),
]
