"""The demo's made-up people and orders, as the pack's demo.yaml tells them."""


def load_people(pack: str) -> None:
    """Load the people of a pack, once; a second start keeps what was done with them."""
