"""`gongzhi first-admin`: who may let everybody else in, and the platform's own post, in an installation of its own."""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from gongzhi.core.command.bootstrap import first_admin
from gongzhi.core.command.people import create_post
from gongzhi.core.command.running import Refused
from gongzhi.core.definitions import queries as definitions
from gongzhi.core.definitions.kinds import Role
from gongzhi.core.people.models import Account, Post
from gongzhi.core.permissions.actor import enter
from gongzhi.core.regions import queries as regions
from gongzhi.core.regions.rules import Level, parse_code
from gongzhi.project.installing import console
from gongzhi.project.refusal import Refusal

PLATFORM = "platform"


def make(username: str, *, name: str, county: str) -> None:
    """Make the first administrator of a county, and the post in whose name the platform acts there.

    Refuses (Refusal) a place that is no county with an installed pack, a sign-in that is taken, a weak password, and a
    county that has an administrator: administrators appoint each other.
    """
    code = _county(county)
    if Account.objects.filter(username=username).exists():
        raise Refusal(f"the sign-in {username} is taken")
    password = _password(username)
    title = definitions.get(Role, "admin", region_code=code).body.name.zh
    try:
        place = (code, int(Level.COUNTY))
        person_id = first_admin(username=username, password=password, name=name, place=place, title=title)
    except Refused as refused:
        raise Refusal(refused.message) from refused
    with enter(person_id=person_id) as actor:
        if not Post.objects.filter(role=PLATFORM, region_code=code, valid_to__isnull=True).exists():
            title = definitions.get(Role, PLATFORM, region_code=code).body.name.zh
            create_post(actor=actor, role=PLATFORM, place=place, title=title)
    console.print(
        f"{username} may sign in, and is asked there for a second factor. Appoint a second administrator soon."
    )


def _county(text: str) -> int:
    try:
        code = parse_code(text)
    except ValueError as error:
        raise Refusal(str(error)) from error
    if len(text) != 6 or regions.present(code, Level.COUNTY) is None:
        raise Refusal(f"{text} is not the code of a county that is loaded: gongzhi regions import {text[:6]}")
    try:
        definitions.get(Role, "admin", region_code=code)
    except LookupError as error:
        raise Refusal("no pack is installed that governs this county: gongzhi pack install PACK") from error
    return code


def _password(username: str) -> str:
    """Asked for twice at a terminal, else one line of the input."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    elif (password := getpass.getpass("Password: ")) != getpass.getpass("Once more: "):
        raise Refusal("the two passwords differ")
    try:
        validate_password(password, Account(username=username))
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error
    return password
