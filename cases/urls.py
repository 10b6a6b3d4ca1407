"""People and families: intake, files, groups, and alerts about children."""

from django.urls import include, path

from cases.views import (
    appointment_kinds,
    appointments,
    child_places,
    children,
    clocks,
    closures,
    consents,
    contact,
    documents,
    duplicates,
    families,
    family_roles,
    intake,
    legal_aid,
    links,
    paper,
    pathways,
    people,
    processes,
    protection,
    received,
    referrals,
    reminders,
    returns,
    sending,
    slips,
    tasks,
    us_matters,
    words,
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
    path("cases/new/", processes.case_new, name="case_new"),
    path("clocks/", clocks.family_clocks, name="family_clocks"),
    path("clocks/new/", clocks.clock_new, name="clock_new"),
    path("documents/", documents.family_documents, name="family_documents"),
    path("documents/new/", documents.document_new, name="document_new"),
    path("consents/", consents.family_consents, name="family_consents"),
    path("consents/new/", consents.consent_new, name="consent_new"),
    path("referrals/", referrals.family_referrals, name="family_referrals"),
    path("referrals/new/", referrals.referral_new, name="referral_new"),
]

referral = [
    path("", referrals.referral, name="referral"),
    path("letter/", referrals.referral_letter, name="referral_letter"),
    path("answer/", referrals.referral_answer, name="referral_answer"),
    path("done/", referrals.referral_done, name="referral_done"),
    path("revoke/", referrals.referral_revoke, name="referral_revoke"),
    path("told/", referrals.referral_told, name="referral_told"),
]

