"""What must not be booked, whoever asks: a journey of return before its date, a visit to a consulate that is not told."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from cases.models import AppointmentKind, Group, Person, ProcessPerson, ReturnState
from cases.services.consulate import consulate_is_silent_for
from ngo.errors import Refused
from ngo.models import Office, OfficeKind

OWN_CONSULATE, RETURN_TRAVEL = "own-consulate", "return-travel"  # As seeded; their codes stay when they are renamed.


def refuse_what_is_barred(
    kind: AppointmentKind, office: Office | None, people: Iterable[Person], goers: Iterable[Person]
) -> None:
    """Raises Refused: no reason lets these two go on. That there is a claim is not said to the desk (LRPCAP 21).

    `people` are those whom it is for, `goers` those and who goes with them.
    """
    people = list(people)
    is_of_return = kind.group == Group.RETURN
    at_consulate = kind.code == OWN_CONSULATE or (
        is_of_return and office is not None and office.kind == OfficeKind.CONSULATE
    )
    if at_consulate and consulate_is_silent_for(goers):
        raise Refused(
            _("Somebody of them must not be seen at their consulate for now. Ask the legal team before you book it.")
        )
    if kind.code == RETURN_TRAVEL:
        ready = ProcessPerson.objects.current().filter(
            person__in=people, process__return_plan__state=ReturnState.SCHEDULED
        )
        missing = {person.pk for person in people} - set(ready.values_list("person", flat=True))
        for person in people:
            if person.pk in missing:
                words = _(
                    "No date of return is confirmed for %(name)s. It is confirmed in the case of return, once its checks stand."
                )
                raise Refused(words % {"name": person.full_name})
