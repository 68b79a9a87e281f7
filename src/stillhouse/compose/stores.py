"""Which store keeps a data folder's control state and ledger: SQLite, beside the journals."""

from pathlib import Path
from typing import Protocol

from stillhouse.billing.ports import InvoiceStore
from stillhouse.distill.ports import Captures, Releases
from stillhouse.guard.ports import Cases
from stillhouse.ledger.ports import NotFoundError, Store, UnavailableError
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.terms.signed import SignedStore

DATABASE = "stillhouse.sqlite"


class WholeStore(Store, InvoiceStore, SignedStore, Cases, Releases, Captures, Protocol):
    """Everything that a data folder's store keeps, other rooms' ports included."""


def open_store(data: Path, *, create: bool = False) -> WholeStore:
    """The store of this data folder. With `create`, an empty one where there is none yet.

    Raises:
        NotFoundError: there is none, and `create` is off.
        UnavailableError: it cannot be opened.
        ConflictError: it belongs to a newer Stillhouse or to another program.
    """
    path = data / DATABASE
    if create:
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError(
                f"the data folder {data} cannot be made: {error.strerror};"
                " name another one with --data"
            ) from error
    elif not path.is_file():
        raise NotFoundError(
            f"no Stillhouse data in {data}; name its folder with --data, or begin with"
            " `stillhouse serve` or `stillhouse accounts create NAME`"
        )
    return SQLiteStore(path)
