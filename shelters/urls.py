"""Places, the bed board, and who sleeps where."""

from django.urls import include, path, register_converter

from shelters.converters import NightConverter
from shelters.views import (
    beds,
    board,
    cards,
    cleaning,
    departures,
    door,
    endings,
    families,
    holds,
    meals,
    merge,
    night_sheets,
    places,
    reports,
    roll_call,
    space_rules,
    spaces,
    stays,
    supplies,
    tomorrow,
    turn_aways,
    waiting,
)

app_name = "shelters"
register_converter(NightConverter, "night")

report = [
    path("", reports.report, name="report"),
    path("confirm/", reports.report_confirm, name="report_confirm"),
    path("correct/", reports.report_correct, name="report_correct"),
    path("print/", reports.report_print, name="report_print"),
    path("csv/", reports.report_csv, name="report_csv"),
    path("json/", reports.report_json, name="report_json"),
    path("text/", reports.report_text, name="report_text"),
]

shelter = [
    path("edit/", places.shelter_edit, name="edit"),
    path("state/", places.shelter_state, name="state"),
    path("board/", board.board, name="board"),
    path("hold/", holds.hold_in_shelter, name="hold_in_shelter"),
    path("holds/", holds.holds_of_shelter, name="holds"),
    path("holds/new/", holds.hold_places, name="hold_places"),
    path("roll-call/", roll_call.roll_call, name="roll_call"),
    path("roll-call/tap/", roll_call.roll_call_tap, name="roll_call_tap"),
    path("roll-call/all/", roll_call.roll_call_all, name="roll_call_all"),
    path("roll-call/close/", roll_call.roll_call_close, name="roll_call_close"),
    path("roll-call/print/", roll_call.roll_call_print, name="roll_call_print"),
    path("roll-call/scan/", roll_call.roll_call_scan, name="roll_call_scan"),
    path("door/", door.door, name="door"),
    path("door/pass/", door.door_pass, name="door_pass"),
    path("door/scan/", cards.door_scan, name="door_scan"),
    path("door/late/", door.door_late, name="door_late"),
    path("door/absent/", door.door_absent, name="door_absent"),
    path("door/cards/", cards.cards_of_house, name="door_cards"),
    path("turned-away/", turn_aways.turn_away, name="turn_away"),
    path("check-out/", departures.check_out_many, name="check_out_many"),
    path("ending/", endings.ending_in, name="ending_in"),
    path("waiting/", waiting.waiting_in, name="waiting_in"),
    path("reports/recipients/", reports.report_recipients, name="report_recipients"),
    path(
        "reports/recipients/<int:recipient_id>/remove/", reports.report_recipient_remove, name="report_recipient_remove"
    ),
    path("reports/<night:night>/", include(report)),
    path("spaces/", places.spaces, name="spaces"),
    path("spaces/new/", places.space_new, name="space_new"),
    path("spaces/<int:space_id>/edit/", places.space_edit, name="space_edit"),
    path("spaces/<int:space_id>/rules/", space_rules.rules, name="space_rules"),
    path("spaces/<int:space_id>/beds/new/", places.beds_new, name="beds_new"),
    path("spaces/<int:space_id>/beds/", spaces.space_beds, name="space_beds"),
    path("spaces/<int:space_id>/close/", spaces.space_close, name="space_close"),
    path("spaces/<int:space_id>/reopen/", spaces.space_reopen, name="space_reopen"),
    path("confirm-figures/", board.confirm_figures, name="confirm_figures"),
    path("cleaning/", cleaning.cleaning_list, name="cleaning"),
    path("cleaning/print/", cleaning.cleaning_print, name="cleaning_print"),
    path("cleaning/done/", cleaning.cleaning_done, name="cleaning_done"),
    path("cleaning/undo/", cleaning.cleaning_undo, name="cleaning_undo"),
    path("night/", night_sheets.night_sheets, name="night_sheets"),
    path("night/tonight/", night_sheets.print_tonight, name="print_tonight"),
    path("night/evacuation/", night_sheets.print_evacuation, name="print_evacuation"),
    path("night/empty/", night_sheets.print_empty, name="print_empty"),
    path("store/", supplies.store, name="store"),
    path("store/new/", supplies.item_new, name="item_new"),
    path("kitchen/", meals.kitchen, name="kitchen"),
    path("meals/", meals.meals, name="meals"),
]

item = [
    path("", supplies.item, name="item"),
    path("edit/", supplies.item_edit, name="item_edit"),
    path("in/", supplies.item_in, name="item_in"),
    path("out/", supplies.item_out, name="item_out"),
]

bed = [
    path("", beds.bed, name="bed"),
    path("block/", beds.bed_block, name="bed_block"),
    path("unblock/", beds.bed_unblock, name="bed_unblock"),
    path("withdraw/", beds.bed_withdraw, name="bed_withdraw"),
    path("return/", beds.bed_return, name="bed_return"),
    path("carry/", spaces.bed_move, name="bed_move"),
]

