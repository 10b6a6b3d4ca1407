"""Reviews of our texts: written down, and taken back."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import notice_words
from cases.models import WordsReview
from ngo.errors import Refused
from ngo.models import Organisation, Staff


@transaction.atomic
def record_review(
    *, organisation: Organisation, code: str, language: str, text_hash: str, reader: str, note: str = "", by: Staff
) -> WordsReview:
    """Somebody who grew up with the language read the text of which this is the fingerprint, and found it right.

    Raises Refused where the text has changed since it was shown, and where it is written already.
    """
    if text_hash != notice_words.fingerprint(code, language):
        raise Refused(_("This text has changed since this page was opened. Let it be read again as it stands now."))
    try:
        with transaction.atomic():
            return WordsReview.objects.create(
                organisation=organisation,
                code=code,
                language=language,
                text_hash=text_hash,
                reader=reader,
                note=note,
                by=by,
            )
    except IntegrityError as error:
        raise Refused(_("It is written already that this text was read.")) from error


@transaction.atomic
def withdraw_review(*, organisation: Organisation, code: str, language: str, by: Staff) -> int:
    """It was a slip, or somebody found a fault: the text counts as not read. Both stay in the record. Says how many."""
    rows = WordsReview.objects.in_force().filter(
        organisation=organisation, code=code, language=language, text_hash=notice_words.fingerprint(code, language)
    )
    return rows.update(withdrawn_at=timezone.now(), withdrawn_by=by)
