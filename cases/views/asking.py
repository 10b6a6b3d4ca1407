"""A page that asks one thing of a case, does it, and goes back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from ngo import audit
from ngo.errors import Refused

Text = str | Promise


@dataclass(frozen=True)
class Question:
    """What a page asks: its title, a sentence above the form, the words of its button, where it goes back to."""

    title: Text
    button: Text
    back: str
    back_words: Text
    lead: Text = ""
    said: Text = ""
    danger: bool = False
    icon: str = "check"


def ask(
    request: HttpRequest,
    form: Any,
    act: Callable[[dict[str, Any]], Any],
    question: Question,
    *,
    what: str,
    subject: Any,
    go_to: Callable[[Any], str] | None = None,
    template: str = "cases/processes/ask.html",
    **more: Any,
) -> HttpResponse:
    """Show the form; where it is sent and holds, do it. What a service refuses is said above the form, in its own words."""
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form.facts())
        except Refused as refusal:
            refused = refusal
        else:
            if question.said:
                messages.success(request, str(question.said))
            return redirect(go_to(done) if go_to else question.back)
    audit.log_read(request, what=what, subject=subject)
    context = {"form": form, "question": question, "refused": refused} | more
    return render(request, template, context, status=409 if refused else 200)


def do(request: HttpRequest, act: Callable[[], Any], said: Text, back: str) -> HttpResponse:
    """What a button does: the act, its sentence or the refusal, and back."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(said))
    return redirect(back)


def posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
