"""The words of our messages, reviewed in the open."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import notice_words
from cases.forms.notices import ReviewForm
from cases.services import words_reviews as services
from cases.words_table import TITLES, line_of, reviews_of, table_of
from ngo.errors import Refused
from ngo.permissions import Permission, requires


@require_GET
@requires(Permission.VIEW_REMINDERS)
def words(request: HttpRequest) -> HttpResponse:
    """What is said, in which language, what it costs, and who has read it. It holds no data of anyone."""
    return render(request, "cases/words/words.html", {"blocks": table_of(request.user)})


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_APPOINTMENT_KINDS)
def words_review(request: HttpRequest, message: str, language: str) -> HttpResponse:
    """Somebody read this text, as it stands; with `undo`, it counts as not read."""
    if message not in notice_words.message_keys() or language not in notice_words.languages():
        raise Http404
    ours, refused, form = request.user.organisation, None, ReviewForm(request.POST or None)
    if request.POST.get("undo"):
        services.withdraw_review(organisation=ours, code=message, language=language, by=request.user)
        messages.success(request, _("The text counts as not read. Both stay in the record."))
        return redirect("cases:reminders_words_review", message, language)
    if request.method == "POST" and form.is_valid():
        try:
            services.record_review(organisation=ours, code=message, language=language, by=request.user, **form.facts())
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("It is written that this text was read."))
            return redirect("cases:reminders_words")
    line = line_of(message, notice_words.languages()[language], reviews_of(request.user, message, language))
    form.initial["text_hash"] = line.text_hash
    if refused:  # What they marked stays; the text that it would be about is the one that stands there now.
        form.data = request.POST.copy()
        form.data["text_hash"] = line.text_hash
    context = {"line": line, "title": TITLES[message], "form": form, "refused": refused}
    return render(request, "cases/words/review.html", context, status=409 if refused else 200)
