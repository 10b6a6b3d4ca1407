"""What app.js adds to a page, each hook once, in a real browser under the real policy."""

import json
import re
import time

import pytest
from django import forms
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from playwright.sync_api import expect

from ngo.permissions import Role
from tests.factories import ShelterFactory, StaffFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.urls(__name__)]


class Row(forms.Form):
    given_name = forms.CharField(label="Name", widget=forms.TextInput({"data-row-name": ""}))
    surname = forms.CharField(label="Surname", widget=forms.TextInput({"data-row-name": ""}))
    speaks = forms.MultipleChoiceField(choices=[("es", "es"), ("ht", "ht")], widget=forms.CheckboxSelectMultiple)


Rows = forms.formset_factory(Row, extra=1, can_delete=True, max_num=3)

ROW = """
<li data-row><details open><summary><b data-row-title>Person</b></summary>
{{ row.given_name|as_crispy_field }}{{ row.surname|as_crispy_field }}{{ row.speaks|as_crispy_field }}
{{ row.DELETE|as_crispy_field }}<button type="button" data-remove-row>Remove</button></details></li>
"""
PAGE = (
    """
{% extends "base.html" %}{% load crispy_forms_tags %}
{% block main %}
<h1>Hooks</h1>{% errors rows %}
<form method="post" class="po-form" novalidate data-autosave-url="/test/draft/">{% csrf_token %}
<span data-autosave-status role="status"></span>
{{ rows.management_form }}
<ul id="rows">{% for row in rows %}ROW{% endfor %}</ul>
<template id="row">{% with row=rows.empty_form %}ROW{% endwith %}</template>
<button type="button" data-add-row="#row" data-rows="#rows" data-prefix="form" data-copy="surname speaks">Add</button>
<div class="po-actions"><button class="btn btn-primary" type="submit" name="go" value="1">Save all</button></div>
</form>
<div id="board" data-poll-url="/test/board/" data-poll-seconds="1"><a href="/test/one/">One</a></div>
{% endblock %}"""
).replace("ROW", ROW)

seen = {}


def hooks(request):
    rows = Rows(request.POST or None)
    if request.method == "POST":
        seen["sent"] = request.POST.get("go")
        time.sleep(seen.get("slowness", 0))
        messages.success(request, "Saved whole.")
    page = engines["django"].from_string(PAGE).render({"rows": rows, "formset": rows}, request)
    return HttpResponse(page)


def draft(request):
    seen["draft"] = dict(request.POST)
    return JsonResponse({"saved": "Draft saved at 23:41"})


def board(request):
    seen.setdefault("polls", []).append(request.headers.get("X-Posada-Poll"))
    if seen.get("over"):
        return HttpResponse(status=401, headers={"HX-Redirect": "/hidden/"})
    return HttpResponse('<p>Fresh</p><a href="/test/one/">One</a>')


urlpatterns = [
    path("test/hooks/", hooks),
    path("test/draft/", draft),
    path("test/board/", board),
    path("", include("ngo.urls")),
]


@pytest.fixture
def hooks_page(live_server, new_page, client):
    seen.clear()
    staff = StaffFactory(role=Role.FRONT_DESK)
    ShelterFactory(organisation=staff.organisation, name="Casa de prueba")
    client.force_login(staff)
    page = new_page()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + "/test/hooks/")
    return page


def wait_until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, json.dumps(seen, default=str)
        time.sleep(0.05)


def test_a_row_is_added_with_what_families_share_and_the_hand_stays_on_the_keyboard(hooks_page):
    page = hooks_page
    page.fill("[name=form-0-given_name]", "Ana")
    page.fill("[name=form-0-surname]", "Prueba")
    page.check("[name=form-0-speaks][value=ht]")
    assert page.inner_text("[data-row-title]") == "Ana Prueba"

    page.focus("[data-add-row]")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.name") == "form-1-given_name"
    assert page.input_value("[name=form-1-surname]") == "Prueba"
    assert page.is_checked("[name=form-1-speaks][value=ht]")
    assert not page.is_checked("[name=form-1-speaks][value=es]")
    assert page.input_value("[name=form-TOTAL_FORMS]") == "2"
    page.click("[data-add-row]")
    assert page.is_hidden("[data-add-row]")  # Three is the most.


def test_a_removed_row_is_marked_and_out_of_sight(hooks_page):
    hooks_page.click("[data-remove-row]")
    assert hooks_page.is_hidden("[data-row]")
    assert hooks_page.locator("[name=form-0-DELETE]").is_checked()


def test_a_draft_is_kept_shortly_after_typing_stops(hooks_page):
    hooks_page.fill("[name=form-0-given_name]", "Ana")
    wait_until(lambda: "draft" in seen)
    assert seen["draft"]["form-0-given_name"] == ["Ana"]
    hooks_page.wait_for_selector("text=Draft saved at 23:41")


def test_the_board_refreshes_itself_without_taking_the_focus(hooks_page):
    hooks_page.focus("#board a")
    hooks_page.wait_for_selector("text=Fresh")
    assert hooks_page.evaluate("document.activeElement.getAttribute('href')") == "/test/one/"
    assert set(seen["polls"]) == {"1"}


def test_a_board_left_open_ends_at_the_door(hooks_page):
    seen["over"] = True
    hooks_page.wait_for_url("**/hidden/")


WATCH = """() => setInterval(() => {
    const button = document.querySelector("button[name=go]");
    sessionStorage.said = [button.innerText, button.disabled, button.offsetWidth].join("|");
}, 50)"""


def test_a_slow_save_says_so_and_cannot_be_pressed_twice(hooks_page):
    seen["slowness"] = 1.5
    width = hooks_page.evaluate("document.querySelector('button[name=go]').offsetWidth")
    hooks_page.evaluate(WATCH)

    hooks_page.click("button[name=go]")
    hooks_page.wait_for_selector("[data-toast]")

    assert seen["sent"] == "1"
    words, disabled, width_then = hooks_page.evaluate("sessionStorage.said").split("|")
    assert words != "Save all"
    assert disabled == "true"
    assert int(width_then) >= width


def test_errors_take_the_focus_and_lead_into_a_closed_row(hooks_page):
    hooks_page.fill("[name=form-0-surname]", "Prueba")
    hooks_page.click("button[name=go]")
    hooks_page.wait_for_selector(".po-errors")
    assert hooks_page.evaluate("document.activeElement.className") == "po-errors"
    expect(hooks_page).to_have_title(re.compile("^Error: "))
    hooks_page.evaluate("document.querySelector('#rows details').open = false")
    hooks_page.click(".po-errors a")
    assert hooks_page.evaluate("document.activeElement.name") == "form-0-given_name"


def test_hide_takes_the_page_away_and_back_does_not_bring_it_again(hooks_page, live_server, client):
    hooks_page.goto(live_server.url + "/test/hooks/?again")
    hooks_page.click("form[data-hide] button")
    hooks_page.wait_for_url("**/hidden/")
    assert SESSION_KEY not in client.session
    expect(hooks_page).to_have_title("Posada")
    hooks_page.go_back()
    hooks_page.wait_for_url("**/account/login/**")


def test_escape_three_times_hides(hooks_page):
    for _press in range(3):
        hooks_page.keyboard.press("Escape")
    hooks_page.wait_for_url("**/hidden/")


def test_without_javascript_hide_is_a_plain_form(live_server, new_page, client):
    client.force_login(StaffFactory())
    page = new_page(javascript=False)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + "/test/hooks/")
    page.click("form[data-hide] button")
    page.wait_for_url("**/hidden/")
