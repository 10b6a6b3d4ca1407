"""Tags of the pages about referrals."""

from datetime import datetime

from django import template

from cases.models import Referral

register = template.Library()


@register.simple_tag
def late_at(row: Referral, now: datetime) -> bool:
    """Whether nobody answered in time, as of this moment."""
    return row.is_late_at(now)
