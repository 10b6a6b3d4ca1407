"""Phones of families, what was sent to them, and what was written back."""

import uuid
from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from cases.models import Inbound, Meaning, Phone, Reminder
from ngo.crypto import keyed_hash
from ngo.models.outbox import OutgoingState
from tests.factories import AppointmentFactory, FamilyFactory


class PhoneFactory(DjangoModelFactory):
    """A phone of a family; `channel="sms"` also writes that they agreed to messages at it, `number=` one in E.164."""

    class Meta:
        model = Phone

    family = factory.SubFactory(FamilyFactory)
    number = factory.Sequence(lambda n: f"+52656555{n % 10_000:04d}")
    number_hash = factory.LazyAttribute(lambda self: keyed_hash(self.number))
    country, channel = "MX", ""
    agreed_at = factory.LazyAttribute(lambda self: timezone.now() if self.channel else None)


class PhoneReminderFactory(DjangoModelFactory):
    """A reminder that was sent to `phone=` about `appointment=` (one of its family in two days), an hour ago. `state=`, `words=`,
    `channel=`, `sent_at=`, `provider_id=`."""

    class Meta:
        model = Reminder

    phone = factory.SubFactory(PhoneFactory, channel="sms")
    family = factory.LazyAttribute(lambda self: self.phone.family)
    organisation = factory.LazyAttribute(lambda self: self.family.organisation)
    appointment = factory.LazyAttribute(lambda self: AppointmentFactory(family=self.family))
    source_id = factory.LazyAttribute(lambda self: self.appointment.pk if self.appointment else 1)
    channel = "sms"
    language = "es"
    state = OutgoingState.SENT
    due_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
    next_try_at = factory.LazyAttribute(lambda self: self.due_at)
    sent_at = factory.LazyAttribute(lambda self: self.due_at if self.state in {"sent", "delivered"} else None)
    provider_id = factory.LazyAttribute(lambda self: f"SM-{uuid.uuid4()}" if self.sent_at else "")


class InboundFactory(DjangoModelFactory):
    """Something that nobody understood, written from `phone=` (a new one); `phone=None` from a number that nobody has."""

    class Meta:
        model = Inbound

    phone = factory.SubFactory(PhoneFactory, channel="sms")
    organisation = factory.LazyAttribute(lambda self: self.phone.family.organisation if self.phone else None)
    channel = "sms"
    provider_id = factory.Sequence(lambda n: f"sms:prueba-{n}")
    sender = factory.LazyAttribute(lambda self: self.phone.number if self.phone else "+526565559999")
    sender_hash = factory.LazyAttribute(lambda self: keyed_hash(self.sender))
    text = "¿a qué hora?"
    meaning = Meaning.UNKNOWN
