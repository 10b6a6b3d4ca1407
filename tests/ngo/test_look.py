"""What the tags draw, how a form is drawn, and that no template of ours needs a weaker policy."""

import re
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.conf import settings
from django.template import Context, engines
from django.test import RequestFactory
from django.utils import translation
from lucide import IconDoesNotExist

from ngo.permissions import Permission
from ngo.ui import STATES, DatePartsField, form_helper

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def draw(source, **context):
    return engines["django"].from_string(source).render(context, context.pop("request", None))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


# --- Templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_no_template_needs_an_inline_style_or_script(template):
    source = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", template.read_text(), flags=re.S)
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"\son[a-z]+\s*=", source)
    assert not re.search(r"<style\b", source)
    assert not re.search(r"javascript:|data:\w+/", source)
    for script in re.findall(r"<script\b([^>]*)>", source):
        assert "src=" in script


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_what_a_template_asks_permission_for_exists(template):
    for name in re.findall(r"\bcan\.(\w+)", template.read_text()):
        assert Permission(name)


def test_every_icon_that_a_template_names_exists():
    names = {name for path in TEMPLATES for name in re.findall(r'{% icon(?:_use)? "([\w-]+)"', path.read_text())}
    for name in names | {state.icon for state in STATES.values()}:
        assert "<svg" in draw("{% icon name %}", name=name)


# --- Icons -----------------------------------------------------------------------------------------------------------


def test_an_icon_beside_a_word_is_silent_and_alone_it_has_a_name():
    assert 'aria-hidden="true"' in draw('{% icon "user" %}')
    alone = draw('{% icon "search" label="Search" %}')
    assert 'role="img" aria-label="Search"' in alone
    assert "aria-hidden" not in alone


def test_an_icon_that_does_not_exist_is_a_loud_mistake():
    with pytest.raises(IconDoesNotExist):
        draw('{% icon "no-such-thing" %}')


def test_a_repeated_icon_is_drawn_once_and_each_sprite_holds_only_what_is_new():
    request = RequestFactory().get("/")
    twice = '{% icon_use "user" %}{% icon_use "user" %}{% sprite %}'
    once_more = '{% icon_use "user" %}{% icon_use "clock" %}{% sprite %}'
    first, second, third = (draw(part, request=request) for part in (twice, once_more, "{% sprite %}"))
    assert first.count("<symbol") == 1
    assert first.count('<use href="#i-user"/>') == 2
    assert 'id="i-clock"' in second
    assert 'id="i-user"' not in second
    assert third == ""


# --- States and the meter --------------------------------------------------------------------------------------------


def test_a_state_is_colour_and_icon_and_word():
    chip = draw('{% state "free" %}')
    assert 'data-state="free"' in chip
    assert "<svg" in chip
    assert chip.endswith("Free</span>")
    assert "+6 &lt;b&gt;" in draw('{% state "over" word %}', word="+6 <b>")


def bars(*figures):
    drawn = draw(
        "{% meter occupied capacity held over %}",
        **dict(zip(("occupied", "capacity", "held", "over"), figures, strict=True)),
    )
    return {
        kind: (float(x), float(width))
        for kind, x, width in re.findall(r'class="(\w+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn)
    }


def test_the_meter_fills_to_the_notch_and_draws_the_rest_as_over():
    assert bars(38, 42, 3, None)["fill"] == (0, 90.5)
    assert bars(38, 42, 3, None)["held"] == (91.1, 7.1)
    assert bars(58, 52, 0, None)["fill"] == (0, 100)
    assert bars(58, 52, 0, None)["over"] == (100.8, 10.7)


def test_the_meter_shows_people_over_in_one_space_beside_free_places_in_another():
    drawn = bars(38, 42, 0, 2)
    assert drawn["fill"] == (0, 85.7)
    assert drawn["over"] == (100.8, 4)


def test_the_meter_stops_at_one_hundred_and_fifty():
    assert sum(bars(500, 10, 0, None)["over"]) == 150
    assert sum(bars(3, 0, 0, None)["over"]) == 150


@pytest.mark.parametrize("figures", [(None, 30, 0, None), (5, None, 0, None), (None, None, None, None)])
def test_an_unknown_figure_is_hollow_and_never_full_or_empty(figures):
    drawn = bars(*figures)
    assert "none" in drawn
    assert not {"fill", "track", "held", "over"} & set(drawn)


def test_held_never_passes_the_notch():
    start, width = bars(40, 42, 30, None)["held"]
    assert start + width <= 100


# --- Names and dates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ana Cruz Ejemplo", "A. C. E."),
        ("María de la Luz Prueba", "M. L. P."),
        ("  Óscar  ", "Ó."),
        ("De Prueba", "D. P."),
        ("", ""),
        (None, ""),
        ("<script>", ""),
    ],
)
def test_initials(name, short):
    assert draw("{{ name|initials }}", name=name) == short


