"""The pure rules of orders: what words say, who should handle it, and the codes that residents hold."""

import hashlib
import math
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_LENGTH = 16
LONGEST_GRAM = 40
REOPENING = frozenset({"reopen", "reopen_unheld", "restore"})
"""Steps that open a closed order again: there must still be words to work on."""
_LOOKALIKES = str.maketrans("OIL", "011")
_NOT_IN_CODES = re.compile(r"[\s\-‐-―_.·]+")
_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[\s.·*]+(?=[{_HAN}])")


# -- words


@dataclass(frozen=True)
class Words:
    """A compiled lexicon: one pattern in which longer words win over those in them."""

    weights: Mapping[str, Mapping[str, float]]
    dangers: Mapping[str, frozenset[str]]
    pattern: re.Pattern[str]
    danger_pattern: re.Pattern[str]

    @classmethod
    def of(
        cls,
        categories: Mapping[str, Mapping[str, float]],
        *,
        dangers: Mapping[str, Iterable[str]],
        harmless: Iterable[str],
    ) -> "Words":
        """Compile category → word → weight, group → words of danger, and phrases that only sound so."""
        weights: dict[str, dict[str, float]] = {}
        for category, words in categories.items():
            for word, weight in words.items():
                weights.setdefault(normalise(word), {})[category] = weight
        groups: dict[str, set[str]] = {}
        for group, danger_words in dangers.items():
            for word in danger_words:
                groups.setdefault(normalise(word), set()).add(group)
        passes = {normalise(phrase) for phrase in harmless}
        return cls(
            weights,
            {word: frozenset(each) for word, each in groups.items()},
            _longest_first(weights),
            _longest_first([*groups, *(passes - groups.keys())]),
        )


@dataclass(frozen=True)
class Guess:
    """A category that the words speak for: how strongly, and which words."""

    category: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """A category, or none with the reason why not: `no_words`, `weak_words`, `close_call` or `other_kind`."""

    category: str | None
    certainty: float
    why: Literal["clear", "no_words", "weak_words", "close_call", "other_kind"]
    ranked: tuple[Guess, ...]


def normalise(text: str) -> str:
    """Text as the rules compare it: one form of every letter, small, Chinese words not torn apart."""
    return _BETWEEN_HAN.sub("", unicodedata.normalize("NFKC", text).lower().strip())


def classify(text: str, words: Words) -> list[Guess]:
    """The categories that the words of `text` speak for, the likeliest first; nothing where no word speaks.

    A word said again counts ever less, so that one angry word does not drown the rest.
    """
    counts = _counts(words.pattern, text)
    scores: dict[str, float] = {}
    spoken: dict[str, set[str]] = {}
    for word, count in counts.items():
        for category, weight in words.weights[word].items():
            scores[category] = scores.get(category, 0.0) + weight * (2 - 1 / count)
            spoken.setdefault(category, set()).add(word)
    ranked = sorted(scores, key=lambda category: (-scores[category], category))
    return [Guess(each, round(scores[each], 3), tuple(sorted(spoken[each]))) for each in ranked]


def decide(ranked: Sequence[Guess], *, certain: float = 0.6, least: float = 2.0) -> Decision:
    """The first category, if its words are strong enough and the second is far enough behind; else none.

    Certainty is the first one's share of the first two, lowered where little was said.
    """
    kept = tuple(ranked)
    if not kept:
        return Decision(None, 0.0, "no_words", kept)
    first, second = kept[0].score, kept[1].score if len(kept) > 1 else 0.0
    certainty = round(first / (first + second) * (1 - math.exp(-first)), 3)
    if first < least:
        return Decision(None, certainty, "weak_words", kept)
    if certainty < certain:
        return Decision(None, certainty, "close_call", kept)
    return Decision(kept[0].category, certainty, "clear", kept)


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What a learned model says: a category, how certain (calibrated), by which words, and how sure it must be.

    `fits`: the category belongs to the kind that the resident chose.
    """

    category: str
    certainty: float
    words: tuple[str, ...]
    threshold: float
    fits: bool = True


@dataclass(frozen=True)
class Combined:
    """What lexicon and model come to together: who decided (`words`, `learned`, `both`, or nobody), and how."""

    category: str | None
    certainty: float
    by: Literal["words", "learned", "both", ""]
    trace: tuple[str, ...]


def combine(lexicon: Decision, learned: Opinion | None) -> Combined:
    """The lexicon's decision and the model's opinion as one.

    A model that is sure enough decides: the desk set its threshold by how often it is right. One that is not, or
    names what is not of the resident's kind, leaves the decision to the lexicon. Where a model that is not sure
    contradicts a clear lexicon, that is told and the lexicon decides. The trace says each step.
    """
    spoken = (
        tuple(f"words:{word}" for word in lexicon.ranked[0].words) if lexicon.category else (lexicon.why,)
    )
    alone = Combined(lexicon.category, lexicon.certainty, "words" if lexicon.category else "", spoken)
    if learned is None:
        return alone
    if not learned.fits:
        return Combined(alone.category, alone.certainty, alone.by, (*spoken, "learned_other_kind"))
    if learned.certainty < learned.threshold:
        return Combined(alone.category, alone.certainty, alone.by, (*spoken, "learned_unsure"))
    decided = tuple(f"learned:{word}" for word in learned.words)
    if lexicon.category == learned.category:
        certainty = max(learned.certainty, lexicon.certainty)
        return Combined(learned.category, certainty, "both", (*spoken, *decided))
    against = ("against_words",) if lexicon.category else ()
    return Combined(learned.category, learned.certainty, "learned", (*decided, *against))


def danger(text: str, words: Words) -> dict[str, tuple[str, ...]]:
    """The groups of danger (`life`, `violence`, `child`) that the text names, each with its words."""
    found: dict[str, set[str]] = {}
    for word in _counts(words.danger_pattern, text):
        for group in words.dangers.get(word, ()):
            found.setdefault(group, set()).add(word)
    return {group: tuple(sorted(found[group])) for group in sorted(found)}


def bigrams(text: str) -> list[str]:
    """What a text is found by: each two neighbouring Chinese characters, and other words whole, in order.

    A Chinese character that stands alone is kept as it is; of a word of other letters the first LONGEST_GRAM.
    """
    grams: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if not re.match(rf"[{_HAN}]", run) or len(run) == 1:
            grams.add(run[:LONGEST_GRAM])
        else:
            grams.update(run[start : start + 2] for start in range(len(run) - 1))
    return sorted(grams)


def _longest_first(words: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in ordered) if ordered else r"(?!)")


def _counts(pattern: re.Pattern[str], text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in pattern.findall(normalise(text)):
        counts[word] = counts.get(word, 0) + 1
    return counts


# -- whom it goes to


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A post that might handle an order.

    `role_rank`: how far down the kind's list of holders its role stands. `distance`: how many levels lie
    between the post's place and the order's. `attended`: somebody holds it today. `returned`: it gave the order back.
    `outside`: its list of duties leaves such orders out.
    """

    post: UUID
    on_duty: bool
    attended: bool
    open_load: int
    role_rank: int
    distance: int
    returned: bool = False
    outside: bool = False
    role: str = ""
    level: int = 5


