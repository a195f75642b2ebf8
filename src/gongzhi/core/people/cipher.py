"""Encryption of telephone and identity numbers, and the blind index by which they are looked up.

The keys stand outside the database and its dumps (settings FIELD_KEYS and INDEX_KEYS, id to key). The newest
of each writes, every one reads, so that keys can be replaced while people work (`gongzhi rotate-keys`).
Telephones can be enumerated, so the index is a keyed HMAC and not a plain digest.
"""

import base64
import hashlib
import hmac
import os
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


def encrypt(text: str) -> bytes:
    """`text` under the newest field key, as key id, nonce and ciphertext."""
    key_id = newest_key()
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_key(key_id)).encrypt(nonce, text.encode(), key_id.encode())
    return key_id.encode() + b":" + nonce + sealed


def decrypt(stored: bytes | memoryview) -> str:
    """The text that `encrypt` was given. Refuses (KeyError) when its key is no longer among FIELD_KEYS."""
    key_id, _, rest = bytes(stored).partition(b":")
    plain = AESGCM(_key(key_id.decode())).decrypt(rest[:_NONCE], rest[_NONCE:], key_id)
    return plain.decode()


def blind_index(number: str) -> bytes:
    """The keyed digest under which a telephone or identity number is stored, under the newest index key."""
    return blind_indexes(number)[0]


def blind_indexes(number: str) -> list[bytes]:
    """Every digest under which the number may stand, newest key first: look-ups ask for all of them."""
    plain, keys = plain_number(number).encode(), settings.INDEX_KEYS
    return [
        hmac.new(base64.b64decode(keys[key_id]), plain, hashlib.sha256).digest()
        for key_id in sorted(keys, reverse=True)
    ]


def newest_key() -> str:
    """The id of the key that encrypts now."""
    return max(settings.FIELD_KEYS)


def key_of(stored: bytes | memoryview) -> str:
    """The id of the key under which `stored` was encrypted."""
    return bytes(stored).partition(b":")[0].decode()


def plain_number(number: str) -> str:
    """A number without spaces, dashes and country prefix, letters in upper case."""
    digits = re.sub(r"[\s\-()（）]", "", number).upper()
    return re.sub(r"^(\+|00)86", "", digits)


def _key(key_id: str) -> bytes:
    return base64.b64decode(settings.FIELD_KEYS[key_id])
