"""What a printed invoice says, in English and in Indonesian.

One field per text, so that a language that lacks one does not compile. `{...}` is filled in by the
printer. Rules for broken calls come from the ledger's table in English and are looked up here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Every text of a printed document, in one language."""

    locale: str
    invoice: str
    final_invoice: str
    credit_note: str
    draft: str
    draft_note: str
    number: str
    issued: str
    period: str
    due: str
    account: str
    tax_id: str
    refers: str
    bill_to: str
    amount_due: str
    amount_credited: str
    nothing_due: str
    by: str
    item: str
    quantity: str
    unit_price: str
    discount: str
    amount: str
    tokens: str
    lines: str
    no_project: str
    no_price: str
    unpriced: str
    estimated: str
    others: str
    of_month: str
    refers_line: str
    usage: str
    correction: str
    capacity: str
    minimum: str
    commitments: str
    credits: str
    other: str
    kinds: Mapping[str, str]
    meters: Mapping[str, str]
    per_tokens: str
    per_million: str
    per_request: str
    per_hour: str
    subtotal: str
    tax: str
    total: str
    total_credited: str
    rounding: str
    summary: str
    annex: str
    exchange: str
    exchange_rate: str
    policies: Mapping[str, str]
    payment: str
    notes: str
    broken: str
    broken_note: str
    calls: str
    charged: str
    yes: str
    no: str
    rule: str
    outcomes: Mapping[str, str]
    rules: Mapping[str, str]
    proof: str
    proof_receipts: str
    writer: str
    root: str
    hash: str
    previous: str
    verify: str
    page: str
    plain_letters: str
    borrowed_letters: str


ENGLISH = Words(
    locale="en",
    invoice="Invoice",
    final_invoice="Final invoice",
    credit_note="Credit note",
    draft="DRAFT",
    draft_note="A draft: not yet issued, and nothing to pay.",
    number="Number",
    issued="Date",
    period="Period",
    due="Due",
    account="Account",
    tax_id="Tax ID",
    refers="Corrects invoice",
    bill_to="Bill to",
    amount_due="Amount due",
    amount_credited="Amount credited to you",
    nothing_due="Nothing to pay",
    by="by {date}",
    item="Description",
    quantity="Quantity",
    unit_price="Unit price",
    discount="Discount",
    amount="Amount",
    tokens="Tokens",
    lines="Lines",
    no_project="Without a project",
    no_price="no price",
    unpriced="{n} calls used something that has no price yet: not in this total.",
    estimated="{n} counted by us",
    others="{n} more models",
    of_month="of {month}",
    refers_line="{number}, line {line}",
    usage="Usage",
    correction="Usage of earlier months that was recorded late",
    capacity="Provisioned capacity",
    minimum="Minimum",
    commitments="Commitments and prepaid credits",
    credits="Credited",
    other="Other",
    kinds={
        "usage": "usage",
        "covered": "on provisioned capacity",
        "capacity": "capacity, used",
        "capacity_unused": "capacity, not used",
        "minimum": "up to the monthly minimum",
        "commitment": "drawn from commitment",
        "shortfall": "rest of commitment",
        "prepaid": "drawn from prepaid credits",
        "correction": "usage",
        "saving": "saving, as agreed",
        "credit": "taken back",
        "other": "other",
    },
    meters={
        "input": "input tokens",
        "cache_read": "input tokens, read from cache",
        "cache_write": "input tokens, written to cache",
        "cache_write_1h": "input tokens, written to cache for an hour",
        "output": "output tokens",
        "reasoning": "reasoning tokens",
        "audio_in": "audio tokens in",
        "audio_out": "audio tokens out",
        "image_in": "image tokens in",
        "image_out": "image tokens out",
        "requests": "requests",
    },
    per_tokens="per {n}",
    per_million="per million",
    per_request="each",
    per_hour="per unit-hour",
    subtotal="Subtotal",
    tax="Tax",
    total="Total",
    total_credited="Total credited",
    rounding="Left out by rounding lines",
    summary="Summary by model. Every line is in the annex, from page 2.",
    annex="Annex: every line",
    exchange="Exchange rate",
    exchange_rate="1 {base} = {rate} {quote}",
    policies={
        "month_end": "rate of the month's last day",
        "month_average": "average of the month",
        "fixed": "fixed by contract",
        "given": "as given",
    },
    payment="Payment to",
    notes="Notes",
    broken="Calls that did not end well",
    broken_note="What was charged for them is in the lines above.",
    calls="Calls",
    charged="Charged",
    yes="yes",
    no="no",
    rule="Rule",
    outcomes={
        "completed": "answer whole",
        "client_left": "client left",
        "refused": "provider refused",
        "upstream_cut": "provider broke off",
        "timeout": "provider fell silent",
        "unreachable": "provider not reached",
        "recovered": "our process died",
        "escalated": "left to the teacher",
    },
    rules={},
    proof="Proof",
    proof_receipts="{n} receipts are charged here",
    writer="of writer {writer}, {n} between numbers {first} and {last}",
    root="Merkle root of the receipts",
    hash="Hash of this document",
    previous="Hash of the one before",
    verify="Check it yourself, offline: save the attached {file} and run",
    page="Page {page} of {pages}",
    plain_letters="Some letters of names cannot be drawn; the attached {file} has them all.",
    borrowed_letters="Chinese, Japanese and Korean letters are drawn by your reader's own fonts.",
)

