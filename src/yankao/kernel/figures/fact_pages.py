"""The dictionary of facts as pages, and for machines as Data Package, Table Schema and sheets."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import exports as sheets
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.kernel.figures import dictionary, queries
from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    PUBLIC_TEXT,
    TEXT,
    Column,
    Fact,
    TextUse,
)
from yankao.kernel.figures.dictionary import Rows
from yankao.kernel.lake.models import Partition

TYPE_WORDS = {
    TEXT: gettext_lazy("文字"),
    INTEGER: gettext_lazy("整數"),
    DECIMAL: gettext_lazy("小數"),
    BOOLEAN: gettext_lazy("是或否"),
    INSTANT: gettext_lazy("日期與時間"),
    DATE: gettext_lazy("日期"),
}
TEXT_WORDS = {
    CODE: gettext_lazy("代碼"),
    TextUse.NUMBER: gettext_lazy("編號"),
    PUBLIC_TEXT: gettext_lazy("公開的文字"),
}
CODES_SHOWN = 200


@public
def fact_list(request: Request) -> HttpResponse:
    """Every fact by system: what a row is, how many there are, what stands on it."""
    words = request.GET.get("q", "").strip()
    groups = dictionary.facts_with(words)
    rows = dictionary.rows_of([fact for _title, facts in groups for fact in facts])
    context = {
        "groups": [
            (title, [_listed(fact, rows[fact.name]) for fact in facts]) for title, facts in groups
        ],
        "q": words,
        "downloads": sheets.downloads("kernel_figures:dictionary", {}),
    }
    return render(request, "kernel_figures/facts.html", context)


def _listed(fact: Fact, rows: Rows) -> dict[str, Any]:
    return {
        "fact": fact,
        "rows": rows_words(rows),
        "columns": len(fact.shown_columns),
        "figures": len(dictionary.figures_on(fact)),
    }


def rows_words(rows: Rows) -> str:
    """12,345, or 約 1,200,000 where it was estimated."""
    count = f"{rows.count:,}"
    return _("約 %(count)s") % {"count": count} if rows.is_estimate else count


@public
def fact_page(request: Request, name: str) -> HttpResponse:
    """One fact: its columns in both languages, its codes, that nobody is in it, its figures."""
    fact = dictionary.fact_named(name)
    rows = dictionary.rows_of([fact])[fact.name]
    context = {
        "fact": fact,
        "facts": [
            {"term": _("名稱"), "value": fact.name},
            {"term": _("列數"), "value": rows_words(rows), "note": _rows_note(rows)},
            {
                "term": _("個人資料"),
                "value": _("沒有：不含姓名、電話、地址、電子郵件與民眾寫的話。"),
            },
        ],
        "columns": [_column(fact, column) for column in fact.shown_columns],
        "figures": dictionary.figures_on(fact),
        "downloads": sheets.downloads("kernel_figures:dictionary", {"fact": fact.name}),
        "schema_url": reverse("kernel_figures:fact_schema", args=[fact.name]),
        "package_url": reverse("kernel_figures:fact_package", args=[fact.name]),
    }
    return render(request, "kernel_figures/fact.html", context)


def _rows_note(rows: Rows) -> str:
    if rows.is_estimate:
        return _("資料表很大，這是資料庫的估計。")
    return _("現在資料庫裡的列數。")


def _column(fact: Fact, column: Column) -> dict[str, Any]:
    use = fact.text_of(column)
    codes = list(dictionary.codes_of(fact, column).items()) if use is CODE else []
    return {
        "column": column,
        "type": TEXT_WORDS[use] if use else TYPE_WORDS[column.type],
        "codes": codes[:CODES_SHOWN],
        "many": len(codes),
        "is_cut": len(codes) > CODES_SHOWN,
    }


@public
def fact_schema(request: Request, name: str) -> HttpResponse:
    """One fact as a Table Schema, with the names of its codes."""
    return _json(dictionary.schema_of(dictionary.fact_named(name), with_codes=True))


@public
def package(request: Request) -> HttpResponse:
    """All facts as a Data Package."""
    return _json(dictionary.package(_download(request)))


@public
def fact_package(request: Request, name: str) -> HttpResponse:
    """One fact as a Data Package: the files of its closed months with their checksums."""
    return _json(dictionary.package_of(dictionary.fact_named(name), _download(request)))


def _download(request: Request) -> dictionary.Address:
    """Where partitions are; they open to who may look at closings."""

    def address(one: Partition) -> str:
        path = reverse("kernel_closing:partition", args=[f"{one.month:%Y-%m}", one.fact])
        return request.build_absolute_uri(path)

    return address


@public
def dictionary_sheet(request: Request, format: str) -> HttpResponseBase:
    """One row a column, of one fact or of all."""
    name = request.GET.get("fact", "")
    facts = [dictionary.fact_named(name)] if name else queries.facts()
    rows = dictionary.sheet_rows(facts)
    return sheets.sheet_response(name or "facts", dictionary.SHEET_HEAD, rows, format)


def _json(members: dict[str, Any]) -> HttpResponse:
    return JsonResponse(members, json_dumps_params={"ensure_ascii": False})


urlpatterns = [
    path("facts/", fact_list, name="facts"),
    path("facts/datapackage.json", package, name="package"),
    path("facts/dictionary.<sheet:format>", dictionary_sheet, name="dictionary"),
    path("facts/<str:name>/", fact_page, name="fact"),
    path("facts/<str:name>/schema.json", fact_schema, name="fact_schema"),
    path("facts/<str:name>/datapackage.json", fact_package, name="fact_package"),
]
