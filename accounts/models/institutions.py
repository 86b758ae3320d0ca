"""Institutions: who they are, what they have agreed to, and who works there. Dated rows: an end is a date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Lower

from accounts.models.people import User
from accounts.roles import Role
from portal.kernel import clock

EXPIRING = timedelta(days=90)
GRACE = timedelta(days=30)


def scopes_of(actor: Any, *roles: Role) -> frozenset[str]:
    """The references (or slugs) for which the actor holds one of these roles now."""
    if not isinstance(actor, User) or not actor.is_active:
        return frozenset()
    wanted = {role.value for role in roles}
    return frozenset(scope for role, scope in actor.current_roles() if role in wanted and scope)


def agreement_counts_until(prefix: str = "") -> Greatest:
    """When an agreement counts no longer, for the database to compute: its end, or that of its days of grace."""
    return Greatest(f"{prefix}ends_at", f"{prefix}grace_until")  # PostgreSQL leaves nulls aside


def holds_any(actor: Any, *roles: Role) -> bool:
    """Whether the actor holds one of these roles now, without a scope."""
    return isinstance(actor, User) and any(actor.has_role(role) for role in roles)


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def registered(self, at: datetime) -> InstitutionQuerySet:
        """Those whose people may apply: active, with an agreement in force at this instant."""
        from accounts.models.incidents import Sanction  # here: incidents stand on institutions

        in_force = Agreement.objects.in_force(at).filter(institution=models.OuterRef("pk"))
        kept_out = Sanction.objects.in_force(at).filter(institution=models.OuterRef("pk"))
        active = self.filter(status=Institution.Status.ACTIVE)
        return active.filter(models.Exists(in_force), ~models.Exists(kept_out))

    def visible_to(self, actor: Any) -> InstitutionQuerySet:
        """The registry's inner side: all of it for staff, their own for those who speak for an institution."""
        if holds_any(actor, Role.SERVICE_DESK, Role.AUDITOR, Role.ADMINISTRATOR, Role.ARC_CHAIR):
            return self.all()
        own = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        return self.filter(reference__in=own)


class Institution(models.Model):
    """An organisation whose people may work with data once it has signed."""

    class Kind(models.TextChoices):
        ACADEMIC = "academic", "University or research institute"
        HEALTH = "health", "Public health service"
        CHARITY = "charity", "Charity that does research"
        GOVERNMENT = "government", "Government body"
        INDUSTRY = "industry", "Company"

    class Status(models.TextChoices):
        PROSPECTIVE = "prospective", "Prospective"
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        TERMINATED = "terminated", "Terminated"

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, help_text="ISO 3166-1, two letters")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    ror_id = models.CharField("ROR", max_length=9, blank=True, help_text="The nine characters after ror.org/")
    website = models.URLField(blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PROSPECTIVE)
    confirms_by_address = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(Lower("name"), "country", name="one_institution_per_name_and_country"),
            models.UniqueConstraint(fields=["ror_id"], condition=~Q(ror_id=""), name="one_institution_per_ror"),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="country_is_two_letters"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("institution-detail", args=[self.reference])


class InstitutionDomain(models.Model):
    """A part of an e-mail address after the @ that belongs to one institution alone."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(max_length=253, unique=True)
    confirms = models.BooleanField(default=False, help_text="Staff alone have addresses here; no alumni, no visitors")

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(name__regex=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])$"),
                name="domain_in_lower_case_ascii",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgreementText(models.Model):
    """A version of the participation agreement. Never changed once it is there: a trigger refuses it."""

    number = models.PositiveSmallIntegerField(unique=True)
    title = models.CharField(max_length=120)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def in_force(self, at: datetime) -> AgreementQuerySet:
        """Counter-signed and not over at this instant, days of grace counted, whatever any job has done."""
        active = self.filter(status=Agreement.Status.ACTIVE, starts_at__lte=at)
        return active.filter(Q(ends_at__gt=at) | Q(grace_until__gt=at))

    def visible_to(self, actor: Any) -> AgreementQuerySet:
        """As the matrix has it: own institution, committee chair, service desk, auditor, administrator."""
        return self.filter(institution__in=Institution.objects.visible_to(actor))


class Agreement(models.Model):
    """One institution's participation agreement for one term, signed by both sides against the hash of the text."""

    class Status(models.TextChoices):
        DRAFTED = "drafted", "Drafted"
        SENT = "sent", "Sent"
        SIGNED = "signed", "Signed by the institution"
        ACTIVE = "active", "Active"
        SUPERSEDED = "superseded", "Superseded"
        TERMINATED = "terminated", "Terminated"

    OPEN = (Status.DRAFTED, Status.SENT, Status.SIGNED)

    reference = models.CharField(max_length=20, unique=True)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="agreements")
    text = models.ForeignKey(AgreementText, on_delete=models.PROTECT, related_name="+")
    text_sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFTED)
    years = models.PositiveSmallIntegerField(default=3)
    prepared_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_name = models.CharField(max_length=150, blank=True)
    signed_position = models.CharField(max_length=150, blank=True)
    signed_from = models.GenericIPAddressField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    countersigned_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True, help_text="It counts so long after its end")
    grace_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["institution"], condition=Q(status="active"), name="one_active_agreement_per_institution"
            ),
            models.UniqueConstraint(
                fields=["institution"],
                condition=Q(status__in=["drafted", "sent", "signed"]),
                name="one_open_agreement_per_institution",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "active", "superseded"])
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="a_signed_agreement_has_a_signature",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "superseded"])
                | Q(countersigned_by__isnull=False, starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="an_active_agreement_has_two_signatures_and_a_term",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by=None)
                | (~Q(countersigned_by=F("prepared_by")) & ~Q(countersigned_by=F("signed_by"))),
                name="who_countersigns_neither_prepared_nor_signed",
            ),
            models.CheckConstraint(
                condition=Q(grace_until=None)
                | Q(grace_by__isnull=False, grace_until__gt=F("ends_at"), grace_until__lte=F("ends_at") + GRACE),
                name="grace_is_given_by_somebody_for_thirty_days_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.institution}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("agreement-detail", args=[self.reference])

    def standing_at(self, at: datetime) -> str:
        """The status in words; an active agreement is "expiring" in its last 90 days, and "expired" by the clock."""
        if self.status != self.Status.ACTIVE or self.ends_at is None:
            return self.get_status_display()
        if self.ends_at <= at:
            return "Days of grace" if self.grace_until and self.grace_until > at else "Expired"
        return "Expiring" if self.ends_at - at <= EXPIRING else "Active"


class AffiliationQuerySet(models.QuerySet["Affiliation"]):
    def in_force(self, at: datetime) -> AffiliationQuerySet:
        """Confirmed, rechecked in time, and not over at this instant; what the institution itself is, not asked."""
        held = self.filter(status__in=[Affiliation.Status.CONFIRMED, Affiliation.Status.ENDED], confirmed_at__lte=at)
        return held.filter(valid_until__gt=at, lapses_at__gt=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))

    def visible_to(self, actor: Any) -> AffiliationQuerySet:
        """One's own, those of one's institution, and for the service desk and auditors all."""
        if not actor.is_active:
            return self.none()
        if holds_any(actor, Role.SERVICE_DESK, Role.AUDITOR):
            return self.all()
        own = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        return self.filter(Q(person_id=actor.pk) | Q(institution__reference__in=own))


