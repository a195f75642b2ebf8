"""What each role may do, as the packs' role definitions say; filled when a pack is installed."""

from django.db import models


class RoleRight(models.Model):
    """One right of one role. `sealed` roles need a second person's approval for each tenure."""

    pk = models.CompositePrimaryKey("role", "right")
    role = models.CharField(max_length=40)
    right = models.CharField(max_length=20)
    sealed = models.BooleanField(default=False)
