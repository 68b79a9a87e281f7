"""What is particular to SQLite in the control state: ids, and that no secret reaches the disk."""

import re
from pathlib import Path

from tests.store.house import AT, WHO, House, Rules

from stillhouse.store.sqlite import SQLiteStore
from stillhouse.tenants.key import digest, hint, secret


def test_ids_say_what_they_name(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "stillhouse.sqlite")
    account = store.create_account("Acme", at=AT, actor=WHO)
    key = Rules.new_key(store, account.id)
    budget = House(store, account, key, writer=0).budget(1)
    store.close()

    assert re.fullmatch("acct_[0-9a-f]{12}", account.id)
    assert re.fullmatch("proj_[0-9a-f]{12}", key.project)
    assert re.fullmatch("key_[0-9a-f]{12}", key.id)
    assert re.fullmatch("bud_[0-9a-f]{12}", budget.id)


def test_no_byte_of_the_database_holds_a_secret(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "stillhouse.sqlite")
    account = store.create_account("Acme", at=AT, actor=WHO)
    drawn = secret(bytes(range(32)))
    key = Rules.new_key(store, account.id, digest=digest(drawn.reveal().encode()), hint=hint(drawn))
    while_open = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))
    store.close()
    when_closed = (tmp_path / "stillhouse.sqlite").read_bytes()

    for content in (while_open, when_closed):
        assert key.digest in content
        assert bytes(range(32)) not in content
        assert bytes(range(32)).hex()[6:].encode() not in content
