"""What a call ended at is what it is charged by, and its hold covered it."""

from tests.gateway.rig import BODY, DONE, PRICE_IN, PRICE_OUT, Rig

from stillhouse.ledger.receipt import FLAG_OTHER_TIER, FLAG_OVER_HOLD, Open
from stillhouse.ledger.segment import join
from stillhouse.tariff import PriceBook, Tariff, tariff
from stillhouse.tariff.prices import changed
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter


def times(factor: int, **terms: object) -> Tariff:
    return tariff(
        book="sale",
        model="model-0",
        valid_from=Instant(0),
        prices={Meter.INPUT: PRICE_IN * factor, Meter.OUTPUT: PRICE_OUT * factor},
        **terms,  # type: ignore[arg-type]
    )


STANDARD, PRIORITY, LONG = times(1), times(2, tier="priority"), times(3, above=6)
CHARGE = 7 * PRICE_IN + 3 * PRICE_OUT


def asked(tier: str) -> bytes:
    return BODY[:-1] + b',"service_tier":"%b"}' % tier.encode()


def answered(served: str) -> bytes:
    tier = b'"service_tier":"%b",' % served.encode() if served else b""
    usage = b'"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}'
    return b'{"object":"chat.completion","choices":[],' + tier + usage


def settled(rig: Rig) -> tuple[Open, int, int]:
    rig.close_books()
    [receipt] = join(1, rig.journal.records).receipts
    return receipt.open, receipt.close.charge, receipt.close.flags


def run(*prices: Tariff, ask: str = "", served: str = "") -> tuple[Tariff, int, int]:
    """The tariff that the receipt names, its charge and its flags."""
    rig = Rig(budgets={"b": 10**9})
    rig.price_by(PriceBook(prices))
    rig.connect().ask(asked(ask) if ask else BODY)
    rig.attempts[0].answer(answered(served))
    opened, charge, flags = settled(rig)

    assert charge <= opened.hold
    return PriceBook(prices).by_id[opened.sale_tariff], charge, flags


def test_who_says_nothing_pays_for_what_served_the_call() -> None:
    assert (STANDARD, CHARGE, 0) == run(STANDARD, PRIORITY)
    assert (STANDARD, CHARGE, 0) == run(STANDARD, PRIORITY, served="default")
    assert (PRIORITY, 2 * CHARGE, 0) == run(STANDARD, PRIORITY, served="priority")
    assert (PRIORITY, 2 * CHARGE, 0) == run(STANDARD, PRIORITY, ask="auto", served="priority")


def test_who_asks_for_a_tier_pays_for_it_unless_another_served_the_call() -> None:
    assert (PRIORITY, 2 * CHARGE, 0) == run(STANDARD, PRIORITY, ask="priority", served="priority")
    assert (PRIORITY, 2 * CHARGE, 0) == run(STANDARD, PRIORITY, ask="priority")
    assert (STANDARD, CHARGE, 0) == run(STANDARD, PRIORITY, ask="priority", served="default")


def test_a_tier_that_the_standard_price_stands_for_is_charged_by_it() -> None:
    told = changed(STANDARD, also=("flex",))

    assert (told, CHARGE, 0) == run(told, PRIORITY, ask="flex", served="flex")
    assert (told, CHARGE, 0) == run(told, served="flex")


def test_a_served_tier_without_a_price_is_charged_as_asked_and_flagged() -> None:
    assert (STANDARD, CHARGE, FLAG_OTHER_TIER) == run(STANDARD, served="scale")
    assert (PRIORITY, 2 * CHARGE, FLAG_OTHER_TIER) == run(
        STANDARD, PRIORITY, ask="priority", served="scale"
    )


def test_the_operator_is_told_of_it_once_a_minute() -> None:
    rig = Rig()
    for _ in range(3):
        rig.connect().ask()
        rig.attempts[-1].answer(answered("scale"))

    assert [("other_tier", {"model": "model-0", "tier": "scale"})] == rig.logged


def test_the_price_of_the_whole_call_is_chosen_by_its_input() -> None:
    assert (LONG, 3 * CHARGE, 0) == run(STANDARD, LONG)
    assert (STANDARD, CHARGE, 0) == run(STANDARD, times(3, above=7))


def test_a_stream_names_its_tier_too() -> None:
    rig = Rig(budgets={"b": 10**9})
    rig.price_by(PriceBook([STANDARD, PRIORITY]))
    rig.connect().ask(BODY[:-1] + b',"stream":true}')
    rig.attempts[0].begin_stream(b"data: %b\n\n" % answered("priority"), DONE)
    rig.attempts[0].end()
    opened, charge, _ = settled(rig)

    assert (PRIORITY.id, 2 * CHARGE) == (opened.sale_tariff, charge)


def test_a_tier_without_a_price_is_refused_and_named() -> None:
    for ask in ("flex", "priority", "made-up"):
        rig = Rig(budgets={"b": 10**9})
        client = rig.connect()
        client.ask(asked(ask))
        rig.close_books()

        assert (402, []) == (client.reply.status, rig.attempts)
        assert f'service_tier = "{ask}"' in client.reply.body.decode().replace("\\", "")


def test_the_ordinary_tier_by_any_name_is_the_standard_price() -> None:
    for ask in ("auto", "default", "standard_only"):
        assert (STANDARD, CHARGE, 0) == run(STANDARD, ask=ask)


def test_a_contracted_price_is_charged_to_its_account() -> None:
    agreed, elsewhere = times(1, account="acct_2"), changed(times(5), account="acct_1")

    assert (elsewhere, 5 * CHARGE, 0) == run(STANDARD, agreed, elsewhere)


def test_a_hard_budget_that_affords_only_the_standard_tier_refuses_what_may_end_dearer() -> None:
    roomy = Rig(budgets={"b": 10**9})
    roomy.connect().ask()
    need = roomy.journal.opens[0].hold
    answered_with = []
    for prices in ([STANDARD], [STANDARD, PRIORITY]):
        tight = Rig(budgets={"b": need})
        tight.price_by(PriceBook(prices))
        client = tight.connect()
        client.ask()
        tight.loop.pass_time(1)
        answered_with.append(0 if tight.attempts else client.reply.status)

    assert [0, 429] == answered_with


def test_a_report_beyond_the_hold_is_still_flagged() -> None:
    rig = Rig(budgets={"b": 10**9})
    rig.price_by(PriceBook([STANDARD, LONG]))
    rig.connect().ask()
    more = answered("").replace(b'"completion_tokens":3', b'"completion_tokens":999999')
    rig.attempts[0].answer(more)
    opened, charge, flags = settled(rig)

    assert LONG.id == opened.sale_tariff
    assert charge > opened.hold
    assert flags & FLAG_OVER_HOLD