family = [
    path("beds/", stays.beds_of_family, name="family_beds"),
    path("split/", families.family_split, name="family_split"),
    path("join/", families.family_join, name="family_join"),
    path("place/", stays.place_family, name="place_family"),
    path("move/", stays.move_family, name="move_family"),
    path("check-out/", departures.check_out_family, name="check_out"),
    path("hold/", holds.hold_for_family, name="hold"),
    path("wait/", waiting.family_wait, name="family_wait"),
    path("cards/", cards.cards_of_family, name="door_family_cards"),
]

waiting_entry = [
    path("", waiting.waiting_entry, name="waiting_entry"),
    path("step/", waiting.waiting_step, name="waiting_step"),
    path("edit/", waiting.waiting_edit, name="waiting_edit"),
    path("family/", waiting.waiting_link, name="waiting_link"),
]

at_the_door = [
    path("door/", door.person, name="door_person"),
    path("leave/", door.leave, name="door_leave"),
    path("card/", cards.card_of_guest, name="door_card"),
    path("card/lost/", cards.card_lost, name="door_card_lost"),
    path("absent/", door.absent_confirm, name="door_absent_confirm"),
]

urlpatterns = [
    path("shelters/", places.shelter_list, name="list"),
    path("shelters/new/", places.shelter_new, name="new"),
    path("shelters/<slug:slug>/", include(shelter)),
    path("tomorrow/", tomorrow.tomorrow, name="tomorrow"),
    path("tomorrow/<int:appointment_id>/told/", tomorrow.tomorrow_told, name="tomorrow_told"),
    path("store/", supplies.stores, name="stores"),
    path("items/<int:item_id>/", include(item)),
    path("lots/<int:lot_id>/throw-away/", supplies.lot_loss, name="item_lot_loss"),
    path("lots/<int:lot_id>/count/", supplies.lot_count, name="item_lot_count"),
    path("stock-moves/<int:move_id>/undo/", supplies.move_undo, name="item_move_undo"),
    path("kitchen/", meals.kitchens, name="kitchens"),
    path("space-rules/<int:space_rule_id>/end/", space_rules.rule_end, name="space_rule_end"),
    path("beds/<int:bed_id>/", include(bed)),
    path("families/<int:family_id>/", include(family)),
    path("stays/<int:stay_id>/move/", stays.move, name="move"),
    path("stays/<int:stay_id>/leaves-on/", stays.leaves_on, name="leaves_on"),
    path("stays/<int:stay_id>/check-out/", departures.check_out_stay, name="check_out_stay"),
    path("stays/<int:stay_id>/", include(at_the_door)),
    path("door/", door.doors, name="doors"),
    path("door/passages/<int:passage_id>/undo/", door.passage_undo, name="door_undo"),
    path("door/leaves/<int:leave_id>/end/", door.leave_end, name="door_leave_end"),
    path("placements/<int:placement_id>/release/", holds.release_hold, name="release_hold"),
    path("placements/<int:placement_id>/extend/", holds.extend_hold, name="extend_hold"),
    path("acts/<int:act_id>/undo/", stays.undo, name="undo"),
    path("acts/<int:act_id>/statement/", departures.statement, name="statement"),
    path("ending/", endings.ending, name="ending"),
    path("stays/<int:stay_id>/extension/", endings.extension_ask, name="extension_ask"),
    path("extensions/<uuid:batch>/approve/", endings.extension_approve, name="extension_approve"),
    path("extensions/<uuid:batch>/refuse/", endings.extension_refuse, name="extension_refuse"),
    path("extensions/<uuid:batch>/take-back/", endings.extension_take_back, name="extension_take_back"),
    path("roll-call/", roll_call.roll_calls, name="roll_calls"),
    path("roll-call/marks/<int:mark_id>/undo/", roll_call.roll_call_undo, name="roll_call_undo"),
    path("turned-away/<int:turn_away_id>/void/", turn_aways.turn_away_void, name="turn_away_void"),
    path("turned-away/<int:turn_away_id>/wait/", waiting.turn_away_wait, name="turn_away_wait"),
    path("pairs/<int:pair_id>/", merge.pair, name="pair"),
    path("pairs/<int:pair_id>/join/", merge.pair_join, name="pair_join"),
    path("merges/<int:merge_id>/undo/", merge.merge_undo, name="merge_undo"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("waiting/new/", waiting.waiting_new, name="waiting_new"),
    path("waiting/rules/", waiting.waiting_rules, name="waiting_rules"),
    path("waiting/<int:entry_id>/", include(waiting_entry)),
    path("reports/", reports.reports, name="reports"),
]
