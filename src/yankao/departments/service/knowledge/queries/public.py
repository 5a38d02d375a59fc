"""What everybody may read: entries in force today, by category, agency and words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy

from yankao.base.ui_offers import Found
from yankao.departments.service.knowledge.models import Category, Entry, EntryDay, Likeness
from yankao.departments.service.knowledge.queries import entries
from yankao.departments.service.knowledge.queries.finding import find_ids
from yankao.departments.service.knowledge.rules import likeness, texts
from yankao.departments.service.knowledge.workflow import KIND, State
from yankao.kernel.answers import queries as answers
from yankao.kernel.answers.entries import Entry as Answering
from yankao.kernel.people import queries as people

MOST_READ_DAYS = 30
MOST_READ = 8
NEWEST = 5
RELATED = 5
SUGGESTED = 8
FOUND = 50


@dataclass(frozen=True, slots=True)
class Topic:
    """A category or an agency with how many entries it has."""

    code: str
    name: str
    entries: int


@dataclass(frozen=True, slots=True)
class Front:
    """The first page of the knowledge base."""

    categories: Sequence[Topic]
    agencies: Sequence[Topic]
    most_read: Sequence[Entry]
    newest: Sequence[Entry]
    total: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry as everybody sees it; ``moved_to`` is set when its address leads elsewhere."""

    entry: Entry
    paragraphs: Sequence[texts.Paragraph] = ()
    categories: Sequence[Category] = ()
    related: Sequence[Entry] = ()
    moved_to: str = ""


def shown_entries(at: datetime) -> QuerySet[Entry]:
    """What everybody may read at an instant."""
    return Entry.objects.filter(entries.in_force(entries.day_of(at)))


def front(*, at: datetime) -> Front:
    """Categories and agencies that have entries, what is read most, what is new."""
    shown = shown_entries(at)
    agencies = dict(shown.values_list("agency").annotate(n=Count("pk")).order_by())
    return Front(
        categories=categories(at=at),
        agencies=[
            Topic(one.code, one.short_name or one.name, agencies[one.code])
            for one in people.agencies()
            if one.code in agencies
        ],
        most_read=_most_read(at),
        newest=list(shown.order_by("-revised_on", "-id").select_related("agency")[:NEWEST]),
        total=sum(agencies.values()),
    )


def categories(*, at: datetime) -> list[Topic]:
    """Categories that have entries, in the order of the city pack."""
    counted = Count("entries", filter=Q(entries__in=shown_entries(at)))
    rows = Category.objects.annotate(n=counted).filter(n__gt=0).order_by("rank", "code")
    return [Topic(row.pk, row.name, row.n) for row in rows]


def _most_read(at: datetime) -> list[Entry]:
    since = entries.day_of(at - timedelta(days=MOST_READ_DAYS))
    shown = shown_entries(at)
    read = dict(
        EntryDay.objects.filter(on__gte=since, entry__in=shown)
        .values_list("entry")
        .annotate(n=Sum("views"))
        .filter(n__gt=0)
        .order_by("-n", "entry")[:MOST_READ]
    )
    if not read:
        return list(shown.order_by("-views_before", "id")[:MOST_READ])
    found = shown.in_bulk(list(read))
    return [found[id_] for id_ in read]


def listed(*, at: datetime, category: str = "", agency: str = "") -> tuple[str, QuerySet[Entry]]:
    """The name of a category or agency and its entries, for paging. Raises NoSuchEntry."""
    shown = shown_entries(at).select_related("agency")
    if category:
        name = entries.category_names().get(category)
        rows = shown.filter(categories=category)
    else:
        names = {one.code: one.name for one in people.agencies()}
        name, rows = names.get(agency), shown.filter(agency=agency)
    if name is None:
        raise entries.not_visible()
    return name, rows.order_by("-views", "-views_before", "id")


