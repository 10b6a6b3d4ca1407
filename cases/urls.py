"""People and families: intake, files, groups, and alerts about children."""

from django.urls import include, path

from cases.views import (
    appointment_kinds,
    appointments,
    children,
    contact,
    documents,
    families,
    intake,
    legal_aid,
    paper,
    people,
    reminders,
)

app_name = "cases"

draft = [
    path("", intake.intake_draft, name="intake_draft"),
    path("draft/", intake.intake_autosave, name="intake_autosave"),
    path("duplicates/", intake.intake_duplicates, name="intake_duplicates"),
    path("discard/", intake.intake_discard, name="intake_discard"),
]

family = [
    path("", families.family, name="family"),
    path("notes/new/", families.family_note, name="family_note"),
    path("group/", people.family_group, name="family_group"),
    path("phones/<int:phone_id>/", families.family_phone, name="family_phone"),
    path("emails/new/", contact.family_email_new, name="family_email_new"),
    path("emails/<int:email_id>/", contact.family_email, name="family_email"),
    path("emails/<int:email_id>/remove/", contact.family_email_remove, name="family_email_remove"),
    path("reminders/", contact.family_reminders, name="family_reminders"),
    path("reminders/stop/", contact.family_reminders_stop, name="family_reminders_stop"),
    path("appointments/new/", appointments.appointment_new, name="appointment_new"),
    path("legal-notes/", legal_aid.legal_notes, name="legal_notes"),
    path("documents/", documents.family_documents, name="family_documents"),
    path("documents/new/", documents.document_new, name="document_new"),
]

document = [
    path("", documents.document, name="document"),
    path("file/", documents.document_file, name="document_file"),
    path("remove/", documents.document_remove, name="document_remove"),
    path("put-back/", documents.document_put_back, name="document_put_back"),
]

appointment = [
    path("", appointments.appointment, name="appointment"),
    path("move/", appointments.appointment_move, name="appointment_move"),
    path("cancel/", appointments.appointment_cancel, name="appointment_cancel"),
    path("outcome/", appointments.appointment_outcome, name="appointment_outcome"),
    path("confirm/", appointments.appointment_confirm, name="appointment_confirm"),
    path("told/", appointments.appointment_told, name="appointment_told"),
    path("undo/", appointments.appointment_undo, name="appointment_undo"),
]

kind = [
    path("edit/", appointment_kinds.appointment_kind_edit, name="appointment_kind_edit"),
    path("rules/new/", appointment_kinds.notice_rule_new, name="appointment_rule_new"),
    path("rules/<int:rule_id>/switch/", appointment_kinds.notice_rule_switch, name="appointment_rule_switch"),
]

legal = [
    path("", legal_aid.legal_aid, name="legal_aid"),
    path("providers/new/", legal_aid.legal_provider_new, name="legal_provider_new"),
    path("providers/<int:provider_id>/edit/", legal_aid.legal_provider_edit, name="legal_provider_edit"),
    path("providers/<int:provider_id>/slots/new/", legal_aid.legal_slot_new, name="legal_slot_new"),
    path("slots/<int:slot_id>/end/", legal_aid.legal_slot_end, name="legal_slot_end"),
]

urlpatterns = [
    path("intake/", intake.intake, name="intake"),
    path("intake/blank/", paper.intake_blank, name="intake_blank"),
    path("intake/<uuid:draft_id>/", include(draft)),
    path("people/", people.people, name="people"),
    path("people/groups/<slug:group>/", people.group, name="group"),
    path("people/<int:person_id>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:person_id>/group/", people.person_group, name="person_group"),
    path("people/<int:person_id>/owner/", people.person_owner, name="person_owner"),
    path("families/<int:family_id>/", include(family)),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/kinds/", appointment_kinds.appointment_kinds, name="appointment_kinds"),
    path("appointments/kinds/new/", appointment_kinds.appointment_kind_new, name="appointment_kind_new"),
    path("appointments/kinds/<int:kind_id>/", include(kind)),
    path("reminders/failed/", reminders.reminders_failed, name="reminders_failed"),
    path("reminders/failed/<int:appointment_id>/told/", reminders.reminders_told, name="reminders_told"),
    path("appointments/<int:appointment_id>/", include(appointment)),
    path("legal-aid/", include(legal)),
    path("documents/", documents.documents, name="documents"),
    path("documents/<int:document_id>/", include(document)),
    path("alerts/<int:pk>/", children.child_alert, name="child_alert"),
    path("alerts/<int:pk>/close/", children.child_alert_close, name="child_alert_close"),
]
