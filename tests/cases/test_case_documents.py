"""Papers of a case: which of those that a step asks for are in the file, which are over, and which are missing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Document, DocumentKind
from cases.process_file import case_file, processes_for_page
from cases.services.documents import Facts, add_document, correct_document, remove_document
from ngo.errors import Refused
from ngo.permissions import Role
from tests.factories import FamilyFactory, OrganisationFactory, StaffFactory
from tests.factories_cases import case_of, today

pytestmark = pytest.mark.django_db
CODE = "filed-copy"


@pytest.fixture
def worker():
    return StaffFactory(organisation=OrganisationFactory(), role=Role.CASEWORKER)


@pytest.fixture
def family(worker):
    return FamilyFactory(organisation=worker.organisation, people=2)


@pytest.fixture
def process(family, worker):
    return case_of(family, "mx-protection", by=worker)


def keep(family, process, by, **more):
    facts = {"kind": "other", "what": "Copia", "process": process, "needed_as": CODE} | more
    return add_document(family=family, facts=Facts(**facts), by=by)


def line_of(process, staff):
    file = case_file(processes_for_page().get(pk=process.pk), staff)
    return next(line for step in file.steps for line in step.papers if line.paper.code == CODE)


def test_a_paper_is_missing_then_there_then_over(family, process, worker):
    assert line_of(process, worker).state == "missing"
    over = keep(family, process, worker, expires_on=today() - timedelta(days=1))
    assert (line_of(process, worker).state, line_of(process, worker).document) == ("expired", over)
    good = keep(family, process, worker)

    line = line_of(process, worker)

    assert (line.state, line.document) == ("have", good)
    remove_document(document=good, reason="Otra persona", by=worker)
    assert line_of(process, worker).state == "expired"


def test_who_may_not_see_a_paper_does_not_learn_that_it_is_there(family, process, worker):
    legal = StaffFactory(organisation=worker.organisation, role=Role.LEGAL)
    keep(family, process, legal, is_legal=True)

    assert line_of(process, legal).state == "have"
    assert line_of(process, worker).state == "missing"


def test_a_case_of_another_family_or_a_paper_that_it_does_not_ask_for_is_refused(family, process, worker):
    other = FamilyFactory(organisation=worker.organisation)
    with pytest.raises(Refused, match="not of this family"):
        keep(other, process, worker)
    with pytest.raises(Refused, match="asks for this paper"):
        keep(family, process, worker, needed_as="fee")
    with pytest.raises(Refused, match="Choose the case"):
        keep(family, None, worker)
    assert not Document.objects.exists()


def test_a_paper_is_put_in_a_case_and_taken_out_of_it_by_correcting_it(family, process, worker):
    row = add_document(family=family, facts=Facts("passport"), by=worker)
    correct_document(document=row, facts=Facts("passport", process=process), by=worker)
    row.refresh_from_db()
    assert row.process == process
    assert [one.pk for one in case_file(processes_for_page().get(pk=process.pk), worker).other_papers] == [row.pk]

    correct_document(document=row, facts=Facts("passport"), by=worker)

    row.refresh_from_db()
    assert row.process is None


def test_the_page_of_the_case_leads_to_the_form_that_knows_which_paper_it_is(family, process, worker):
    client = Client()
    client.force_login(worker)
    pre = next(step for step in process.version.steps.all() if any(paper.code == CODE for paper in step.needed))
    type(process).objects.filter(pk=process.pk).update(step=pre)
    page = client.get(reverse("cases:case", args=[process.pk])).content.decode()
    where = f"{reverse('cases:document_new', args=[family.pk])}?case={process.pk}&paper={CODE}"
    assert where.replace("&", "&amp;") in page
    assert "Missing in the file" in page
    form = client.get(where).content.decode()
    assert f'value="{process.pk}:{CODE}" selected' in form

    sent = client.post(
        where, {"kind": "other", "what": "Copia", "case": f"{process.pk}:{CODE}", "seen_as": "copy", "person": ""}
    )

    assert sent.headers["Location"] == reverse("cases:case", args=[process.pk])
    row = Document.objects.get()
    assert (row.process, row.needed_as) == (process, CODE)
    assert "In the file, without a copy" in client.get(reverse("cases:case", args=[process.pk])).content.decode()
    listed = client.get(reverse("cases:family_documents", args=[family.pk])).content.decode()
    assert process.version.name in listed


def test_what_paper_it_usually_is_stands_in_the_form_and_a_strange_address_changes_nothing(family, process, worker):
    client = Client()
    client.force_login(worker)
    where = reverse("cases:document_new", args=[family.pk])
    form = client.get(f"{where}?case={process.pk}&paper=constancia").content.decode()
    assert f'value="{DocumentKind.CONSTANCIA}" selected' in form
    for strange in ("?case=x&paper=y", "?case=999999999999999999999", f"?case={process.pk}&paper=nada"):
        assert client.get(where + strange).status_code == 200
