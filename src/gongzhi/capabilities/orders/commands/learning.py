"""What dispatch learned: kept as versions that never change, one of them in use, and how sure it must be."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from gongzhi.capabilities.orders.models import ModelInUse, TrainedModel
from gongzhi.capabilities.orders.queries import learned
from gongzhi.core.command.running import Answer, Change, Refused, change
from gongzhi.core.permissions.actor import Actor

LOWEST, HIGHEST = 0.3, 0.99
"""Between these the desk sets how sure a model must be."""


@dataclass(frozen=True)
class Trained:
    """A model as it was learned: its bytes, what it was taught, and what it came to out of fold."""

    content: bytes
    routing: bytes | None
    taught: dict[str, Any]
    figures: dict[str, Any]

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes."""
        return hashlib.sha256(self.content + (self.routing or b"")).hexdigest()


def keep_model(*, actor: Actor, county: int, trained: Trained) -> Answer:
    """Keep a newly trained model as the county's next version; it is not in use by that.

    Refuses whoever works on no matters of the whole county.
    """
    with change(actor, "dispatch.learned") as c:
        _whole_county(c, county)
        last = TrainedModel.objects.filter(region_code=county).aggregate(last=Max("number"))["last"]
        kept = c.create(
            TrainedModel(
                region_code=county,
                number=(last or 0) + 1,
                content=trained.content,
                routing=trained.routing,
                digest=trained.digest,
                taught=trained.taught,
                figures=trained.figures,
                at=c.now,
            )
        )
        c.data(number=kept.number, digest=kept.digest, texts=trained.taught["texts"])
        return c.answer(kept, id=kept.id, number=kept.number)


def use_model(*, actor: Actor, county: int, number: int | None, seen: int | None = None) -> Answer:
    """Let the county dispatch by a version, an older one too; by none, the words of its pack decide alone.

    Refuses whoever works on no matters of the whole county, and a version that the county does not have.
    """
    with change(actor, "dispatch.model_chosen") as c:
        _whole_county(c, county)
        trained = None
        if number is not None:
            trained = TrainedModel.objects.filter(region_code=county, number=number).first()
            if trained is None:
                raise Refused("model", _("没有这个版本的模型。"))
        chosen = _in_use(c, county, seen=seen, trained=trained)
        c.data(number=number)
        return c.answer(chosen, id=chosen.id, version=chosen.version)


def set_threshold(*, actor: Actor, county: int, threshold: float, seen: int | None = None) -> Answer:
    """Set how sure the model must be before it decides by itself; below that the words of the pack, or a person, do.

    Refuses whoever works on no matters of the whole county, what lies outside 0.3 to 0.99, and a county that has never
    chosen a model.
    """
    with change(actor, "dispatch.threshold_set") as c:
        _whole_county(c, county)
        if not LOWEST <= threshold <= HIGHEST:
            raise Refused("threshold", _("把握程度应在30%到99%之间。"))
        if not ModelInUse.objects.filter(region_code=county).exists():
            raise Refused("model", _("还没有启用模型。"))
        chosen = _in_use(c, county, seen=seen, threshold=round(threshold, 3))
        c.data(threshold=chosen.threshold)
        return c.answer(chosen, id=chosen.id, version=chosen.version)


def _whole_county(c: Change, county: int) -> None:
    if not c.actor.may("work_matters", county):
        raise Refused("no_right", _("只有县级受理岗位可以决定派单用哪个模型。"))
    c.about(county)
    post = c.actor.post_for("work_matters", county)
    c.by_post(post.id if post else None)
    c.after(learned.forget_choices)


def _in_use(c: Change, county: int, *, seen: int | None, **values: Any) -> ModelInUse:
    known: UUID | None = ModelInUse.objects.filter(region_code=county).values_list("id", flat=True).first()
    if known is None:
        chosen = c.create(ModelInUse(region_code=county, **values))
    else:
        chosen = c.update(c.lock(ModelInUse, known, seen=seen), **values)
    return chosen


__all__ = ["HIGHEST", "LOWEST", "Trained", "keep_model", "set_threshold", "use_model"]
