"""One-key response (一键响应): an urgent order rings post after post until somebody accepts it.

Whom it rings, by what and for how long is data (`definitions.py`, kind `response`). It rings the open page; a text
message or a call goes to a post's public telephone where the installation has a gateway. A sealed order rings its own
post alone, and only the page. Drills ring the same chain, make no order and stand in tables of their own.
"""
