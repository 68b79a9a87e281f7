"""Invoices of known figures, to be printed and looked at: as a reseller's customer would get them.

The first two bill one hour of real traffic: Azure's trace of 2023 (conversation: 19,366 requests,
22,361,018 tokens in and 4,088,405 out; code: 8,819 requests, 18,059,690 and 245,640), CC-BY-4.0,
Patel et al., Splitwise, ISCA 2024.
"""

from typing import Any

from tests.billing.exports.documents import ROOT, alone, made, usage

from stillhouse.billing.document import Broken, Document, Fx, Line, LineRef, Proof, WriterRange

WRITERS = (
    WriterRange(writer=1, first=1, last=16_112, count=14_090),
    WriterRange(writer=2, first=1, last=16_120, count=14_095),
)
ISSUED: dict[str, Any] = {
    "number": "AWN-2026-000117",
    "issued_at": "2026-12-01T09:30:00Z",
    "due": "2026-12-31",
    "previous": "4be1" * 16,
    "receipts": Proof(count=28_185, root=ROOT, writers=WRITERS),
    "broken": (
        Broken(
            outcome="client_left",
            witness="lower_bound",
            charged=True,
            receipts=41,
            tokens="61240",
            exact_pico="153100000000",
            rule="the client left and no usage came in time; only what was relayed is charged",
        ),
        Broken(
            outcome="upstream_cut",
            witness="lower_bound",
            charged=False,
            receipts=9,
            tokens="8127",
            rule="the provider broke the answer; it may still bill what it sent",
        ),
    ),
}
NO_RECEIPTS = Proof(count=0, root="")
FX = Fx(
    base="USD",
    quote="IDR",
    rate="16100",
    source="Bank Indonesia, JISDOR",
    date="2026-11-30",
    policy="month_end",
)


def hour(**more: Any) -> list[Line]:
    """One hour of conversation and code, as two projects."""
    chat = {"project": "prj_c", "project_name": "Comments", "workload": "answer users"} | more
    code = {"project": "prj_k", "project_name": "Editor", "workload": "complete code"} | more
    return [
        usage("gpt-4o", "input", 22_361_018, "2.50", receipts=19_366, **chat),
        usage("gpt-4o", "output", 4_088_405, "10.00", receipts=19_366, **chat),
        usage("gpt-4o-mini", "input", 18_059_690, "0.15", receipts=8_819, **code),
        usage("gpt-4o-mini", "output", 245_640, "0.60", receipts=8_819, **code),
    ]


def in_dollars() -> Document:
    """Everything that an invoice can hold, on one page, in English."""
    lines = [
        *hour(discount_bp=500),
        usage(
            *("gpt-4o", "cache_read", 9_120_400, "1.25"),
            project="prj_c",
            project_name="Comments",
            workload="answer users",
            discount_bp=500,
            estimated="12040",
        ),
        usage("gpt-4o", "input", 310_000, "2.50", kind="correction", period="2026-10"),
        usage("gpt-4o", "", 3600 * 720, "4", unit="unit-hour", kind="capacity", item="cap_1"),
        usage("gpt-4o", "", 3600 * 96, "4", unit="unit-hour", kind="capacity_unused", item="cap_1"),
        alone("commitment", "-50.00", item="2026 commitment"),
        alone("prepaid", "-25.00", item="credits of October"),
    ]
    notes = ("Thank you. Questions: billing@awan.example, within 30 days.",)
    return made(lines, taxes=[("VAT", 1100)], notes=notes, **ISSUED)


def in_rupiah() -> Document:
    """The same hour in Indonesian, in whole rupiah."""
    notes = ("Pembayaran dianggap sah setelah dana diterima di rekening kami.",)
    return made(
        hour(rate="16100"),
        unit="1",
        currency="IDR",
        fx=(FX,),
        language="id",
        taxes=[("PPN", 1100)],
        notes=notes,
        **ISSUED,
    )


def credit() -> Document:
    """A part of an earlier invoice taken back."""
    refers = LineRef(number="AWN-2026-000117", line=2)
    own = {"number": "AWN-CN-2026-000004", "due": "", "broken": (), "receipts": NO_RECEIPTS}
    line = usage(
        *("gpt-4o", "output", -1_000_000, "10.00"),
        kind="credit",
        refers=refers,
        project="prj_c",
        discount_bp=500,
    )
    return made(
        [line],
        kind="credit_note",
        taxes=[("VAT", 1100)],
        refers="AWN-2026-000117",
        notes=("Output of 14 November was doubled by a retry of ours.",),
        **(ISSUED | own),
    )


def long() -> Document:
    """Two hundred lines: 5 projects x 10 models x 4 meters."""
    families = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "claude-opus-4", "claude-sonnet-4")
    models = [f"{name}{tail}" for name in families for tail in ("", "-eu")]
    meters = {"input": "2.50", "cache_read": "0.625", "output": "10.00", "requests": "0.0001"}
    lines = [
        usage(
            *(model, meter, 1_000_003 * (place + 7 * step + 1), price),
            project=f"prj_{place}",
            project_name=project,
            workload=work,
        )
        for place, (project, work) in enumerate(
            [
                ("Comments", "answer users"),
                ("Comments", "classify"),
                ("Editor", "complete code"),
                ("Search", "rewrite queries"),
                ("Ads", "write headlines"),
            ]
        )
        for step, model in enumerate(models)
        for meter, price in meters.items()
    ]
    return made(lines, taxes=[("VAT", 1100)], **ISSUED)


def draft() -> Document:
    """A draft in Indonesian, of rupiah."""
    settings = {"number": "", "issued_at": "", "due": "", "previous": ""}
    receipts = Proof(count=28_185, root="", writers=WRITERS)
    return made(
        [*hour(rate="16100"), usage("model-baru", "input", 4_000, None, rate="16100")],
        unit="1",
        currency="IDR",
        fx=(FX,),
        language="id",
        taxes=[("PPN", 1100)],
        **(ISSUED | settings | {"receipts": receipts}),
    )


SAMPLES = {
    "invoice-usd": in_dollars,
    "invoice-idr": in_rupiah,
    "credit-note": credit,
    "invoice-long": long,
    "invoice-draft": draft,
}
