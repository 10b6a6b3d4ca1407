"""The page of a new installation; once somebody is here there is no such page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ngo.errors import Refused
from ngo.forms.setup import SetupForm
from ngo.models import City
from ngo.permissions import public
from ngo.services import setup as services
from ngo.services.catalogue import load_catalogue
from ngo.views.account import sign_in

ASKED = ["organisation", "shelter", "city", "name", "email", "password"]


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters()
@public
def setup(request: HttpRequest) -> HttpResponse:
    if not services.is_needed():
        raise Http404
    if not City.objects.exists():
        load_catalogue()  # `serve` has done it; a server that runs gunicorn by itself may not have.
    form, refusal = SetupForm(request.POST or None), None
    if request.method == "POST":
        try:
            services.check_setup_code(request.POST.get("code", ""))
            if form.is_valid():
                return sign_in(request, set_up(form))
        except Refused as reason:
            refusal = str(reason)
    return render(request, "ngo/setup/setup.html", {"form": form, "refusal": refusal})


def set_up(form: SetupForm):
    asked = {name: form.cleaned_data[name] for name in ASKED}
    language = translation.get_language() or "es"
    return services.set_up_organisation(**asked, space=form.first, language=language, only_if_needed=True)
