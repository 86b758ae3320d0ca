"""Cases 21 to 43 of the adversarial table: each has tests that show its outcome, and each that is named is there."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.tree import ROOT

_A, _U = "tests/integration/accounts", "tests/unit/accounts"

# What is tried, and the tests that show what comes of it.
CASES: dict[int, tuple[str, dict[str, list[str]]]] = {
    21: (
        "revoked, with live sessions on two devices",
        {f"{_A}/test_holds.py": ["test_case_21__sessions_on_every_device_end_at_the_next_request"]},
    ),
    22: (
        "revoked, with an API token and visas",
        {
            f"{_A}/test_holds.py": ["test_case_22__tokens_are_refused_and_visas_hold_no_more"],
            f"{_A}/test_visas.py": ["test_case_22__a_token_of_a_closed_account_is_refused_and_its_visas_hold_no_more"],
        },
    ),
    23: (
        "revoked, with a running query and a queued export",
        {
            f"{_A}/test_holds.py": ["test_case_23__running_work_is_cancelled_and_what_is_finished_is_out_of_reach"],
            "tests/integration/airlock/test_promises.py": ["test_p6__nothing_leaves_when_the_author_lost_access"],
        },
    ),
    24: (
        "training that expires in the middle",
        {
            f"{_A}/test_holds.py": [
                "test_case_24__training_that_expires_stops_queries_at_the_instant_and_leaves_the_portal"
            ],
            f"{_U}/test_training.py": ["test_training_that_expires__ends_access_at_the_instant_without_a_job"],
        },
    ),
    25: (
        "nights of the clock's change, 29 February, bank holidays",
        {
            "tests/unit/kernel/test_working_days.py": [
                "test_bank_holidays__are_no_working_days",
                "test_add_working_days__ends_with_the_day_in_london",
                "test_months__are_calendar_months",
            ],
            f"{_U}/test_training.py": [
                "test_a_certificate__counts_to_the_end_of_the_same_day_next_year_in_london",
                "test_warnings__each_once_and_only_the_nearest",
            ],
            f"{_U}/test_joining.py": ["test_the_clock__ten_working_days_over_christmas"],
        },
    ),
    26: (
        "an agreement that ends at midnight",
        {
            f"{_U}/test_institutions.py": [
                "test_an_agreement_that_ends__ends_the_access_of_everybody_there_at_the_instant"
            ],
            f"{_U}/test_gates.py": ["test_access__ends_with_each_single_fact_at_its_instant"],
        },
    ),
    27: (
        "two institutions, one of them suspended",
        {
            f"{_A}/test_holds.py": ["test_case_27__who_has_a_second_institution_loses_the_projects_of_the_first_alone"],
            f"{_U}/test_gates.py": ["test_affiliation__the_agreement_must_be_of_the_same_institution"],
        },
    ),
    28: (
        "a barred person who registers again",
        {
            f"{_A}/test_barred_people.py": [
                "test_case_28__who_registers_again_waits_for_a_check_and_reads_what_everybody_reads",
                "test_case_28__the_same_address_with_a_plus_is_known_when_the_account_is_made",
                "test_case_28__the_same_passkey_on_a_second_account_is_known",
            ],
            f"{_A}/test_signing_in_elsewhere.py": [
                "test_case_28__who_is_kept_out_is_known_by_the_orcid_that_they_once_connected",
                "test_case_28__who_tries_the_orcid_of_a_barred_person_is_looked_at",
            ],
        },
    ),
    29: (
        "an address that only looks like the institution's",
        {
            f"{_U}/test_institutions.py": [
                "test_claims__other_peoples_addresses__are_refused",
                "test_confirming_by_address__only_exactly_where_the_institution_asked_for_it",
            ]
        },
    ),
    30: (
        "a secretary who confirms themselves, or people elsewhere",
        {f"{_U}/test_institutions.py": ["test_a_secretary__confirms_neither_themselves_nor_people_elsewhere"]},
    ),
    31: (
        "the last administrator, chair, secretary, lead; two leave at once",
        {
            f"{_A}/test_races.py": [
                "test_the_last_two_secretaries_released_at_once__one_stays",
                "test_the_last_two_administrators_leave_at_once__one_stays",
            ],
            f"{_U}/test_role_requests.py": ["test_the_last_chair_and_the_last_lead__stay"],
        },
    ),
    32: (
        "an administrator who wants to be chair or auditor",
        {f"{_U}/test_role_requests.py": ["test_an_administrator_asks_for_their_own_role__refused"]},
    ),
    33: (
        "one person as both of two, by a second account or a token",
        {
            f"{_U}/test_role_requests.py": [
                "test_whoever_asked_or_is_meant__cannot_approve",
                "test_ones_own_second_account__cannot_approve",
                "test_a_token_approves_nothing",
            ],
            f"{_U}/test_training.py": ["test_an_entered_certificate__counts_when_a_second_person_confirmed_it"],
        },
    ),
    34: (
        "a lead about themselves, a deputy about their lead",
        {
            f"{_U}/test_joining.py": [
                "test_leads__decide_neither_about_themselves_nor_about_a_lead_who_works_where_they_work"
            ]
        },
    ),
    35: (
        "a link used again, forwarded, expired",
        {
            f"{_U}/test_institutions.py": ["test_the_link__works_once_for_its_own_account_within_seven_days"],
            f"{_A}/test_registering.py": ["test_link__is_good_once_for_a_day_and_opening_it_makes_nothing"],
            "tests/integration/access_review/test_writing.py": ["test_invitation__is_for_its_address_once_and_in_time"],
        },
    ),
    36: (
        "more fields than the form asks for",
        {
            f"{_A}/test_more_than_asked.py": [
                "test_a_request_for_a_role__cannot_approve_itself",
                "test_an_application__cannot_accept_itself",
                "test_an_affiliation__cannot_confirm_itself",
            ]
        },
    ),
    37: (
        "a way out of the portal, and a host that a browser made up",
        {
            f"{_A}/test_signing_in.py": [
                "test_case_37__nothing_leads_out_of_the_portal",
                "test_case_37__a_host_that_a_browser_made_up_is_in_no_mail",
                "test_case_37__a_host_that_is_not_ours_gets_nothing",
            ]
        },
    ),
    38: (
        "scripts in texts and files, formulas in cells, bombs",
        {
            "tests/unit/portal/test_ui.py": ["test_components__given_text_from_people__escape_it"],
            "tests/unit/portal/test_forms.py": ["test_text__from_people__is_escaped"],
            "tests/unit/panelapp/test_spreadsheets.py": [
                "test_a_text_like_a_formula__is_no_formula_for_a_spreadsheet_program"
            ],
            "tests/integration/access_review/test_files.py": ["test_file__is_a_download_that_no_browser_draws"],
            "tests/integration/airlock/test_looking_at_files.py": ["test_svg_and_html__are_source"],
            "tests/unit/airlock/test_hostile_files.py": ["test_hostile_file__is_stopped_with_its_reason"],
        },
    ),
    39: (
        "around the second factor, and codes used again",
        {
            f"{_A}/test_second_factor.py": [
                "test_app__is_connected_with_a_code_and_then_asked_for_after_the_password",
                "test_code__is_good_once_even_on_another_worker_whose_cache_knows_nothing",
                "test_recovery_codes__are_shown_once_and_each_lets_in_once",
                "test_first_factor__is_added_only_soon_after_a_sign_in",
                "test_factor__added_or_removed_ends_other_sessions_and_is_told_by_mail",
            ]
        },
    ),
    40: (
        "an identity provider that lies, and visas in our name",
        {
            f"{_A}/test_signing_in_elsewhere.py": [
                "test_case_40__the_same_address_does_not_open_the_account",
                "test_case_40__the_same_subject_of_another_issuer_is_somebody_else",
                "test_case_40__what_is_not_true_to_the_last_claim_lets_nobody_in_and_is_logged",
                "test_case_40__keys_are_never_fetched_from_where_the_statement_says",
                "test_case_40__a_journey_that_this_browser_never_began_ends_at_the_door",
            ],
            f"{_A}/test_visas.py": [
                "test_case_40__a_visa_without_signature_is_refused",
                "test_case_40__a_visa_that_points_to_keys_elsewhere_is_refused_and_nothing_is_fetched",
                "test_case_40__a_visa_of_another_issuer_or_about_another_person_is_refused",
            ],
        },
    ),
    41: (
        "a planted session, and old ones after a change",
        {
            f"{_A}/test_second_factor.py": ["test_sign_in__gives_a_new_session_so_that_a_planted_one_is_worth_nothing"],
            f"{_A}/test_signing_in.py": ["test_password_change__wants_the_present_one_and_ends_other_sessions"],
            f"{_A}/test_holds.py": ["test_hold__of_one_who_has_a_seat_takes_the_seat_away_meanwhile"],
            "tests/integration/api/test_tokens.py": ["test_access__that_ended_closes_every_door_at_the_next_request"],
        },
    ),
    42: (
        "locking others out, and learning who has an account",
        {
            f"{_A}/test_signing_in.py": [
                "test_lockout__is_for_one_person_from_one_address_only",
                "test_lockout__answers_the_same_for_somebody_who_is_not_there",
                "test_sign_in__says_the_same_for_unknown_person_wrong_password_and_closed_account",
                "test_password_reset__answers_the_same_for_known_and_unknown",
            ],
            f"{_A}/test_registering.py": [
                "test_page__says_the_same_whether_there_is_an_account_and_the_mail_says_what_to_do"
            ],
        },
    ),
    43: (
        "deleting who has signed, voted or decided",
        {f"{_U}/test_role_requests.py": ["test_whoever_decided__is_never_deleted_but_loses_their_name"]},
    ),
}


def test_table__has_each_case() -> None:
    assert sorted(CASES) == list(range(21, 44))


@pytest.mark.parametrize("number", CASES)
def test_case__has_tests_that_are_there(number: int) -> None:
    tried, files = CASES[number]
    assert tried
    assert files
    missing = [f"{path}::{name}" for path, names in files.items() for name in names if name not in _tests_in(path)]
    assert missing == []


def _tests_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
