"""The pages of the mood journal: a month with its entries, one entry, and all of it as a table to take along."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from botcafe.areas.wellbeing import journal
from botcafe.areas.wellbeing.journal import JournalDay, JournalEntry, JournalMonth, TrendDay
from botcafe.cms.schema.errors import ApiError
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.chart import Chart, chart_of_values
from botcafe.web.shell.requests import actor_of, add_form_errors, next_url, sign_in_required
from botcafe.web.wellbeing.forms import MoodForm
from botcafe.web.wellbeing.moods import MOOD_CHOICES, MoodChoice, mood_choice

BEST_SCORE = 5.0


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the list shows it."""

    id: int
    when: str
    mood: MoodChoice
    note: str


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar: its number, its newest moods, and what it says to those who do not see them."""

    number: int
    is_today: bool
    moods: list[MoodChoice]
    words: str


@never_cache
@sign_in_required
def journal_page(request: HttpRequest) -> HttpResponse:
    """A month of the journal, the line of the last days, and a form for now."""
    actor = actor_of(request)
    form = MoodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            journal.add_entry(actor, form.cleaned_data["mood"], form.cleaned_data["note"])
        except ApiError as error:
            add_form_errors(form, error)
        else:
            messages.success(request, gettext("It is in your journal."))
            return HttpResponseRedirect(next_url(request, page_url("wellbeing:journal")))
    month = journal.month_of(actor, request.GET.get("month", ""))
    has_entries = journal.has_entries(actor)
    context = {
        "form": form,
        "moods": MOOD_CHOICES,
        "has_entries": has_entries,
        "title": date_format(dt.date(month.year, month.month, 1), "F Y"),
        "weekdays": [date_format(dt.date(2024, 1, number), "D") for number in range(1, 8)],
        "weeks": [[_calendar_day(day, month) for day in week] for week in month.weeks],
        "entries": [_entry_row(each) for each in month.entries],
        "previous": _month_name(month.year, month.month - 1),
        "following": _month_name(month.year, month.month + 1),
        "charts": _charts(journal.trend_of(actor)) if has_entries else [],
    }
    return render(request, "wellbeing/journal.html", context, status=400 if form.errors else 200)


@never_cache
@sign_in_required
def entry_page(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Change one entry."""
    actor = actor_of(request)
    entry = journal.entry_of(actor, entry_id)
    form = MoodForm(request.POST or None, initial={"mood": entry.mood, "note": entry.note})
    if request.method == "POST" and form.is_valid():
        try:
            journal.change_entry(actor, entry_id, form.cleaned_data["mood"], form.cleaned_data["note"])
        except ApiError as error:
            add_form_errors(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return _to_month(entry)
    context = {"form": form, "moods": MOOD_CHOICES, "entry": _entry_row(entry)}
    return render(request, "wellbeing/entry.html", context, status=400 if form.errors else 200)


@require_POST
@sign_in_required
def delete_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Delete one entry."""
    entry = journal.entry_of(actor_of(request), entry_id)
    journal.delete_entry(actor_of(request), entry_id)
    messages.success(request, gettext("The entry is deleted."))
    return _to_month(entry)


@never_cache
@sign_in_required  # type: ignore[arg-type]
def journal_file(request: HttpRequest) -> HttpResponseBase:
    """All entries as CSV."""
    response = StreamingHttpResponse(journal.journal_csv(actor_of(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="mood-journal.csv"'
    return response


def _to_month(entry: JournalEntry) -> HttpResponse:
    return redirect_to("wellbeing:journal", query={"month": f"{entry.at:%Y-%m}"})


def _month_name(year: int, month: int) -> str:
    count = year * 12 + month - 1
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def _entry_row(entry: JournalEntry) -> EntryRow:
    return EntryRow(entry.id, date_format(entry.at, "j F Y, H:i"), mood_choice(entry.mood), entry.note)


def _calendar_day(day: JournalDay | None, month: JournalMonth) -> CalendarDay | None:
    if day is None:
        return None
    moods = [mood_choice(each.mood) for each in day.entries]
    words = ", ".join(str(each.label) for each in moods)
    return CalendarDay(day.day.day, day.day == month.today, moods[-3:], words)


def _charts(days: list[TrendDay]) -> list[Chart]:
    """Moods, minutes and night minutes of the same days, one below the other."""
    moods = [(_day(each), each.score or 0.0, _mood_words(each.score)) for each in days]
    # In whole minutes: what is shown as none draws no bar.
    minutes = [(_day(each), float(round(each.minutes)), _minutes_words(each.minutes)) for each in days]
    nights = [(_day(each), float(round(each.night_minutes)), _minutes_words(each.night_minutes)) for each in days]
    total, at_night = (sum(value for _, value, _ in values) for values in (minutes, nights))
    return [
        chart_of_values(gettext("Mood"), moods, gettext("Higher is better."), most=BEST_SCORE),
        chart_of_values(gettext("Minutes in chats"), minutes, _minutes_words(total)),
        chart_of_values(gettext("Of these at night, from 23:00 to 6:00"), nights, _minutes_words(at_night)),
    ]


def _day(each: TrendDay) -> str:
    return date_format(each.day, "j F")


def _mood_words(score: float | None) -> str:
    if score is None:
        return gettext("no entry")
    return gettext("%(score)s of 5") % {"score": f"{score:.1f}"}


def _minutes_words(minutes: float) -> str:
    whole = round(minutes)
    return ngettext("%(count)s minute", "%(count)s minutes", whole) % {"count": whole}
