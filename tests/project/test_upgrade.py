"""What a release before this one kept, brought to this one: `releases` holds a backup that each really made.

`0.1.0.tar` is of release 0.1.0 itself: `make demo`, an order with a photo through the portal, a second factor for
`county`, then `gongzhi backup`. Its keys encrypt made-up people alone, so they lie beside it.
"""

import shutil
from pathlib import Path

import pytest

from tests.project.installations import Installation

RELEASES = Path(__file__).parent / "releases"
COUNTS = {
    "people_person": 30,
    "people_household": 9,
    "people_account": 8,
    "people_post": 22,
    "people_tenure": 23,
    "people_rosterentry": 7,
    "workflow_matter": 43,
    "workflow_round": 44,
    "workflow_task": 155,
    "orders_order": 43,
    "orders_orderwords": 43,
    "orders_message": 27,
    "orders_photo": 1,
    "orders_ordercontact": 1,
    "events_event": 345,
    "events_eventsubject": 841,
    "regions_region": 183,
    "mfa_authenticator": 1,
}
IDS = {
    "people_person": ("01a204bc-480c-707c-85cc-55d0221394b8", "7a0fc0e4b406ceae764d1cedb5ee566c"),
    "people_tenure": ("01a204bc-494f-704c-87a8-9ac44970d93e", "51db8ed98f6e449ed127c39e4fd42785"),
    "workflow_matter": ("01a204bc-7ef4-7620-b31f-7ee5959928bf", "40b5f5ce57817e0d4c03f194e62b20a1"),
    "orders_order": ("01a204bc-7ef4-7620-b31f-7ee5959928bf", "40b5f5ce57817e0d4c03f194e62b20a1"),
    "events_event": ("01a204bc-7f9d-763d-be23-bbffcf793117", "6585041f068e2ab42ae3b854c9464f11"),
}
"""Of each table the last id that 0.1.0 gave, and the MD5 sum of all up to it: ids go up with time."""
SIGN_IN = """
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from gongzhi.project.accounts import MfaAdapter
settings.ALLOWED_HOSTS.append("testserver")
print("FACTOR", MfaAdapter().decrypt(Authenticator.objects.get().data["secret"]))
client = Client()
print("FOLLOWED", client.get("/r/YX9X-TKW5-GE8X-FJTB/").status_code)
for name in ("worker", "county"):
    answer = client.post("/accounts/login/", {"login": name, "password": "gongzhi-demo"})
    print("SIGNED IN", name, answer.status_code, answer.headers.get("Location"))
    client = Client()
"""


@pytest.mark.own_server
def test_what_the_first_release_kept_is_whole_in_this_one(folder: Path) -> None:
    made = Installation(folder / "home")
    made.home.mkdir(mode=0o711)
    shutil.copy(RELEASES / "0.1.0.secrets.json", made.home / "secrets.json")
    made.run("restore", str(RELEASES / "0.1.0.tar"))
    made.run("init", "--pack", "gaotai")
    tables = [f"SELECT '{name}', count(*) FROM {name}" for name in COUNTS]
    ids = [
        f"SELECT '{name}', md5(string_agg(id::text, ',' ORDER BY id)) FROM {name} WHERE id <= '{last}'"
        for name, (last, _) in IDS.items()
    ]
    found = dict(made.query(*tables))
    assert {name: count for name, count in COUNTS.items() if found[name] < count} == {}
    assert dict(made.query(*ids)) == {name: digest for name, (_, digest) in IDS.items()}
    assert "Nothing has drifted" in made.run("reconcile")
    said = made.run("django", "shell", "--no-imports", "-c", SIGN_IN)
    assert "FACTOR JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" in said
    assert "FOLLOWED 200" in said
    assert "SIGNED IN worker 302 /enter/" in said
    assert "SIGNED IN county 302 /accounts/2fa/authenticate/" in said
    assert list((made.home / "media").rglob("*.jpg"))
