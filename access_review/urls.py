"""Addresses of applications, the committee's admin pages, one's projects and the public register."""

from __future__ import annotations

from django.urls import path

from access_review.views import answering, applying, deciding, joining, mine, packs, register, reviewing, triaging

app_name = "access_review"
urlpatterns = [
    path("project-applications/", applying.application_list, name="application-list"),
    path("project-applications/start/", applying.application_start, name="application-start"),
    path("project-applications/invitations/<str:token>/", joining.invitation, name="invitation"),
    path("project-applications/<str:reference>/", applying.application_detail, name="application-detail"),
    path("project-applications/<str:reference>/sections/<slug:slug>/", applying.section, name="section"),
    path("project-applications/<str:reference>/members/", joining.team, name="team"),
    path(
        "project-applications/<str:reference>/members/<int:number>/remove/", joining.place_remove, name="place-remove"
    ),
    path("project-applications/<str:reference>/files/", joining.files, name="file-list"),
    path("project-applications/<str:reference>/files/<int:number>/", joining.file_read, name="file-read"),
    path("project-applications/<str:reference>/files/<int:number>/remove/", joining.file_remove, name="file-remove"),
    path("project-applications/<str:reference>/submit/", applying.submit, name="application-submit"),
    path("project-applications/<str:reference>/submitted/", applying.submitted, name="application-submitted"),
    path("project-applications/<str:reference>/respond/", answering.respond, name="application-respond"),
    path("project-applications/<str:reference>/decision/", answering.decision, name="application-decision"),
    path("project-applications/<str:reference>/decision.pdf", answering.letter, name="application-letter"),
    path("project-applications/<str:reference>/versions/<int:number>.pdf", answering.version_pdf, name="version-pdf"),
    path("project-applications/<str:reference>/withdraw/", answering.withdraw, name="application-withdraw"),
    path("project-applications/<str:reference>/appeal/", answering.appeal, name="application-appeal"),
    path(
        "project-applications/<str:reference>/conditions/<int:number>/", answering.evidence, name="condition-evidence"
    ),
    path("review/", reviewing.queue, name="queue"),
    path("review/meetings/", triaging.meetings, name="meeting-list"),
    path("review/meetings/<str:day>/pack.pdf", packs.meeting_pack, name="meeting-pack"),
    path("review/meetings/<str:day>/", triaging.meeting, name="meeting-detail"),
    path("review/projects/<str:reference>/successor/", triaging.project_successor, name="project-successor"),
    path("review/projects/<str:reference>/<str:action>/", triaging.project_standing, name="project-standing"),
    path("review/<str:reference>/", reviewing.case, name="case"),
    path("review/<str:reference>/interest/", reviewing.interest, name="case-interest"),
    path("review/<str:reference>/vote/", reviewing.vote, name="case-vote"),
    path("review/<str:reference>/vote/withdraw/", reviewing.vote_withdraw, name="case-vote-withdraw"),
    path("review/<str:reference>/comment/", reviewing.comment, name="case-comment"),
    path("review/<str:reference>/claim/", triaging.claim, name="case-claim"),
    path("review/<str:reference>/triage/", triaging.triage, name="case-triage"),
    path("review/<str:reference>/assign/", triaging.assign, name="case-assign"),
    path("review/<str:reference>/release/<int:number>/", triaging.release, name="case-release"),
    path("review/<str:reference>/contract/", triaging.contract, name="case-contract"),
    path("review/<str:reference>/begin/", triaging.begin, name="case-begin"),
    path("review/<str:reference>/minor/", triaging.minor, name="case-minor"),
    path("review/<str:reference>/return/", triaging.give_back, name="case-return"),
    path("review/<str:reference>/agenda/", triaging.agenda, name="case-agenda"),
    path("review/<str:reference>/clear/<int:number>/", deciding.clear, name="case-clear"),
    path("review/<str:reference>/advice/<int:number>/", deciding.advice, name="case-advice"),
    path("review/<str:reference>/decide/", deciding.decide, name="case-decide"),
    path("review/<str:reference>/turn-away/", deciding.turn_away, name="case-turn-away"),
    path("review/<str:reference>/verify/<int:number>/", deciding.verify, name="case-verify"),
    path("review/<str:reference>/open/", deciding.open_project, name="case-open"),
    path("review/<str:reference>/hearing/", deciding.hearing, name="case-hearing"),
    path("my/projects/", mine.project_list, name="my-project-list"),
    path("my/projects/<str:reference>/", mine.project_detail, name="my-project-detail"),
    path("my/projects/<str:reference>/amend/", mine.amend, name="project-amend"),
    path("my/projects/<str:reference>/report/", mine.report, name="project-report"),
    path("my/projects/<str:reference>/close/", mine.close, name="project-close"),
    path("my/projects/<str:reference>/lead/", mine.lead, name="project-lead"),
    path("projects/", register.project_register, name="register"),
    path("projects/register.csv", register.register_csv, name="register-csv"),
    path("projects/register.json", register.register_json, name="register-json"),
    path("projects/register.rss", register.register_rss, name="register-rss"),
    path("projects/figures/", register.figures, name="figures"),
    path("projects/<str:reference>/", register.project_public, name="project-public"),
    path("projects/<str:reference>/bioschemas.json", register.project_bioschemas, name="project-bioschemas"),
    path("publications/import/", triaging.publication_import, name="publication-import"),
    path("publications/", register.publications, name="publication-list"),
]
