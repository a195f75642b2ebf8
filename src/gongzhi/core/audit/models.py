"""Who read whose personal data, and why. Rows are added, never changed; kept at least six months (网络安全法 23)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from gongzhi.core.definitions.ids import uuid7


class PersonalDataRead(models.Model):
    """One reading of masked data: of a person of the register, or of the resident of a case (`thread`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.UUIDField()
    post = models.UUIDField(null=True)
    person = models.UUIDField(null=True)
    thread = models.UUIDField(null=True)
    region_code = models.BigIntegerField()
    fields = ArrayField(models.CharField(max_length=30))
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["region_code", "at"], name="read_place"),
            models.Index(fields=["person"], name="read_person", condition=models.Q(person__isnull=False)),
            models.Index(fields=["thread"], name="read_case", condition=models.Q(thread__isnull=False)),
        ]
