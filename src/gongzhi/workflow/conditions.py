"""What the conditions of a flow may ask about a matter, and the conditions themselves. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the conditions of a flow may ask about a matter, now, and about who wants to take the step."""

    own_work: bool = False
    held: bool = False
    clock_started: bool = True
    paused: bool = False
    extension_asked: bool = False
    extension_left: bool = False
    pause_asked: bool = False
    open_to_helpers: bool = False
    rating_over: bool = False
    reopening_over: bool = False
    merged: bool = False
    urged_lately: bool = False
    overseen: bool = False
    call_due: bool = False
    contested: bool = False
    decided: bool = False
    disputed: bool = False
    decides: bool = False
    outside_duties: bool = False
    asked_to_help: bool = False
    helped: bool = False
    at_county: bool = False
    leads: bool = False
    sent_down: bool = False
    sealed: bool = False


def not_own_work(facts: Facts) -> bool:
    """Whoever fulfilled a matter, or helped to place it, neither checks nor rates it."""
    return not facts.own_work


def call_is_due(facts: Facts) -> bool:
    """Somebody is to call the resident back."""
    return facts.call_due


def has_holder(facts: Facts) -> bool:
    """A post holds it."""
    return facts.held


def has_no_holder(facts: Facts) -> bool:
    """Nobody holds it."""
    return not facts.held


def clock_not_started(facts: Facts) -> bool:
    """An imported matter has no clock until a desk takes it in."""
    return not facts.clock_started


def not_paused(facts: Facts) -> bool:
    """The clock runs."""
    return not facts.paused


def is_paused(facts: Facts) -> bool:
    """The clock stands still."""
    return facts.paused


def extension_is_left(facts: Facts) -> bool:
    """The deadline allows one more extension, and none waits for a decision."""
    return facts.extension_left and not facts.extension_asked


def extension_was_asked(facts: Facts) -> bool:
    """An extension waits for a decision."""
    return facts.extension_asked


def pause_is_not_asked(facts: Facts) -> bool:
    """No pause waits for a decision."""
    return not facts.pause_asked


def pause_was_asked(facts: Facts) -> bool:
    """A pause waits for a decision."""
    return facts.pause_asked


def is_open_to_helpers(facts: Facts) -> bool:
    """The pack opens the kind to Party members and volunteers, and the resident said yes."""
    return facts.open_to_helpers


def rating_is_over(facts: Facts) -> bool:
    """The days in which the resident may rate have passed."""
    return facts.rating_over


def may_still_reopen(facts: Facts) -> bool:
    """The days in which the resident may reopen have not passed."""
    return not facts.reopening_over


def not_merged(facts: Facts) -> bool:
    """It was not merged into another matter that is still open."""
    return not facts.merged


def may_urge(facts: Facts) -> bool:
    """The clock runs or stands, and the resident did not urge within the days that the deadline names."""
    return facts.clock_started and not facts.urged_lately


def is_overseen(facts: Facts) -> bool:
    """An oversight order waits for the holder's answer."""
    return facts.overseen


def not_overseen(facts: Facts) -> bool:
    """No oversight order waits for an answer."""
    return not facts.overseen


def contested(facts: Facts) -> bool:
    """A post said in this round that it is not its affair."""
    return facts.contested


def not_contested(facts: Facts) -> bool:
    """No post said so yet."""
    return not facts.contested


def not_decided(facts: Facts) -> bool:
    """The level above has not decided that the present holder handles it."""
    return not facts.decided


def not_disputed(facts: Facts) -> bool:
    """Nobody waits for the level above to say whose affair it is."""
    return not facts.disputed


def decides_dispute(facts: Facts) -> bool:
    """The level above is asked whose affair it is, and the actor stands there and had no part in it."""
    return facts.disputed and facts.decides


def outside_duties(facts: Facts) -> bool:
    """The lists of duties do not ask this of the holder."""
    return facts.outside_duties


def not_disputed_below(facts: Facts) -> bool:
    """Nobody disagrees on whose affair it is, or the actor is the one to decide."""
    return not facts.disputed or facts.decides


def asked_to_help(facts: Facts) -> bool:
    """A part of the work waits for a post of the actor."""
    return facts.asked_to_help


def has_helpers(facts: Facts) -> bool:
    """Another post still has a part of the work to do."""
    return facts.helped


def helpers_are_done(facts: Facts) -> bool:
    """Every post that was asked to help has done its part, or was let go."""
    return not facts.helped


def can_rise(facts: Facts) -> bool:
    """The county does not lead it yet, and did not send it down in this round."""
    return not facts.at_county and not facts.sent_down


def can_sink(facts: Facts) -> bool:
    """The county leads it, and the actor stands there."""
    return facts.at_county and facts.leads


def not_sealed(facts: Facts) -> bool:
    """It is no sealed matter, which its own post alone handles."""
    return not facts.sealed


CONDITIONS: Mapping[str, Callable[[Facts], bool]] = {
    condition.__name__: condition
    for condition in (
        not_own_work,
        has_holder,
        has_no_holder,
        clock_not_started,
        not_paused,
        is_paused,
        extension_is_left,
        extension_was_asked,
        pause_is_not_asked,
        pause_was_asked,
        call_is_due,
        is_open_to_helpers,
        rating_is_over,
        may_still_reopen,
        not_merged,
        may_urge,
        is_overseen,
        not_overseen,
        contested,
        not_contested,
        not_decided,
        not_disputed,
        decides_dispute,
        not_disputed_below,
        outside_duties,
        asked_to_help,
        has_helpers,
        helpers_are_done,
        can_rise,
        can_sink,
        not_sealed,
    )
}
