"""`gongzhi dispatch`: what each county's dispatch learned, from a terminal."""

from gongzhi.capabilities.orders.commands.learning import use_model
from gongzhi.capabilities.orders.jobs import platform_posts
from gongzhi.capabilities.orders.models import ModelInUse, TrainedModel
from gongzhi.capabilities.orders.teaching import train_county
from gongzhi.core.command.running import Refused
from gongzhi.core.people.models import Post
from gongzhi.core.permissions.actor import enter_as_system
from gongzhi.core.regions.rules import Level, parse_code
from gongzhi.project.installing import console
from gongzhi.project.refusal import Refusal
from gongzhi.ui.dates import absolute_words

WHY = {
    "trained": "trained, and in use from now on",
    "worse": "trained and kept, not used: the one in use does better out of fold",
    "few": "too few lessons yet (60 texts of two categories, 8 of each); the pack's words decide",
    "nothing_new": "hardly anything is new since the version in use",
    "no_extra": "scikit-learn is not installed: install requirements-learn.txt (the extra `learn`)",
}


def run(action: str, *, region: str | None, number: int | None) -> int:
    """Do what the terminal asks for. Refuses `use` without a county and a version."""
    if action == "use":
        if region is None or number is None:
            raise Refusal("say which: gongzhi dispatch use --region CODE --number NUMBER")
        return use(region, number=number)
    return train(region) if action == "train" else show(region)


def train(region: str | None) -> int:
    """Train the county's model, or every county's; 1 where the extra is missing."""
    missing = False
    for post in _posts(region):
        told = train_county(post.id, post.region_code, anyway=True)
        missing = missing or told.why == "no_extra"
        version = f" version {told.number}:" if told.number else ""
        console.print(f"{_six(post)}:{version} {WHY[told.why]}")
        for name, value in (told.figures or {}).items():
            if isinstance(value, float):
                console.print(f"  {name} {value}")
    return 1 if missing else 0


def show(region: str | None) -> int:
    """List the versions of the county, or of every county."""
    for post in _posts(region):
        with enter_as_system(post.id):
            kept = TrainedModel.objects.filter(region_code=post.region_code).defer("content", "routing")
            used = ModelInUse.objects.filter(region_code=post.region_code).first()
            for each in kept.order_by("-number")[:50]:
                mark = "*" if used and used.trained_id == each.id else " "
                when, figures = absolute_words(each.at), each.figures
                console.print(
                    f"{mark} {_six(post)} version {each.number}, {when}: {each.taught['texts']} texts, macro-F1 "
                    f"{figures['macro_f1']}, coverage at 95 % {figures['coverage_at_95']}, {each.digest[:12]}"
                )
    return 0


def use(region: str, *, number: int) -> int:
    """Let a county dispatch by a version; by 0, the words of its pack alone decide."""
    for post in _posts(region):
        with enter_as_system(post.id) as actor:
            try:
                use_model(actor=actor, county=post.region_code, number=number or None)
            except Refused as refused:
                raise Refusal(f"{_six(post)} has no version {number} (gongzhi dispatch list)") from refused
        console.print(
            f"{_six(post)}: "
            + (f"version {number} is in use." if number else "the pack's words alone decide.")
        )
    return 0


def _posts(region: str | None) -> list[Post]:
    """The platform's posts of the counties. Refuses a county in which none stands."""
    try:
        code = parse_code(region) if region else None
    except ValueError as error:
        raise Refusal(f"{region} is no code of a division: {error}") from error
    found = [post for post in platform_posts(code) if post.region_level == Level.COUNTY]
    if region and not found:
        raise Refusal(f"no pack is installed for {region}: nobody dispatches there")
    return found


def _six(post: Post) -> str:
    return str(post.region_code).zfill(18)[:6]
