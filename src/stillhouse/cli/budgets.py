"""Budgets and limits of accounts, projects and keys; budgets of members and providers.

A budget is written in any currency and kept in US dollars, the currency of prices, so that nothing
on the way of a call needs an exchange rate: limit = floor(amount / rate).
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import get_args

import click

from stillhouse.cli.desk import Desk, on_store
from stillhouse.cli.output import Failure, plain, show
from stillhouse.tenants import Budget, Directory, Limits, Scope
from stillhouse.units.instant import Span, period
from stillhouse.units.money import InexactAmountError, Pico, exact, pico

PRICE_CURRENCY = "USD"
NONE = "none"


def on_scope(command: Callable[..., None]) -> Callable[..., None]:
    """Options that name one account, project or key."""
    for option, text in (
        ("--key", "Id of the key."),
        ("--project", "Name (then with --account) or id of the project."),
        ("--account", "Name or id of the account."),
    ):
        command = click.option(option, help=text)(command)
    return command


def scope_of(
    desk: Desk, *, account: str | None, project: str | None, key: str | None
) -> tuple[Scope, str]:
    """The narrowest that was named."""
    if key is not None:
        if account or project:
            raise click.UsageError("--key stands alone: a key has one project and one account")
        return "key", key
    if project is not None:
        if account is None:
            if project not in desk.store.directory().projects:
                raise click.UsageError("a project's name needs --account beside it")
            return "project", project
        owner = desk.store.find_account(account)
        return "project", desk.store.find_project(project, account=owner.id).id
    if account is None:
        raise click.UsageError("name one of --account, --project, --key")
    return "account", desk.store.find_account(account).id


def member_of(desk: Desk, named: str) -> str:
    """The id of a member, by id or e-mail."""
    members = desk.store.directory().members
    found = [ident for ident, email in members.items() if named in {ident, email}]
    if not found:
        raise Failure(f"no member {named}; `stillhouse members list` shows them all")
    return found[0]


@click.group(help="The most that may be spent in each period: set, list, remove.")
def budgets() -> None: ...


@budgets.command("set", help="Set a budget. Again for the same period: change it.")
@on_scope
@click.option("--member", help="E-mail or id of the member: all keys of his together.")
@click.option("--provider", help="A provider's name in the configuration: all that it serves.")
@click.option("--period", "span", type=click.Choice(get_args(Span)), required=True)
@click.option("--hard", help="Refuse calls before this amount would be exceeded.")
@click.option("--soft", help="Only warn above this amount.")
@click.option("--currency", default=PRICE_CURRENCY, show_default=True, help="ISO 4217 code.")
@click.option("--fx", help="Units of the currency for one US dollar.")
@on_store()
def set_budget(
    desk: Desk,
    *,
    account: str | None,
    project: str | None,
    key: str | None,
    member: str | None,
    provider: str | None,
    span: Span,
    hard: str | None,
    soft: str | None,
    currency: str,
    fx: str | None,
) -> None:
    amount = hard if hard is not None else soft
    if amount is None or (hard is not None and soft is not None):
        raise click.UsageError("give either --hard or --soft, with the amount")
    limit, rate = in_dollars(amount, currency=currency.upper(), fx=fx)
    if (member or provider) and (account or project or key or (member and provider)):
        raise click.UsageError("--member and --provider stand alone")
    scope: Scope
    if member:
        scope, ident = "member", member_of(desk, member)
    elif provider:
        scope, ident = "provider", provider
    else:
        scope, ident = scope_of(desk, account=account, project=project, key=key)
    budget = desk.store.set_budget(
        scope,
        ident,
        span=span,
        limit=limit,
        hard=hard is not None,
        currency=currency.upper(),
        amount=amount,
        fx=rate,
        at=desk.at,
        actor=desk.actor,
    )
    kind = "hard" if budget.hard else "soft"
    desk.tell(
        _budget(budget),
        f"{kind} budget {budget.id}: USD {plain(limit)} per {span} for {scope} {ident}"
        if span != "total"
        else f"{kind} budget {budget.id}: USD {plain(limit)} in total for {scope} {ident}",
    )


def in_dollars(amount: str, *, currency: str, fx: str | None) -> tuple[Pico, str]:
    """The limit in pico-dollars, rounded down, and the rate that was used."""
    if len(currency) != 3 or not currency.isalpha():
        raise click.UsageError(f'"{currency}" is not a currency; write its ISO 4217 code, like IDR')
    if currency == PRICE_CURRENCY and fx not in {None, "1"}:
        raise click.UsageError("--fx is for other currencies: a US dollar is a US dollar")
    if currency != PRICE_CURRENCY and fx is None:
        raise click.UsageError(f"say how many {currency} one US dollar is, like --fx 16100")
    rate = fx or "1"
    try:
        units = Fraction(Decimal(rate))
    except (InvalidOperation, ValueError, OverflowError):
        raise click.UsageError(f'--fx "{rate}" is not a decimal number') from None
    if units <= 0:
        raise click.UsageError("--fx must be above zero")
    try:
        written = pico(amount)
    except InexactAmountError as error:
        raise click.UsageError(f"the amount: {error}") from None
    if written < 0:
        raise click.UsageError("a budget cannot be negative")
    return Pico(written * units.denominator // units.numerator), rate


@budgets.command("list", help="All budgets with what is posted, leased and free in this period.")
@on_store()
def list_budgets(desk: Desk) -> None:
    directory = desk.store.directory()
    known = {(b.budget, b.period): b for b in desk.store.balances()}
    rows = []
    for budget in directory.budgets.values():
        current = period(desk.at, budget.span)
        balance = known.get((budget.id, current))
        posted, leased = (balance.posted, balance.leased) if balance else (0, 0)
        rows.append(
            _budget(budget, number=exact if desk.as_json else plain)
            | {"period": current, "for": _called(directory, budget.scope, budget.scope_id)}
            | _amounts(desk, posted=posted, leased=leased, free=budget.limit - posted - leased)
        )
    columns = ("id", "scope", "for", "period", "kind", "limit", "posted", "leased", "free")
    show(rows, as_json=desk.as_json, columns=columns)


@budgets.command("remove", help="Remove a budget: nothing is limited by it any more.")
@click.argument("ident", metavar="ID")
@on_store()
def remove_budget(desk: Desk, ident: str) -> None:
    desk.store.remove_budget(ident, at=desk.at, actor=desk.actor)
    desk.tell({"id": ident, "removed": True}, f"budget {ident} is removed")


def _amounts(desk: Desk, **amounts: int) -> dict[str, str]:
    number = exact if desk.as_json else plain
    return {name: number(amount) for name, amount in amounts.items()}


def _budget(budget: Budget, number: Callable[[int], str] = exact) -> dict[str, object]:
    return {
        "id": budget.id,
        "scope": budget.scope,
        "scope_id": budget.scope_id,
        "span": budget.span,
        "kind": "hard" if budget.hard else "soft",
        "limit": number(budget.limit),
        "currency": budget.currency,
        "amount": budget.amount,
        "fx": budget.fx,
    }


def _called(directory: Directory, scope: Scope, ident: str) -> str:
    match scope:
        case "account":
            return directory.accounts[ident].name
        case "project":
            project = directory.projects[ident]
            return f"{directory.accounts[project.account].name}/{project.name}"
        case "key":
            key = directory.keys[ident]
            return f"{directory.accounts[key.account].name}/{key.hint}..."
        case "member":
            return directory.members.get(ident, ident)
        case "provider":
            return ident


@click.group(help="Requests, tokens and concurrent calls: set, show.")
def limits() -> None: ...


def rate(value: str) -> int | str:
    """A whole number of at least 1, or "none" for no limit."""
    if value == NONE:
        return value
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) < 2**53:
        raise click.BadParameter(f'"{value}" is not a whole number of at least 1, nor "none"')
    return int(value)


@limits.command("set", help='Set what is named, keep the rest; "none" lifts a limit.')
@on_scope
@click.option("--rpm", type=rate, metavar="N|none", help="Requests per minute.")
@click.option("--tpm", type=rate, metavar="N|none", help="Tokens per minute.")
@click.option("--concurrent", type=rate, metavar="N|none", help="Calls at the same time.")
@on_store()
def set_limits(
    desk: Desk,
    *,
    account: str | None,
    project: str | None,
    key: str | None,
    rpm: int | str | None,
    tpm: int | str | None,
    concurrent: int | str | None,
) -> None:
    if rpm is None and tpm is None and concurrent is None:
        raise click.UsageError("name at least one of --rpm, --tpm, --concurrent")
    scope, ident = scope_of(desk, account=account, project=project, key=key)
    before = _known(desk.store.directory(), scope, ident)
    after = Limits(
        requests_per_minute=_either(rpm, before.requests_per_minute),
        tokens_per_minute=_either(tpm, before.tokens_per_minute),
        concurrent=_either(concurrent, before.concurrent),
    )
    desk.store.set_limits(scope, ident, after, at=desk.at, actor=desk.actor)
    row = {"scope": scope, "id": ident} | _limits(after)
    told = ", ".join(f"{name} {NONE if n is None else n}" for name, n in _limits(after).items())
    desk.tell(row, f"{scope} {ident}: {told}")


@limits.command("show", help="All limits that are set.")
@on_store()
def show_limits(desk: Desk) -> None:
    directory = desk.store.directory()
    scopes: dict[Scope, dict[str, Limits]] = {
        "account": {a.id: a.limits for a in directory.accounts.values()},
        "project": {p.id: p.limits for p in directory.projects.values()},
        "key": {k.id: k.limits for k in directory.keys.values()},
    }
    rows = [
        {"scope": scope, "id": ident, "for": _called(directory, scope, ident)} | _limits(limits)
        for scope, known in scopes.items()
        for ident, limits in known.items()
        if limits != Limits()
    ]
    show(rows, as_json=desk.as_json, columns=("scope", "id", "for", "rpm", "tpm", "concurrent"))


def _known(directory: Directory, scope: Scope, ident: str) -> Limits:
    match scope:
        case "account":
            return directory.accounts[ident].limits
        case "project":
            return directory.projects[ident].limits
        case "key":
            if ident not in directory.keys:
                raise Failure(f"no key {ident}; `stillhouse keys list` shows them all")
            return directory.keys[ident].limits
        case _:
            raise click.UsageError("limits of pace are for an account, a project or a key")


def _either(given: int | str | None, before: int | None) -> int | None:
    if given is None:
        return before
    return None if given == NONE else int(given)


def _limits(limits: Limits) -> dict[str, int | None]:
    return {
        "rpm": limits.requests_per_minute,
        "tpm": limits.tokens_per_minute,
        "concurrent": limits.concurrent,
    }
