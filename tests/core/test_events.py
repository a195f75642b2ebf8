"""PostgreSQL itself refuses a change without its event, an edit of an event, and a read without a setting."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from gongzhi.core.command.running import Conflict, Refused, change
from gongzhi.core.definitions.ids import uuid7
from gongzhi.core.events.models import Event, EventSubject
from gongzhi.core.people.models import Household, Person
from gongzhi.core.permissions.actor import Actor, enter

pytestmark = pytest.mark.django_db


def test_it_sees_nothing_without_a_setting(db: None) -> None:
    with transaction.atomic():
        assert Person.objects.count() == 0
        assert Event.objects.count() == 0
