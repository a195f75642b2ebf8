"""Pure rules about persons: masks, and what a valid number looks like."""

import re

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_IDENTITY = re.compile(r"\d{17}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def mask_name(name: str) -> str:
    """The family name and one star a hidden character: 王建国 becomes 王**."""
    return name[:1] + "*" * max(len(name) - 1, 1) if name else ""


def mask_number(number: str) -> str:
    """A telephone or identity number with its middle hidden: 138****5678."""
    if len(number) < 7:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def is_phone(number: str) -> bool:
    """Whether `number` (digits only) can be a mobile or landline number in China."""
    return bool(_MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number))


def is_identity_number(number: str) -> bool:
    """Whether the check digit of an 18-character identity number holds (GB 11643-1999)."""
    if not _IDENTITY.fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17]