class Affiliation(models.Model):
    """That a person works at an institution: claimed by the person, confirmed by the institution, rechecked by it."""

    class Status(models.TextChoices):
        CLAIMED = "claimed", "Address not proved yet"
        WAITING = "waiting", "Waiting for the institution"
        ASKED = "asked", "The institution asks for more"
        CONFIRMED = "confirmed", "Confirmed"
        REFUSED = "refused", "Refused"
        ENDED = "ended", "Ended"

    LIVE = (Status.CLAIMED, Status.WAITING, Status.ASKED, Status.CONFIRMED)

    reference = models.CharField(max_length=20, unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="affiliations")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="affiliations")
    email = models.EmailField(help_text="The address at the institution")
    position = models.CharField(max_length=120)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.CLAIMED)
    token_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the link that proves the address")
    token_expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    waiting_since = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, help_text="What the institution asked, or why it refused")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by_address = models.BooleanField(default=False)
    rechecked_at = models.DateTimeField(null=True, blank=True)
    recheck_due_at = models.DateTimeField(null=True, blank=True)
    lapses_at = models.DateTimeField(null=True, blank=True, help_text="Without a recheck it counts no longer")
    valid_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_proposed_at = models.DateTimeField(null=True, blank=True)
    end_day = models.DateField(null=True, blank=True, help_text="The last day, as the service desk proposed it")
    end_reason = models.TextField(blank=True)

    objects = AffiliationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["institution", "status"], name="affiliation_by_institution")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "institution"],
                condition=Q(status__in=["claimed", "waiting", "asked", "confirmed"]),
                name="one_live_affiliation_per_person_and_institution",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="affiliation_address_in_lower_case"),
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | Q(
                    confirmed_at__isnull=False,
                    valid_until__isnull=False,
                    recheck_due_at__isnull=False,
                    lapses_at__isnull=False,
                ),
                name="a_confirmed_affiliation_has_its_dates",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | Q(confirmed_by__isnull=False, confirmed_by_address=False)
                | Q(confirmed_by=None, confirmed_by_address=True),
                name="an_affiliation_is_confirmed_by_a_person_or_by_address",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("person")), name="nobody_confirms_themselves"
            ),
            models.CheckConstraint(
                condition=Q(end_proposed_by=None)
                | (~Q(end_proposed_by=F("person")) & Q(end_proposed_at__isnull=False) & ~Q(end_reason="")),
                name="nobody_proposes_the_end_of_their_own_affiliation",
            ),
            models.CheckConstraint(
                condition=~Q(status="ended") | Q(ended_at__isnull=False), name="an_ended_affiliation_has_its_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.institution}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("affiliation-detail", args=[self.reference])

    def standing_at(self, at: datetime) -> str:
        """The status in words, with what the clock has made of a confirmed one."""
        if self.status != self.Status.CONFIRMED or self.valid_until is None or self.lapses_at is None:
            return self.get_status_display()
        if self.valid_until <= at or self.lapses_at <= at:
            return "Lapsed"
        return "Recheck due" if self.recheck_due_at and self.recheck_due_at <= at else "Confirmed"
