"""The HTML face of dispatch."""

from django.urls import path

from yankao.departments.service.dispatch.pages import (
    bulk,
    cases,
    listing,
    moves,
    orders,
    overview,
    photos,
    public_map,
    report,
    status,
    storm,
    take_in,
    wall,
)

app_name = "service_dispatch"

urlpatterns = [
    path("report/", report.what, name="report"),
    path("report/where/", report.where, name="report_where"),
    path("report/nearby/", report.nearby, name="report_nearby"),
    path("report/details/", report.details, name="report_details"),
    path("report/contact/", report.contact, name="report_contact"),
    path("report/received/", report.received, name="report_received"),
    path("status/", status.look_up, name="status"),
    path("status/<str:token>/", status.show, name="status_by_token"),
    path("map/", public_map.page, name="map"),
    path("map/places.geojson", public_map.as_geojson, name="map_places"),
    path("dispatch/take-in/", take_in.take_in, name="take_in"),
    path("dispatch/take-in/caller/", take_in.caller, name="caller"),
    path("dispatch/take-in/known/", take_in.known, name="known"),
    path("status/<str:token>/still-bad/", status.still_bad, name="still_bad"),
    path("dispatch/cases/", listing.listing, name="cases"),
    path("dispatch/cases.<sheet:format>", listing.export, name="cases_sheet"),
    path("dispatch/case-counts/", listing.counts, name="case_counts"),
    path("dispatch/map/", listing.on_map, name="case_map"),
    path("dispatch/map/points/", listing.points, name="case_points"),
    path("dispatch/bulk/", bulk.bulk, name="bulk"),
    path("dispatch/cases/<str:number>/", cases.detail, name="case"),
    path("dispatch/cases/<str:number>/reporter/", cases.reporter, name="reporter"),
    path("dispatch/cases/<str:number>/photos/<uuid:key>/", photos.publish, name="photo"),
    path(
        "dispatch/cases/<str:number>/photos/<uuid:key>/withdraw/",
        photos.withdraw,
        name="photo_withdraw",
    ),
    path("dispatch/cases/<str:number>/undo/", moves.undo, name="undo"),
    path("dispatch/cases/<str:number>/<str:move>/", moves.make, name="move"),
    path("dispatch/storm/", storm.storm, name="storm"),
    path("dispatch/storm/orders/", orders.orders, name="orders"),
    path("dispatch/storm/orders.<sheet:format>", orders.export, name="orders_sheet"),
    path("dispatch/storm/bulk/", orders.bulk, name="orders_bulk"),
    path("dispatch/storm/run/", orders.run, name="orders_run"),
    path("dispatch/storm/orders/<str:number>/", orders.sheet, name="order_sheet"),
    path("dispatch/overview/", overview.overview, name="overview"),
    path("dispatch/overview/wall/", wall.wall, name="wall"),
]
