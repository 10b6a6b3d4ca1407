"""People and families: intake, files, groups, and alerts about children."""

from django.urls import include, path

from cases.views import children, families, intake, paper, people

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
]

urlpatterns = [
    path("intake/", intake.intake, name="intake"),
    path("intake/blank/", paper.intake_blank, name="intake_blank"),
    path("intake/<uuid:draft_id>/", include(draft)),
    path("people/", people.people, name="people"),
    path("people/groups/<slug:group>/", people.group, name="group"),
    path("people/<int:person_id>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:person_id>/group/", people.person_group, name="person_group"),
    path("families/<int:family_id>/", include(family)),
    path("alerts/<int:pk>/", children.child_alert, name="child_alert"),
    path("alerts/<int:pk>/close/", children.child_alert_close, name="child_alert_close"),
]