@dataclass(frozen=True)
class Choice:
    """The post chosen, or none, and why: codes that the desk shows in words."""

    holder: UUID | None
    reasons: tuple[str, ...]


USUAL = 0.5
"""A post that took such orders at least so often is chosen before the rules of role and distance."""


def choose_holder(
    candidates: Iterable[Candidate], *, most: int = 30, likely: Mapping[UUID, float] | None = None
) -> Choice:
    """The post that should handle an order: on duty, of the fittest role, nearest, with the least in hand.

    Posts with `most` orders in hand are spared while another can do it; one that gave the order back is not asked
    again. `likely`: how often such orders were taken by
    each post; one that took most of them (USUAL) goes before.
    """
    everybody = list(candidates)
    there = [each for each in everybody if each.on_duty and each.attended]
    asked = [each for each in there if not each.outside]
    ready = [each for each in asked if not each.returned]
    if there and not asked:
        return Choice(None, ("outside_list",))
    if not ready:
        return Choice(None, ("all_returned" if there else "all_off_duty" if everybody else "nobody",))
    free = [each for each in ready if each.open_load < most] or ready
    usual = [each for each in free if (likely or {}).get(each.post, 0.0) >= USUAL]
    if usual:
        return Choice(usual[0].post, ("usual_post",))
    best = min(free, key=_fitness)
    return Choice(best.post, tuple(_reasons(best, free, most=most)))


def _fitness(each: Candidate) -> tuple[int, int, int, str]:
    return (each.role_rank, each.distance, each.open_load, str(each.post))


def _reasons(best: Candidate, free: Sequence[Candidate], *, most: int) -> Iterable[str]:
    yield "role_fits" if best.role_rank == 0 else "next_role"
    rivals = [each for each in free if each.role_rank == best.role_rank and each is not best]
    if not rivals:
        yield "only_one"
    elif all(each.distance >= best.distance for each in rivals):
        yield "near"
        if any(each.distance == best.distance for each in rivals):
            yield "least_load"
    if best.open_load >= most:
        yield "overloaded"


# -- codes


def receipt_code() -> str:
    """A new receipt: 80 random bits in four groups without letters that look like digits."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(RECEIPT_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, RECEIPT_LENGTH, 4))


def normalise_receipt(text: str) -> str:
    """The 16 letters of a receipt, however they were written.

    Refuses (ValueError) what cannot be a receipt: another length, or letters that no receipt has.
    """
    written = _NOT_IN_CODES.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_LOOKALIKES)
    if len(written) != RECEIPT_LENGTH or not set(written) <= set(CROCKFORD):
        raise ValueError(f"a receipt has {RECEIPT_LENGTH} letters and digits")
    return written


def hash_receipt(text: str) -> str:
    """The hexadecimal SHA-256 by which a receipt is kept. Refuses (ValueError) what cannot be a receipt."""
    return hashlib.sha256(normalise_receipt(text).encode()).hexdigest()


def order_number(on: date, chance: int) -> str:
    """An order's number: the day, and six letters of a random number. It counts nothing and tells nothing."""
    letters = "".join(CROCKFORD[(chance >> shift) & 31] for shift in range(25, -1, -5))
    return f"{on:%y%m%d}-{letters}"


def ends_open(outcome: str) -> bool:
    """Whether what is closed with this outcome is always shown with it: closed is not solved."""
    return outcome not in {"", "solved", "withdrawn", "duplicate"}


def outcome_of(claimed: str, said: str) -> str:
    """What came of an order: the resident's answer to "was it solved?" over the handler's claim.

    An order that was declined keeps its reason: the resident can reopen it.
    """
    if claimed in {"not_ours", "duplicate", "withdrawn"}:
        return claimed
    answers = {"yes": "solved", "partly": "partly", "no": "not_solved"}
    return answers.get(said, claimed or "unknown")
