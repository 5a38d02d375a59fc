"""The HTML face of the knowledge base: /faq/ for everybody, /knowledge/ for the staff."""

from django.urls import path

from yankao.departments.service.knowledge.pages import entry, listing, moves, public, work

app_name = "service_knowledge"

urlpatterns = [
    path("faq/", public.front, name="front"),
    path("faq/search/", public.search, name="search"),
    path("faq/suggest/", public.suggest, name="suggest"),
    path("faq/missing/", public.missing, name="missing"),
    path("faq/category/<slug:category>/", public.category, name="category"),
    path("faq/agency/<slug:agency_code>/", public.agency, name="agency"),
    path("faq/<slug:knowledge_number>/", public.entry, name="public_entry"),
    path("knowledge/", listing.listing, name="entries"),
    path("knowledge.<sheet:format>", listing.export, name="entries_sheet"),
    path("knowledge/counts/", listing.counts, name="entry_counts"),
    path("knowledge/new/", entry.new, name="new"),
    path("knowledge/similar/", entry.similar, name="similar"),
    path("knowledge/work/", work.work, name="work"),
    path("knowledge/work/<int:gap_id>/", work.settle, name="settle"),
    path("knowledge/alike/", work.pairs, name="pairs"),
    path("knowledge/alike/<int:pair_id>/apart/", work.apart, name="apart"),
    path("knowledge/<slug:knowledge_number>/", entry.detail, name="entry"),
    path("knowledge/<slug:knowledge_number>/edit/", entry.edit, name="edit"),
    path("knowledge/<slug:knowledge_number>/related/", entry.relate, name="relate"),
    path("knowledge/<slug:knowledge_number>/dealt/", entry.dealt, name="dealt"),
    path(
        "knowledge/<slug:knowledge_number>/versions/<int:version_id>/",
        entry.version,
        name="version",
    ),
    path("knowledge/<slug:knowledge_number>/do/<slug:move>/", moves.act, name="act"),
]
