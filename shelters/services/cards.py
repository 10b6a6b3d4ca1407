"""Guests' cards: made, replaced, revoked, and the guest found again from what was read or typed.

A token is 140 random bits, written in Crockford's base32 as seven groups of four (28 signs: no I, L, O, U). It stands on
the paper and nowhere else. We keep its keyed hash: a copy of the database makes no card, and nobody of ours can print a
second one that would pass for the first.
"""

import re
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ngo.crypto import keyed_hash
from ngo.errors import Refused
from ngo.models import Staff
from shelters.models import CardEnd, GuestCard, Stay
from shelters.services import desk

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 28, 4
LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212._·]+")  # What people type, and telephones make, between the groups.


@dataclass(frozen=True)
class Printed:
    """A card that was just made, with its token: the only moment at which it is known."""

    card: GuestCard
    token: str

    @property
    def groups(self) -> list[str]:
        return [self.token[at : at + GROUP] for at in range(0, LENGTH, GROUP)]


def new_token() -> str:
    return "".join(secrets.choice(SIGNS) for _place in range(LENGTH))


def token_in(text: str) -> str:
    """The token that somebody typed or a camera read; empty where it can be none."""
    if len(text) > 4 * LENGTH:
        return ""
    typed = BETWEEN.sub("", text).upper().translate(LOOKS_LIKE)
    return typed if len(typed) == LENGTH and set(typed) <= set(SIGNS) else ""


def hash_of_token(token: str) -> str:
    return keyed_hash(f"guest card {token}")


@transaction.atomic
def issue_cards(*, stays: Iterable[Stay], by: Staff, batch: uuid.UUID | None = None) -> list[Printed]:
    """A new card for each of these guests of one shelter, all or none; the cards that they had are good no longer.

    Raises Refused for a `batch` that was made before: the paper that came out then must stay good.
    """
    ids = [stay.pk for stay in stays]
    shelters = {stay.shelter_id for stay in stays}
    if not ids:
        raise Refused(_("Choose for whom the cards are."))
    if len(shelters) > 1:
        raise Refused(_("These people are in different shelters. Make the cards one shelter at a time."))
    batch = batch or uuid.uuid4()
    shelter = desk.lock(Stay.objects.select_related("shelter").get(pk=ids[0]).shelter, by)
    if GuestCard.objects.filter(batch=batch).exists():
        raise Refused(
            _("These cards were already made, and they are good. If the paper did not come out, make new ones.")
        )
    here = list(Stay.objects.current().filter(pk__in=ids, shelter=shelter).select_related("person").order_by("pk"))
    if len(here) < len(set(ids)):
        raise Refused(_("Somebody has left the house meanwhile. Look at the list and choose again."))
    _revoke(GuestCard.objects.filter(stay__in=here), by, CardEnd.REPLACED)
    printed = []
    for stay in here:
        token = new_token()
        printed.append(Printed(GuestCard(stay=stay, token_hash=hash_of_token(token), batch=batch, issued_by=by), token))
    try:
        with transaction.atomic():
            GuestCard.objects.bulk_create(one.card for one in printed)
    except IntegrityError as error:
        raise Refused(_("Somebody has just made a card for one of them. Look at the list again.")) from error
    return printed


def _revoke(cards: object, by: Staff, why: CardEnd) -> int:
    return cards.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by, revoked_why=why)  # type: ignore[attr-defined,no-any-return]


@transaction.atomic
def revoke_card(*, stay: Stay, by: Staff) -> None:
    """A card is lost: whoever finds it opens nothing with it. Raises Refused where the guest has none."""
    desk.lock(stay.shelter, by)
    if not _revoke(GuestCard.objects.filter(stay=stay), by, CardEnd.LOST):
        raise Refused(_("This guest has no card that is good. Make a new one if they need it."))


def card_of(stay: Stay) -> GuestCard | None:
    """The card of a guest that is good now."""
    return GuestCard.objects.in_force().filter(stay=stay).select_related("issued_by").first()


def stay_of_card(text: str, stays: object) -> Stay | None:
    """The guest whose card this is, among `stays` (those that the reader may see); None for whatever else it may be.

    One query for every text: an unknown card, a revoked one and another organisation's take the same time.
    """
    cards = GuestCard.objects.in_force().filter(token_hash=hash_of_token(token_in(text)))
    return stays.filter(pk__in=cards.values("stay")).first()  # type: ignore[attr-defined,no-any-return]


def nothing_found() -> str:
    """The one sentence for a card that opens nothing here, whatever the reason."""
    return _(
        "This card opens nothing here. Read it again, or look for the person in the list and give them a new card if they are "
        "in the house."
    )