def entry_shown(number: str, *, at: datetime) -> Shown:
    """One entry, or where its address leads now. Raises NoSuchEntry."""
    entry = Entry.objects.select_related("agency", "merged_into").filter(number=number).first()
    if entry is None:
        raise entries.not_visible()
    if entry.state == State.MERGED and entry.merged_into is not None:
        return Shown(entry, moved_to=entries.public_path(entry.merged_into.number))
    if not is_shown(entry, at):
        raise entries.not_visible()
    return Shown(
        entry=entry,
        paragraphs=texts.paragraphs(entry.answer),
        categories=list(entry.categories.all()),
        related=_related(entry, at),
    )


def is_shown(entry: Entry, at: datetime) -> bool:
    """Whether everybody may read it at an instant."""
    day = entries.day_of(at)
    begun = entry.valid_from is None or entry.valid_from <= day
    return (
        entry.state == State.PUBLISHED and begun and not (entry.valid_to and entry.valid_to < day)
    )


def _related(entry: Entry, at: datetime) -> list[Entry]:
    """Those named by hand first, then the most alike."""
    shown = shown_entries(at)
    found = list(shown.filter(related_from=entry)[:RELATED])
    pairs = Likeness.objects.filter(Q(entry=entry) | Q(other=entry))
    pairs = pairs.filter(score_pct__gte=likeness.RELATED_PCT).order_by("-score_pct")[: 2 * RELATED]
    ids = [pair.other_id if pair.entry_id == entry.pk else pair.entry_id for pair in pairs]
    by_id = shown.in_bulk([id_ for id_ in ids if id_ not in {one.pk for one in found}])
    return [*found, *(by_id[id_] for id_ in ids if id_ in by_id)][:RELATED]


def found_entries(text: str, *, at: datetime, limit: int = FOUND) -> list[Entry]:
    """Entries that answer the words, best first: as the bot finds them, then by likeness alone."""
    asked = [hit.entry.key for hit in answers.ask(text, at=at).hits if hit.source == KIND]
    ids = find_ids(text, limit=2 * limit)
    rows = shown_entries(at).select_related("agency")
    found = rows.filter(Q(pk__in=ids) | Q(number__in=asked))
    best = {row.number: row for row in found}
    by_id = {row.pk: row.number for row in best.values()}
    wanted = dict.fromkeys([*asked, *(by_id[id_] for id_ in ids if id_ in by_id)])
    return [best[number] for number in wanted if number in best][:limit]


class KnowledgeAnswers:
    """The entries as what answers questions."""

    answer_source = KIND

    def answer_entries(self, at: datetime) -> Iterator[Answering]:
        rows = shown_entries(at).prefetch_related("categories").order_by("pk")
        return map(_answering, rows.iterator(1_000))

    def answers_by_key(self, keys: Sequence[str], at: datetime) -> Iterable[Answering]:
        rows = shown_entries(at).filter(number__in=keys).prefetch_related("categories")
        return map(_answering, rows)


def _answering(entry: Entry) -> Answering:
    assert entry.revised_on is not None, "published"
    return Answering(
        key=entry.number,
        question=entry.question,
        answer=entry.answer,
        agency=entry.agency_id,
        revised_on=entry.revised_on,
        address=entries.public_path(entry.number),
        categories=tuple(category.name for category in entry.categories.all()),
        reference=texts.reference(entry.origin_key or ""),
    )


class KnowledgeFront:
    """What the search field of the public home page finds here."""

    finder_title = gettext_lazy("常見問答")

    def front_found(self, words: str, at: datetime) -> list[Found]:
        return [
            Found(row.question, entries.public_path(row.number), texts.excerpt(row.answer))
            for row in found_entries(words, at=at, limit=SUGGESTED)
        ]

    def front_more(self, words: str) -> str:
        return f"{reverse('service_knowledge:search')}?{urlencode({'q': words})}"


def address_of(number: str) -> str:
    """The public page with the house's own name before it, as machines and papers want it."""
    return f"{settings.YANKAO_ORIGIN}{entries.public_path(number)}"


def faq_json(rows: Iterable[Entry], *, whole: bool) -> str:
    """schema.org's FAQPage of the entries; not ``whole``, of each the beginning that is shown."""
    return texts.faq_page(
        (row.question, row.answer if whole else texts.excerpt(row.answer), address_of(row.number))
        for row in rows
    )