received_referral = [
    path("", received.received_one, name="received_one"),
    path("answer/", received.received_answer, name="received_answer"),
    path("done/", received.received_done, name="received_done"),
    path("papers/<uuid:paper_code>/", received.received_paper, name="received_paper"),
    path("people/<int:number>/link/", links.received_link, name="received_link"),
    path("people/<int:number>/unlink/", links.received_unlink, name="received_unlink"),
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
    path("slip/", slips.appointment_slip, name="appointment_slip"),
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

case = [
    path("", processes.case, name="case"),
    path("history/", processes.case_history, name="case_history"),
    path("step/", processes.case_step, name="case_step"),
    path("papers/", processes.case_paper, name="case_paper"),
    path("people/<int:person_id>/main/", processes.case_main, name="case_main"),
    path("people/join/", processes.case_join, name="case_join"),
    path("people/leave/", processes.case_leave, name="case_leave"),
    path("owner/", processes.case_owner, name="case_owner"),
    path("plan/", processes.case_plan, name="case_plan"),
    path("notes/new/", processes.case_note, name="case_note"),
    path("close/", processes.case_close, name="case_close"),
    path("reopen/", processes.case_reopen, name="case_reopen"),
    path("version/", processes.case_version, name="case_version"),
    path("tasks/new/", tasks.case_task_new, name="case_task_new"),
    # Protection in Mexico
    path("claim/new/", protection.case_claim_new, name="case_claim_new"),
    path("claim/", protection.case_claim, name="case_claim"),
    path("claim/entry/", protection.case_claim_entry, name="case_claim_entry"),
    path("claim/consulate/", protection.case_claim_consulate, name="case_claim_consulate"),
    path("claim/move/", protection.case_claim_move, name="case_claim_move"),
    path("sign-ins/", protection.case_sign_ins, name="case_sign_ins"),
    # United States
    path("people/<int:person_id>/a-number/", us_matters.case_a_number, name="case_a_number"),
    path("people/<int:person_id>/a-number/show/", us_matters.case_a_number_show, name="case_a_number_show"),
    path("turns/new/", us_matters.case_turn_new, name="case_turn_new"),
    # Return
    path("return/new/", returns.case_return_new, name="case_return_new"),
    path("return/", returns.case_return, name="case_return"),
    path("return/date/", returns.case_return_date, name="case_return_date"),
    path("return/date/back/", returns.case_return_undate, name="case_return_undate"),
    path("return/travelled/", returns.case_return_travelled, name="case_return_travelled"),
    path("return/people/<int:person_id>/rights/", returns.case_return_rights, name="case_return_rights"),
    path("return/people/<int:person_id>/<slug:what>/", returns.case_return_check, name="case_return_check"),
]

task = [
    path("", tasks.case_task, name="case_task"),
    path("reopen/", tasks.case_task_reopen, name="case_task_reopen"),
    path("change/", tasks.case_task_change, name="case_task_change"),
    path("drop/", tasks.case_task_drop, name="case_task_drop"),
]

clock = [
    path("", clocks.clocks, name="clocks"),
    path("<int:clock_id>/", clocks.clock, name="clock"),
    path("<int:clock_id>/event/", clocks.clock_event, name="clock_event"),
    path("<int:clock_id>/end/", clocks.clock_end, name="clock_end"),
    path("<int:clock_id>/reopen/", clocks.clock_reopen, name="clock_reopen"),
    path("<int:clock_id>/newest/", clocks.clock_newest, name="clock_newest"),
    path("changes/", clocks.clock_changes, name="clock_changes"),
    path("changes/<int:result_id>/told/", clocks.clock_told, name="clock_told"),
    path("rules/", closures.clock_rules_page, name="clock_rules"),
    path("rules/<int:clock_rule_id>/edit/", closures.clock_rule_edit, name="clock_rule_edit"),
    path("rules/<int:clock_rule_id>/drop/", closures.clock_rule_drop, name="clock_rule_drop"),
    path("closures/", closures.closure_list, name="closures"),
    path("closures/new/", closures.closure_new, name="closure_new"),
    path("closures/<int:closure_id>/withdraw/", closures.closure_withdraw, name="closure_withdraw"),
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
    path("people/<int:person_id>/role/", family_roles.person_role, name="person_role"),
    path("people/duplicates/", duplicates.duplicates, name="duplicates"),
    path("people/duplicates/<int:pair_id>/different/", duplicates.duplicate_different, name="duplicate_different"),
    path("people/duplicates/<int:pair_id>/again/", duplicates.duplicate_ask_again, name="duplicate_ask_again"),
    path("families/<int:family_id>/", include(family)),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/kinds/", appointment_kinds.appointment_kinds, name="appointment_kinds"),
    path("appointments/kinds/new/", appointment_kinds.appointment_kind_new, name="appointment_kind_new"),
    path("appointments/kinds/<int:kind_id>/", include(kind)),
    path("reminders/failed/", reminders.reminders_failed, name="reminders_failed"),
    path("reminders/failed/<int:appointment_id>/told/", reminders.reminders_told, name="reminders_told"),
    path("reminders/<int:reminder_id>/slip/", slips.reminder_slip, name="reminder_slip"),
    path("reminders/sending/", sending.sending, name="reminders_sending"),
    path("reminders/sending/pause/", sending.sending_pause, name="reminders_sending_pause"),
    path("reminders/sending/resume/", sending.sending_resume, name="reminders_sending_resume"),
    path("reminders/sending/day/", sending.sending_day, name="reminders_sending_day"),
    path("reminders/words/", words.words, name="reminders_words"),
    path("reminders/words/<slug:message>/<slug:language>/", words.words_review, name="reminders_words_review"),
    path("appointments/<int:appointment_id>/", include(appointment)),
    path("legal-aid/", include(legal)),
    path("cases/", processes.cases, name="cases"),
    path("cases/<int:process_id>/", include(case)),
    path("cases/protection/", protection.case_protection, name="case_protection"),
    path("cases/pathways/", pathways.case_pathways, name="case_pathways"),
    path("cases/pathways/<int:pathway_id>/", pathways.case_pathway, name="case_pathway"),
    path("cases/pathways/<int:pathway_id>/edit/", pathways.case_pathway_edit, name="case_pathway_edit"),
    path("cases/pathways/<int:pathway_id>/switch/", pathways.case_pathway_switch, name="case_pathway_switch"),
    path("sign-ins/<int:duty_id>/", protection.case_sign_in, name="case_sign_in"),
    path("sign-ins/<int:sign_in_id>/correct/", protection.case_sign_in_correct, name="case_sign_in_correct"),
    path("turns/<int:turn_id>/", us_matters.case_turn, name="case_turn"),
    path("people/<int:person_id>/papers/new/", protection.case_permit, name="case_permit"),
    path("tasks/", tasks.case_tasks, name="case_tasks"),
    path("tasks/days/", tasks.case_task_days, name="case_task_days"),
    path("tasks/<int:task_id>/", include(task)),
    path("clocks/", include(clock)),
    path("consents/<int:consent_id>/withdraw/", consents.consent_withdraw, name="consent_withdraw"),
    path("referrals/", referrals.referrals, name="referrals"),
    path("referrals/desk/", referrals.referral_desk, name="referral_desk"),
    path("referrals/received/", received.received, name="received"),
    path("referrals/received/<uuid:code>/", include(received_referral)),
    path("referrals/<int:referral_id>/", include(referral)),
    path("documents/", documents.documents, name="documents"),
    path("documents/<int:document_id>/", include(document)),
    path("alerts/<int:pk>/", children.child_alert, name="child_alert"),
    path("alerts/<int:pk>/close/", children.child_alert_close, name="child_alert_close"),
    path("alerts/<int:pk>/place/", child_places.child_placed, name="child_placed"),
    path("alerts/<int:pk>/plan/", child_places.child_plan, name="child_plan"),
    path("child-places/", child_places.child_places, name="child_places"),
    path("child-places/new/", child_places.child_place_new, name="child_place_new"),
    path("child-places/<int:place_id>/edit/", child_places.child_place_edit, name="child_place_edit"),
]