def test_an_instant_is_told_in_the_zone_of_its_place():
    instant = datetime(2026, 11, 13, 5, 42, tzinfo=UTC)
    assert draw('{{ at|local_time:"America/Tijuana" }}', at=instant) == "Thu 12 Nov, 21:42"
    assert draw('{{ at|local_time:"America/Mexico_City" }}', at=instant) == "Thu 12 Nov, 23:42"
    assert draw('{% when at "America/Tijuana" %}', at=instant) == (
        '<time datetime="2026-11-13T05:42:00Z">Thu 12 Nov, 21:42</time>'
    )


def test_a_night_is_named_by_its_evening():
    assert draw("{{ night|night_label }}", night=date(2026, 11, 12)) == "Night of Thu 12 Nov"


# --- Forms -----------------------------------------------------------------------------------------------------------


class Guest(forms.Form):
    name = forms.CharField(label="Name", help_text="As <they> say it")
    born = DatePartsField(label="Birth date", required=False)
    sex = forms.ChoiceField(label="Sex", choices=[("f", "Woman"), ("m", "Man")], widget=forms.RadioSelect)
    agrees = forms.BooleanField(label="Agrees", required=False)

    helper = form_helper()


FORM = "{% load crispy_forms_tags %}{% errors form %}<hr>{% crispy form %}"


@pytest.fixture
def wrong():
    return Guest({"born_day": "31", "born_month": "2", "born_year": "2020"})


def test_hint_stands_between_label_and_error_and_error_before_the_field(wrong):
    page = draw(FORM, form=wrong).split("<hr>")[1]
    places = [
        page.index(part) for part in ('for="id_name"', 'id="id_name_helptext"', 'id="id_name_error"', 'name="name"')
    ]
    assert places == sorted(places)
    assert "As &lt;they&gt; say it" in page


def test_a_wrong_field_says_so_to_every_reader(wrong):
    page = draw(FORM, form=wrong)
    field = re.search(r'<input[^>]*name="name"[^>]*>', page).group()
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_name_helptext id_name_error"' in field


def test_the_summary_leads_to_each_wrong_field(wrong):
    summary = draw(FORM, form=wrong).split("<hr>")[0]
    targets = re.findall(r'href="#([\w-]+)"', summary)
    assert targets == ["id_name", "id_born_0", "id_sex_0"]
    page = draw(FORM, form=wrong).split("<hr>")[1]
    for target in targets:
        assert f'id="{target}"' in page


def test_nothing_is_said_before_anything_was_sent():
    assert "po-errors" not in draw(FORM, form=Guest())
    assert draw("{% error_prefix form missing %}", form=Guest()) == ""


def test_the_title_says_error_first(wrong):
    assert draw("{% error_prefix form %}", form=wrong) == "Error: "


def test_optional_fields_say_so_and_required_ones_carry_no_star():
    page = draw(FORM, form=Guest())
    assert re.search(r"Birth date\s*<span[^>]*>\(optional\)", page)
    assert not re.search(r"Name\s*<span[^>]*>\(optional\)", page)
    assert "*" not in page


def test_few_choices_are_buttons_and_have_a_legend():
    page = draw(FORM, form=Guest())
    assert "po-seg" in page
    assert re.search(r"<legend>Sex\s*</legend>", page)


def test_a_formset_is_summed_up_with_the_name_of_each_row():
    rows = forms.formset_factory(Guest, extra=0)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-name": "X", "form-0-sex": "f", "form-1-sex": "f"}
    )
    rows.forms[1].empty_permitted = False
    rows.forms[1].summary_name = "Person 2"
    assert "Person 2, Name: " in draw("{% errors rows %}", rows=rows)


@pytest.mark.parametrize(
    ("parts", "found", "sentence"),
    [
        (("3", "2", "2020"), date(2020, 2, 3), ""),
        (("", "", ""), None, ""),
        (("29", "2", "2019"), None, "There is no such date"),
        (("3", "", "2020"), None, "Write the day, the month and the year"),
        (("tres", "2", "2020"), None, "There is no such date"),
        (("1", "1", "20"), None, "There is no such date"),
    ],
)
def test_a_date_is_three_numbers(parts, found, sentence):
    form = Guest({"name": "X", "sex": "f"} | dict(zip(("born_day", "born_month", "born_year"), parts, strict=True)))
    assert form.is_valid() == (not sentence)
    assert form.cleaned_data.get("born") == found
    assert sentence in " ".join(form.errors.get("born", []))


def test_a_summary_is_drawn_without_a_page_around_it(wrong):
    source = engines["django"].from_string("{% errors form %}")
    assert "po-errors" in source.template.render(Context({"form": wrong}))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 15_4 like Mac OS X) AppleWebKit/605.1 Version/15.4 Safari/604.1",
            "Safari, iPhone",
        ),
        ("", ""),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_device_is_named_in_two_words(said, shown):
    assert draw("{{ said|device }}", said=said) == shown


def test_a_fault_of_the_form_as_a_whole_is_no_answer_to_look_at():
    class Whole(forms.Form):
        def clean(self):
            raise forms.ValidationError("These do not go together.")

    summary = draw("{% errors form %}", form=Whole({}))
    assert "This did not go through" in summary
    assert "These do not go together." in summary
