"""Accounts and projects: who pays, who spends, and what standing they have."""

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import show
from stillhouse.ledger.ports import ConflictError
from stillhouse.tenants import Account, Standing, payment_print

PAYMENT = "What it pays with, in your payment system's word; a keyed hash of it is kept."


@click.group(help="Who pays: create, list, set, suspend, restrict, restore.")
def accounts() -> None: ...


@accounts.command("create", help="Make an account. Its name is unique.")
@click.argument("name")
@click.option("--payment", metavar="REF", help=PAYMENT)
@on_store(create=True)
def create_account(desk: Desk, name: str, payment: str | None) -> None:
    with desk.store.together():
        account = desk.store.create_account(name, at=desk.at, actor=desk.actor)
        if payment:
            _pays(desk, account.id, payment)
    desk.tell({"id": account.id, "name": account.name}, f"account {account.name}: {account.id}")


@accounts.command("list", help="All accounts with their standing.")
@on_store()
def list_accounts(desk: Desk) -> None:
    rows = [_account(account) for account in desk.store.directory().accounts.values()]
    show(rows, as_json=desk.as_json, columns=("id", "name", "standing", "reason"))


@accounts.command("set", help="Say what it pays with: guard looks at who pays alike together.")
@click.argument("account")
@click.option("--payment", metavar="REF", required=True, help=f'{PAYMENT} "" takes it away.')
@on_store()
def set_account(desk: Desk, account: str, payment: str) -> None:
    after = _pays(desk, desk.store.find_account(account).id, payment)
    said = "has a payment reference" if after.payment else "has no payment reference"
    desk.tell(_account(after), f"account {after.name} ({after.id}) {said}")


def _pays(desk: Desk, ident: str, reference: str) -> Account:
    try:
        said = payment_print(reference, desk.store.template_key()) if reference else ""
    except ValueError as error:
        raise ConflictError(str(error)) from None
    return desk.store.set_payment(ident, said, at=desk.at, actor=desk.actor)


@accounts.command("suspend", help="Admit no new calls; calls in flight settle.")
@click.argument("account")
@click.option("--reason", required=True, help="Why, for the ledger and the account.")
@on_store()
def suspend(desk: Desk, account: str, reason: str) -> None:
    _stand(desk, account, Standing.SUSPENDED, reason)


@accounts.command("restrict", help="Admit at a tenth of its limits.")
@click.argument("account")
@click.option("--reason", required=True, help="Why, for the ledger and the account.")
@on_store()
def restrict(desk: Desk, account: str, reason: str) -> None:
    _stand(desk, account, Standing.RESTRICTED, reason)


@accounts.command("restore", help="Make it active again.")
@click.argument("account")
@click.option("--reason", required=True, help="Why, for the ledger and the account.")
@on_store()
def restore(desk: Desk, account: str, reason: str) -> None:
    _stand(desk, account, Standing.ACTIVE, reason)


def _stand(desk: Desk, name_or_id: str, standing: Standing, reason: str) -> None:
    ident = desk.store.find_account(name_or_id).id
    account = desk.store.set_standing(ident, standing, reason=reason, at=desk.at, actor=desk.actor)
    desk.tell(_account(account), f"account {account.name} ({account.id}) is {account.standing}")


def _account(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "name": account.name,
        "standing": account.standing.value,
        "reason": account.reason,
        "payment": bool(account.payment),
    }


@click.group(help="Who spends: create, list.")
def projects() -> None: ...


@projects.command("create", help="Make a project in an account. Its name is unique there.")
@click.argument("name")
@click.option("--account", required=True, help="Name or id of the account.")
@on_store()
def create_project(desk: Desk, name: str, account: str) -> None:
    owner = desk.store.find_account(account)
    project = desk.store.create_project(name, account=owner.id, at=desk.at, actor=desk.actor)
    desk.tell(
        {"id": project.id, "name": project.name, "account": project.account},
        f"project {project.name} of {owner.name}: {project.id}",
    )


@projects.command("list", help="All projects, or those of one account.")
@click.option("--account", help="Name or id of the account.")
@on_store()
def list_projects(desk: Desk, account: str | None) -> None:
    only = desk.store.find_account(account).id if account else None
    directory = desk.store.directory()
    rows = [
        {
            "id": project.id,
            "name": project.name,
            "account": project.account,
            "account_name": directory.accounts[project.account].name,
        }
        for project in directory.projects.values()
        if only in {None, project.account}
    ]
    show(rows, as_json=desk.as_json, columns=("id", "name", "account_name", "account"))
