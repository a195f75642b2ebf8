"""Who handles what: from the facts of an order (kind, category, places, source) to the posts that took such orders.

A post is one whatever it is called: a unit that was renamed keeps what was learned of it. No person is known here.
"""

import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gongzhi.capabilities.orders.learning.calibration import Floats, softmax

FORMAT = 1
Facts = Mapping[str, str]


@dataclass(frozen=True)
class Routing:
    """A weight for each fact and post. A fact never seen says nothing."""

    posts: tuple[str, ...]
    facts: Mapping[str, int]
    weights: Floats
    intercept: Floats

    def shares(self, facts: Facts) -> Floats:
        """The probability of each post."""
        known = [self.facts[each] for each in written(facts) if each in self.facts]
        return softmax(self.intercept + self.weights[known].sum(axis=0))

    def ranked(self, facts: Facts, *, among: Collection[str], most: int = 3) -> list[tuple[str, float]]:
        """The likeliest of the posts that can take the order, each with its share among all posts."""
        shares = self.shares(facts)
        order = np.argsort(-shares, kind="stable")
        found = [(self.posts[at], round(float(shares[at]), 4)) for at in order if self.posts[at] in among]
        return found[:most]

    def reasons(self, facts: Facts, post: str, *, most: int = 3) -> list[str]:
        """The facts that spoke most for a post against the mean of all."""
        at = self.posts.index(post)
        known = [each for each in written(facts) if each in self.facts]
        weight = {
            each: float(self.weights[self.facts[each], at] - self.weights[self.facts[each]].mean())
            for each in known
        }
        ranked = sorted(known, key=lambda each: -weight[each])
        return [each for each in ranked if weight[each] > 0][:most]

    def as_bytes(self) -> bytes:
        """The model as an npz file of plain arrays."""
        head = json.dumps({"format": FORMAT, "posts": self.posts, "facts": list(self.facts)}).encode()
        held = io.BytesIO()
        np.savez_compressed(
            held,
            head=np.frombuffer(head, dtype=np.uint8),
            weights=self.weights.astype(np.float32),
            intercept=self.intercept.astype(np.float32),
        )
        return held.getvalue()

    @classmethod
    def of_bytes(cls, content: bytes) -> "Routing":
        """The model that `as_bytes` wrote. Refuses (ValueError) another format, and anything but plain arrays."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["format"] != FORMAT:
                raise ValueError(f"the model has format {head['format']}; this version reads {FORMAT}")
            facts = {each: at for at, each in enumerate(head["facts"])}
            weights, intercept = arrays["weights"].astype(np.float64), arrays["intercept"].astype(np.float64)
        return cls(tuple(head["posts"]), facts, weights, intercept)


def written(facts: Facts) -> list[str]:
    """Facts as the model knows them."""
    return [f"{name}={value}" for name, value in facts.items() if value]


def fit_routing(orders: Sequence[tuple[Facts, str]], *, strength: float = 1.0) -> Routing:
    """A routing learned from orders, each with its facts and the post that took it.

    Needs the extra `learn`, and orders of at least two posts.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    lines = [written(facts) for facts, _post in orders]
    known = {each: at for at, each in enumerate(sorted({each for line in lines for each in line}))}
    columns = [known[each] for line in lines for each in line]
    starts = np.cumsum([0, *(len(line) for line in lines)])
    values = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(lines), len(known)))
    machine = LogisticRegression(C=strength, max_iter=100, tol=1e-3)
    machine.fit(values, [post for _facts, post in orders])
    weights, intercept = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        weights, intercept = np.vstack([-weights, weights]) / 2, np.r_[-intercept, intercept] / 2
    return Routing(tuple(machine.classes_.tolist()), known, weights.T.astype(np.float64), intercept)
