"""Persons, households, organisations, and the posts that persons hold."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models
from django.db.models import F, Q

from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.definitions.rows import Tracked


class Household(Tracked):
    """People who live together, in the most precise region known (a micro grid where one is drawn)."""

    region_code = models.BigIntegerField()
    number = models.CharField(max_length=40)
    address = models.CharField(max_length=200, blank=True)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region_code", "number"], name="household_number")]


class Person(Tracked):
    """One person. Events know only `pseudonym`; erasing the person empties this row and destroys that link."""

    pseudonym = models.UUIDField(unique=True, null=True, default=uuid7)
    name = models.CharField(max_length=60, blank=True)
    phone_enc = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    idno_enc = models.BinaryField(null=True)
    idno_index = models.BinaryField(null=True)
    region_code = models.BigIntegerField()
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="members")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["region_code", "id"], name="person_place"),
            models.Index(fields=["name"], name="person_name"),
            models.Index(fields=["phone_index"], name="person_phone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["idno_index"], name="person_idno_once", condition=Q(idno_index__isnull=False)
            )
        ]


class Organisation(Tracked):
    """A unit that takes part: a department, a school, an enterprise, a Party branch."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    region_code = models.BigIntegerField()
    closed_on = models.DateField(null=True)


class Post(Tracked):
    """A position: a role in a place. Work belongs to the post, whoever holds it today.

    `public_name` and `public_phone` are what the holder agreed to have shown on the village's page.
    """

    role = models.CharField(max_length=40)
    region_code = models.BigIntegerField()
    region_level = models.SmallIntegerField()
    title = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True)
    public_name = models.CharField(max_length=60, blank=True)
    public_phone = models.CharField(max_length=30, blank=True)
    on_duty = models.BooleanField(default=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["region_code", "role"], name="post_place_role")]


class Tenure(Tracked):
    """A person holds a post from one day to another. A second person approves a tenure of a sealed post."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="tenures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tenures")
    region_code = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    granted_by = models.UUIDField(null=True)
    approved_by = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "valid_to"], name="tenure_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("granted_by")),
                name="tenure_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["post", "person"], condition=Q(valid_to__isnull=True), name="tenure_once"
            ),
        ]


class RosterEntry(Tracked):
    """A person is on a roster (reserve cadres, law-literate people, volunteers): the rosters are definitions."""

    roster = models.CharField(max_length=60)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="rosters")
    region_code = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts at sign-in, before anybody is known."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "Account":
        """A new account; without a password nobody can sign in until an invitation is used."""
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A sign-in of a person. It is read before the actor is known, so it holds nothing but the sign-in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=60, unique=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, null=True, related_name="account")
    is_active = models.BooleanField(default=True)
    invited_at = models.DateTimeField(null=True)
    elders_mode = models.BooleanField(default=False)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password. An older hash stays as it is: nobody may write here before he is known."""
        return check_password(raw_password, self.password)

    def get_full_name(self) -> str:
        """The sign-in name: the person's own name is read only where a reason allows it."""
        return self.username

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Always false: rights come from posts, never from the account."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Always false: rights come from posts, never from the account."""
        return False
