"""What an order carries from screen to screen before it is sent: its receipt, its key, its photos.

The words travel in the form itself. Of an order that is never sent nothing stays on the server but its photos,
which the nightly job sweeps.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from django.core import signing

from gongzhi.capabilities.orders import pictures
from gongzhi.capabilities.orders.rules import receipt_code
from gongzhi.core.definitions.ids import uuid7

SALT = "orders.draft"
DAY = 24 * 3600


@dataclass(frozen=True)
class Draft:
    """One order on its way. Sent twice, it is placed once: `client_id` is its key."""

    receipt: str
    client_id: UUID
    photos: tuple[tuple[str, int, int], ...] = ()

    @classmethod
    def new(cls) -> "Draft":
        """A draft with a fresh receipt and key."""
        return cls(receipt_code(), uuid7())

    @classmethod
    def read(cls, signed: str) -> "Draft":
        """The draft that a form carried; a new one where it is older than a day or not ours."""
        try:
            kept = signing.loads(signed, salt=SALT, max_age=DAY)
        except signing.BadSignature:
            return cls.new()
        photos = tuple((path, width, height) for path, width, height in kept["p"])
        return cls(kept["r"], UUID(kept["k"]), photos)

    def signed(self) -> str:
        """The draft as a form carries it."""
        return signing.dumps({"r": self.receipt, "k": str(self.client_id), "p": self.photos}, salt=SALT)

    def again(self) -> "Draft":
        """The same photos under a new receipt and key."""
        return replace(Draft.new(), photos=self.photos)

    def with_photos(self, taken: list[pictures.Picture]) -> "Draft":
        """The draft with more photos, as many as an order may have; their files are kept."""
        room = max(0, pictures.MOST_PHOTOS - len(self.photos))
        kept = tuple((pictures.keep(each), each.width, each.height) for each in taken[:room])
        return replace(self, photos=self.photos + kept)

    def without_photos(self) -> "Draft":
        """The draft without its photos."""
        return replace(self, photos=())

    def pictures(self) -> list[pictures.Picture]:
        """The photos, read back. Raises OSError where one has been swept."""
        return [
            pictures.Picture(pictures.whole_path(path).read_bytes(), width, height)
            for path, width, height in self.photos
        ]
