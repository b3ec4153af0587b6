"""The legal texts in force, their earlier versions, and the page to agree to them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from botcafe.areas.legal import consent, queries
from botcafe.areas.legal.queries import LegalText
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.markdown import render as markdown
from botcafe.web.legal.presenters import ConsentRow, OwedRow, document_row
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import parse_instant
from botcafe.web.shell.requests import actor_of, next_url, public_page, sign_in_required


@public_page
def index(request: HttpRequest) -> HttpResponse:
    """What is in force, and what the person has agreed to."""
    actor = actor_of(request)
    given = queries.list_given_consents(actor) if actor.is_signed_in else []
    context = {
        "documents": [document_row(each) for each in queries.list_texts_in_force()],
        "given": [ConsentRow(document_row(g.link, is_active=False), parse_instant(g.agreed_at)) for g in given],
    }
    return render(request, "legal/index.html", context)


@public_page
def document(request: HttpRequest, slug: str, number: int | None = None) -> HttpResponse:
    """A text that is or was in force; drafts are not found."""
    text = queries.legal_text_for(slug, number)
    context = {
        "document": document_row(text.link),
        "html": markdown(text.markdown),
        "is_active": text.is_active,
        "others": [document_row(each, is_active=False) for each in text.others],
    }
    return render(request, "legal/document.html", context)


@never_cache
@sign_in_required
def agree(request: HttpRequest) -> HttpResponse:
    """What the person has to agree to and what has changed, and the form for it."""
    actor, problem, status = actor_of(request), "", 200
    if request.method == "POST":
        try:
            _agree(actor, request)
        except ApiError as error:
            problem, status = error.message, error.status
        else:
            messages.success(request, gettext("Thank you. What you agreed to stands under “Legal”."))
            return HttpResponseRedirect(next_url(request, page_url("bots:home")))
    owed = [_owed_row(each) for each in queries.owed_texts(actor)]
    context = {"owed": owed, "problem": problem, "next": next_url(request, "")}
    return render(request, "legal/agree.html", context, status=status)


def _agree(actor: Actor, request: HttpRequest) -> None:
    if "agree" not in request.POST:
        raise ApiError(gettext("Tick the box to agree, or sign out."))
    consent.agree(actor, request.POST.getlist("agreements"))


def _owed_row(owed: queries.OwedText) -> OwedRow:
    former = document_row(owed.former, is_active=False) if owed.former else None
    return OwedRow(document_row(owed.text.link), _html(owed.text), former, owed.pieces)


def _html(text: LegalText) -> str:
    return markdown(text.markdown)


@require_POST
@sign_in_required
def withdraw(request: HttpRequest, document_id: int) -> HttpResponse:
    """Take an agreement back."""
    consent.withdraw(actor_of(request), document_id)
    messages.success(request, gettext("You have taken your agreement back."))
    return redirect_to("legal:index")