INDONESIAN = Words(
    locale="id",
    invoice="Faktur",
    final_invoice="Faktur akhir",
    credit_note="Nota kredit",
    draft="KONSEP",
    draft_note="Konsep: belum diterbitkan, belum ada yang perlu dibayar.",
    number="Nomor",
    issued="Tanggal",
    period="Periode",
    due="Jatuh tempo",
    account="Akun",
    tax_id="NPWP",
    refers="Mengoreksi faktur",
    bill_to="Ditagihkan kepada",
    amount_due="Jumlah yang harus dibayar",
    amount_credited="Jumlah yang dikreditkan kepada Anda",
    nothing_due="Tidak ada yang perlu dibayar",
    by="paling lambat {date}",
    item="Uraian",
    quantity="Kuantitas",
    unit_price="Harga satuan",
    discount="Diskon",
    amount="Jumlah",
    tokens="Token",
    lines="Baris",
    no_project="Tanpa proyek",
    no_price="tanpa harga",
    unpriced="{n} panggilan memakai sesuatu yang belum diberi harga: tidak termasuk di sini.",
    estimated="{n} kami hitung sendiri",
    others="{n} model lain",
    of_month="bulan {month}",
    refers_line="{number}, baris {line}",
    usage="Pemakaian",
    correction="Pemakaian bulan sebelumnya yang terlambat tercatat",
    capacity="Kapasitas yang disediakan",
    minimum="Minimum",
    commitments="Komitmen dan kredit prabayar",
    credits="Dikreditkan",
    other="Lainnya",
    kinds={
        "usage": "pemakaian",
        "covered": "dalam kapasitas yang disediakan",
        "capacity": "kapasitas, terpakai",
        "capacity_unused": "kapasitas, tidak terpakai",
        "minimum": "sampai minimum bulanan",
        "commitment": "diambil dari komitmen",
        "shortfall": "sisa komitmen",
        "prepaid": "diambil dari kredit prabayar",
        "correction": "pemakaian",
        "saving": "penghematan, sesuai kesepakatan",
        "credit": "ditarik kembali",
        "other": "lainnya",
    },
    meters={
        "input": "token masukan",
        "cache_read": "token masukan, dibaca dari cache",
        "cache_write": "token masukan, ditulis ke cache",
        "cache_write_1h": "token masukan, ditulis ke cache selama satu jam",
        "output": "token keluaran",
        "reasoning": "token penalaran",
        "audio_in": "token audio masuk",
        "audio_out": "token audio keluar",
        "image_in": "token gambar masuk",
        "image_out": "token gambar keluar",
        "requests": "permintaan",
    },
    per_tokens="per {n}",
    per_million="per juta",
    per_request="per permintaan",
    per_hour="per unit-jam",
    subtotal="Subtotal",
    tax="Pajak",
    total="Total",
    total_credited="Total dikreditkan",
    rounding="Selisih pembulatan baris",
    summary="Ringkasan per model. Semua baris ada di lampiran, mulai halaman 2.",
    annex="Lampiran: semua baris",
    exchange="Kurs",
    exchange_rate="1 {base} = {rate} {quote}",
    policies={
        "month_end": "kurs hari terakhir bulan itu",
        "month_average": "rata-rata bulan itu",
        "fixed": "ditetapkan dalam kontrak",
        "given": "sebagaimana diberikan",
    },
    payment="Pembayaran ke",
    notes="Catatan",
    broken="Panggilan yang tidak selesai dengan baik",
    broken_note="Yang ditagihkan untuknya sudah termasuk dalam baris di atas.",
    calls="Panggilan",
    charged="Ditagih",
    yes="ya",
    no="tidak",
    rule="Aturan",
    outcomes={
        "completed": "jawaban utuh",
        "client_left": "klien pergi",
        "refused": "penyedia menolak",
        "upstream_cut": "penyedia terputus",
        "timeout": "penyedia diam",
        "unreachable": "penyedia tak terjangkau",
        "recovered": "proses kami mati",
        "escalated": "diserahkan ke guru",
    },
    rules={
        "the answer is whole and the provider counted it": (
            "jawaban utuh dan penyedia menghitungnya"
        ),
        "the answer is whole; the provider said no usage, so we counted": (
            "jawaban utuh; penyedia tidak menyebut pemakaian, jadi kami yang menghitung"
        ),
        "the client left, the provider worked on and reported; we drained the answer": (
            "klien pergi, penyedia tetap bekerja dan melaporkan; jawaban kami baca sampai habis"
        ),
        "the client left and no usage came in time; only what was relayed is charged": (
            "klien pergi dan laporan pemakaian tidak datang; hanya yang diteruskan yang ditagih"
        ),
        "the provider answered with an error": "penyedia menjawab dengan galat",
        "the provider broke the answer; the customer does not pay for half of one": (
            "penyedia memutus jawaban; pelanggan tidak membayar separuh jawaban"
        ),
        "the provider broke the answer; it may still bill what it sent": (
            "penyedia memutus jawaban; ia mungkin tetap menagih kami"
        ),
        "the provider fell silent; the customer does not pay for half of an answer": (
            "penyedia diam; pelanggan tidak membayar separuh jawaban"
        ),
        "the provider fell silent; it may still bill what it sent": (
            "penyedia diam; ia mungkin tetap menagih kami"
        ),
        "the provider never had the request": "permintaan tidak pernah sampai ke penyedia",
        "our process died during the call; the customer does not pay for our fault": (
            "proses kami mati saat panggilan; pelanggan tidak membayar kesalahan kami"
        ),
        "the student left the call to its teacher; who answers is charged, once": (
            "model murid menyerahkan panggilan ke gurunya; hanya yang menjawab yang ditagih"
        ),
    },
    proof="Bukti",
    proof_receipts="{n} tanda terima ditagih di sini",
    writer="dari penulis {writer}, {n} antara nomor {first} dan {last}",
    root="Akar Merkle tanda terima",
    hash="Hash dokumen ini",
    previous="Hash dokumen sebelumnya",
    verify="Periksa sendiri, tanpa jaringan: simpan lampiran {file} lalu jalankan",
    page="Halaman {page} dari {pages}",
    plain_letters="Sebagian huruf nama tidak dapat digambar; lampiran {file} memuat semuanya.",
    borrowed_letters="Huruf Tionghoa, Jepang dan Korea digambar oleh fon pembaca Anda sendiri.",
)

WORDS: dict[Language, Words] = {"en": ENGLISH, "id": INDONESIAN}
