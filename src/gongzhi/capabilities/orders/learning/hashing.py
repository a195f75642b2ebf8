"""Runs of codes as numbers below two to the power of BITS, the same on every machine."""

import zlib

import numpy as np
import numpy.typing as npt

BITS = 30
Ids = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint64]

_FACTORS = tuple(np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_LAST = np.uint64(0xFF51AFD7ED558CCD)
_HALF = np.uint64(33)
_KEPT = np.uint64(64 - BITS)


def mixed(codes: Codes, *, size: int, salt: str) -> Ids:
    """Each run of `size` neighbouring codes as one number; another salt gives other numbers."""
    count = len(codes) - size + 1
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    total = np.full(count, zlib.crc32(f"{salt}/{size}".encode()) << 20, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place in range(size):
            total += (codes[place : place + count] + np.uint64(1)) * _FACTORS[place]
            total ^= total >> _HALF
        total *= _LAST
    return (total >> _KEPT).astype(np.int64)
