"""The store: what is left, what expires, what came in and went out."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ngo.errors import Refused
from ngo.permissions import Permission, requires
from ngo.templatetags.posada import quantity
from shelters.forms.supplies import CountForm, InForm, ItemForm, LossForm, OutForm
from shelters.models import Item, StockMove
from shelters.services import supplies as services
from shelters.views import getters

EXPIRES_WITHIN = 30  # Days.
PAGE = 50


@require_GET
@requires(Permission.VIEW_SUPPLIES)
def stores(request: HttpRequest) -> HttpResponse:
    """The stores of the houses that one works in, and what runs out in each; straight to it where there is one."""
    shelters = list(getters.shelters_of(request))
    if len(shelters) == 1:
        return redirect("shelters:store", shelters[0].slug)
    for shelter in shelters:
        shelter.low = []  # type: ignore[attr-defined]
    days = {services.today_at(shelter) for shelter in shelters}
    for shelter, cover in services.low_staples(shelters, min(days)) if days else []:
        shelter.low.append(cover)  # type: ignore[attr-defined]
    return render(request, "shelters/supplies/stores.html", {"shelters": shelters})


@require_GET
@requires(Permission.VIEW_SUPPLIES)
def store(request: HttpRequest, slug: str) -> HttpResponse:
    """Every item with what is left of it, when it expires, and how long it lasts."""
    shelter = getters.shelter(request, slug)
    today = services.today_at(shelter)
    stocks = services.stock_of(shelter, today)
    context = {
        "shelter": shelter,
        "today": today,
        "stocks": stocks,
        "expiring": services.lots_that_expire(stocks, today, EXPIRES_WITHIN),
        "retired": Item.objects.filter(shelter=shelter, is_active=False),
    }
    return render(request, "shelters/supplies/store.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def item_new(request: HttpRequest, slug: str) -> HttpResponse:
    shelter = getters.shelter(request, slug)
    form, refused = ItemForm(getters.posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            item = services.add_item(shelter=shelter, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("%(item)s is in the list. Now count in what is there.") % {"item": item.name})
            return redirect("shelters:item_in", item.pk)
    context = {"shelter": shelter, "form": form, "refused": refused}
    return render(request, "shelters/supplies/item_form.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def item_edit(request: HttpRequest, item_id: int) -> HttpResponse:
    item = getters.item(request, item_id)
    form, refused = ItemForm(getters.posted(request), instance=getters.item(request, item_id)), None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_item(item=item, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Saved."))
            return redirect("shelters:item", item.pk)
    context = {"shelter": item.shelter, "item": item, "form": form, "refused": refused}
    return render(request, "shelters/supplies/item_form.html", context, status=409 if refused else 200)


@require_GET
@requires(Permission.VIEW_SUPPLIES)
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One item: its lots, and everything that came in and went out."""
    item = getters.item(request, item_id)
    today = services.today_at(item.shelter)
    stock = next((one for one in services.stock_of(item.shelter, today) if one.item == item), services.Stock(item))
    moves = StockMove.objects.filter(lot__item=item).select_related("lot", "by", "undone_by", "undoes")
    page = Paginator(moves.order_by("-recorded_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    for move in page.object_list:
        move.can_be_undone = services.can_be_undone(move)
        move.is_undone = hasattr(move, "undone_by")
    context = {"shelter": item.shelter, "item": item, "stock": stock, "page": page, "today": today}
    return render(request, "shelters/supplies/item.html", context)


# --- In, out, lost, counted --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def item_in(request: HttpRequest, item_id: int) -> HttpResponse:
    item = getters.item(request, item_id)
    form = InForm(getters.posted(request), item=item)
    said = _("%(item)s: %(quantity)s %(unit)s came in.")
    return _count(request, item, form, services.count_in, {"item": item}, said, "shelters/supplies/in.html")


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def item_out(request: HttpRequest, item_id: int) -> HttpResponse:
    item = getters.item(request, item_id)
    form = OutForm(getters.posted(request), item=item)
    said = _("%(item)s: %(quantity)s %(unit)s went out.")
    return _count(request, item, form, services.count_out, {"item": item}, said, "shelters/supplies/out.html")


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def lot_loss(request: HttpRequest, lot_id: int) -> HttpResponse:
    lot = getters.lot(request, lot_id)
    form = LossForm(getters.posted(request), lot=lot)
    said = _("%(item)s: %(quantity)s %(unit)s written off.")
    return _count(request, lot.item, form, services.throw_away, {"lot": lot}, said, "shelters/supplies/loss.html")


@require_http_methods(["GET", "POST"])
@requires(Permission.MANAGE_SUPPLIES)
def lot_count(request: HttpRequest, lot_id: int) -> HttpResponse:
    lot = getters.lot(request, lot_id)
    form = CountForm(getters.posted(request), lot=lot)
    said = _("%(item)s: corrected by %(quantity)s %(unit)s.")
    return _count(request, lot.item, form, services.correct_count, {"lot": lot}, said, "shelters/supplies/count.html")


def _count(
    request: Any, item: Item, form: Any, service: Any, subject: dict[str, Any], said: str, template: str
) -> HttpResponse:
    """One count: the form, the service, and back to the item with a way to undo it."""
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            moves = service(**subject, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            refused = refusal
        else:
            _say(request, item, moves, said)
            return redirect("shelters:item", item.pk)
    stock = next((one for one in services.stock_of(item.shelter) if one.item == item), services.Stock(item))
    context = {"shelter": item.shelter, "item": item, "stock": stock, "form": form, "refused": refused} | subject
    return render(request, template, context, status=409 if refused else 200)


def _say(request: Any, item: Item, moves: list[StockMove], said: str) -> None:
    if not moves:
        messages.success(request, _("The count agrees. Nothing had to be changed."))
        return
    total = abs(sum(move.quantity for move in moves))
    words = said % {"item": item.name, "quantity": quantity(total), "unit": item.unit}
    messages.success(request, words, extra_tags=f"unmove-{moves[0].pk}")


@require_POST
@requires(Permission.MANAGE_SUPPLIES)
def move_undo(request: HttpRequest, move_id: int) -> HttpResponse:
    """Take back what one press of a button did, within the hour."""
    move = getters.stock_move(request, move_id)
    try:
        services.undo_move(move=move, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Undone. Both stand in the record."))
    return redirect("shelters:item", move.lot.item_id)
