"""Questions put together from parts, so that no wording is a keyword by itself.

    [opening] verb + noun + object        "Hi. Please determine the tone of the message below"
    [opening] yes-or-no about the object  "Would you say that this remark contains insults?"

A model that has met a few dozen fixed sentences learns the sentences; one that has met thousands of combinations learns which
word decides. Parts whose number is 4 modulo 5 are held out like whole questions are.
"""

# ruff: noqa: E501 (word lists read better unbroken)

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

Tongue = Literal["en", "id"]
T = TypeVar("T")


def seen(rng: random.Random, choices: Sequence[T], *, unseen: bool) -> T:
    """One of the choices of training, or one of those held out of it."""
    return rng.choice([c for at, c in enumerate(choices) if (at % 5 == 4) == unseen])


OBJECTS: Final[Mapping[Tongue, Sequence[str]]] = {
    "en": (
        "this comment", "the comment", "the following comment", "this text", "the user comment", "the comment below",
        "this message", "the message below", "this viewer's comment", "what they wrote", "the text", "this reply", "this post",
        "the given comment", "the following text", "this remark", "the review", "this sentence", "a comment like this",
        "this piece of feedback", "it", "this", "the quoted comment", "what the viewer said", "the feedback",
    ),
    "id": (
        "komentar ini", "komentar berikut", "komentar di bawah", "teks ini", "pesan berikut", "pesan ini", "tulisan ini",
        "komentar penonton ini", "komentar tersebut", "ulasan ini", "kalimat ini", "teks berikut", "balasan ini", "ini",
        "tanggapan ini", "komentar pengguna", "tulisan di bawah", "komentar dari penonton", "kata kata ini", "kutipan ini",
    ),
}  # fmt: skip
VERBS: Final[Mapping[Tongue, Sequence[str]]] = {
    "en": (
        "classify", "determine", "identify", "tell me", "work out", "detect", "label", "predict", "give me", "name", "state",
        "find", "say", "guess", "report", "decide", "choose", "pick", "output", "assess", "write", "return", "provide", "judge",
        "recognize", "specify", "give", "infer", "mark", "estimate",
    ),
    "id": (
        "klasifikasikan", "tentukan", "sebutkan", "deteksi", "simpulkan", "kenali", "prediksi", "tebak", "pilih", "nyatakan",
        "tulis", "berikan", "cari", "nilai", "laporkan", "cek", "periksa", "kasih tahu", "bilang", "tetapkan", "identifikasi",
        "analisis", "lihat", "tandai", "putuskan",
    ),
}  # fmt: skip
OPENINGS: Final[Mapping[Tongue, Sequence[str]]] = {
    "en": (
        "Please", "Hi.", "Could you", "Quick one:", "For our records,", "Can you", "As a moderator,", "Hello,", "I want you to",
        "We need help:", "Now", "A viewer wrote this under a video.", "Here is your task.", "You must", "Just",
        "Under our latest clip somebody wrote this.", "Kindly", "Look at this:", "Read carefully.", "In a word,",
    ),
    "id": (
        "Tolong", "Halo.", "Bisa", "Coba", "Mohon bantu", "Sekarang", "Menurut kamu,", "Kak,", "Kira kira", "Minta tolong",
        "Kami butuh bantuan:", "Penonton menulis ini di video.", "Ini tugasmu.", "Kamu harus", "Singkat saja,",
        "Ada yang komentar begini.", "Baca dulu.", "Sebagai moderator,", "Dalam satu kata,", "Bantu aku,",
    ),
}  # fmt: skip
NOUN_FORMS: Final[Mapping[Tongue, Sequence[str]]] = {
    # {v} verb, {k} the noun of the task, {o} object
    "en": (
        "{v} the {k} of {o}", "{v} what {k} {o} has", "what is the {k} of {o}?", "which {k} fits {o}?", "{o} has which {k}?",
        "{v} the {k}", "what {k} would you give {o}?", "what's the {k} of {o}", "the {k} of {o} is", "how would you describe the {k} of {o}?",
        "{k} of {o}?", "{k} for {o}:", "{o}: {k}?", "what {k} is {o}?", "{v} {k} for {o}", "{k}:", "which {k} is it?",
        "I would like the {k} of {o}", "{o} needs a {k}, which one?",
    ),
    "id": (
        "{v} {k} {o}", "{v} {k} dari {o}", "apa {k} {o}?", "{o} punya {k} apa?", "{k} apa yang cocok untuk {o}?",
        "apa {k} dari {o}?", "{k} {o}?", "{o} {k}nya apa?", "{k} untuk {o}:", "{v} {k} pada {o}", "{k}nya apa?", "{k}:",
        "{o} termasuk {k} apa?", "{v} {k} yang tepat untuk {o}", "mau tahu {k} {o}", "yang mana {k} {o}?",
    ),
}  # fmt: skip
ASKED: Final[Mapping[Tongue, Mapping[str, Sequence[str]]]] = {
    # Whole questions about an object, for tasks that are asked in other ways than by a noun.
    "en": {
        "topic": (
            "what is {o} about?", "what does {o} talk about?", "what subject does {o} concern?", "{o} is about what?",
            "which theme does {o} belong to?", "what are they talking about in {o}?", "under which category would you file {o}?",
            "what is being discussed in {o}?", "which area does {o} belong to?", "pick a category for {o}",
            "what subject area is {o} from?",
            "which field is {o} related to?",
            "the video behind {o} shows what kind of thing?",
            "if you had to tag {o}, which tag?",
            "what is the main matter of {o}?",
        ),
        "sentiment": (
            "is {o} positive, negative or neutral?", "is {o} positive or negative?", "does {o} sound positive, neutral or negative?",
            "is the writer of {o} happy or not: positive, negative or neutral?", "would you rate {o} positive, negative or neutral?",
            "positive, negative, neutral: which one is {o}?", "how does {o} sound, positive or negative?",
            "what feeling does {o} express?", "is {o} praise or criticism, positive or negative?", "what is the attitude of {o}?",
            "is the feeling in {o} good, bad or neither: positive, negative or neutral?",
            "what opinion does {o} express?",
            "score the sentiment of {o}: positive, negative or neutral",
            "does {o} like or dislike the video, positive or negative?",
            "how is the mood in {o}?",
        ),
        "spam": (
            "is {o} spam?", "would you say {o} is spam?", "is {o} an advertisement?", "is {o} promotional spam?",
            "could {o} be spam?", "do you think {o} is spam?", "does {o} contain advertising?", "does {o} promote something?",
            "is {o} a scam or an ad?", "should {o} be removed as spam?", "spam? yes or no", "is {o} spam or not?",
            "decide if {o} is spam", "check {o} for spam", "does {o} look like spam?", "{v} whether {o} is spam",
            "is there any advertising in {o}?",
            "is {o} just promotion?",
            "does the writer of {o} want to sell something?",
            "spam or genuine: is {o} spam?",
        ),
        "toxicity": (
            "is {o} toxic?", "would you say {o} is toxic?", "does {o} contain insults?", "is {o} insulting somebody?",
            "could {o} be called toxic?", "do you think {o} is toxic?", "is {o} offensive to a person?", "does {o} attack someone?",
            "is {o} abusive or hateful?", "should {o} be hidden as toxic?", "toxic? yes or no", "is {o} toxic or not?",
            "decide if {o} is toxic", "check {o} for insults", "does {o} look toxic?", "{v} whether {o} is toxic",
            "is there any insult in {o}?",
            "is {o} rude to a person?",
            "does the writer of {o} insult someone?",
            "toxic or fine: is {o} toxic?",
        ),
        "language": (
            "what language is {o} in?", "which language is {o} written in?", "is {o} in english, indonesian or mixed?",
            "in which language is {o}?", "what language was used to write {o}?", "is {o} english or indonesian?",
            "english, indonesian or mixed: what is {o}?", "what language do they use in {o}?", "{o} is in which language?",
            "which language did the writer of {o} use?",
            "say whether {o} is english, indonesian or mixed",
            "{o}: english, indonesian, or mixed?",
            "tell the language of {o}",
            "is {o} a mix of languages or one: english, indonesian, mixed?",
            "language used in {o}?",
        ),
    },
    "id": {
        "topic": (
            "{o} tentang apa?", "{o} membahas apa?", "{o} bicara soal apa?", "{o} masuk kategori apa?", "apa pokok bahasan {o}?",
            "isi {o} tentang apa?", "{o} berkaitan dengan bidang apa?", "topik apa yang dibahas {o}?", "bidang apa {o}?", "{o} ngomongin apa?",
            "bidang apa yang cocok untuk {o}?",
            "kalau diberi tag, {o} tag apa?",
            "intinya {o} soal apa?",
            "hal apa yang dibicarakan {o}?",
            "{o} masuk bidang apa?",
        ),
        "sentiment": (
            "{o} positif, negatif atau netral?", "apakah {o} positif atau negatif?", "{o} bernada positif, negatif atau netral?",
            "{o} itu pujian atau kritik, positif atau negatif?", "penulis {o} senang atau tidak: positif, negatif, netral?",
            "positif, negatif, netral: {o} yang mana?", "bagaimana nada {o}?", "perasaan apa yang ada di {o}?",
            "apakah {o} terdengar positif?", "gimana sentimen {o}?",
            "pendapat {o} positif, negatif atau netral?",
            "opini apa yang ada di {o}, positif atau negatif?",
            "nilai sentimen {o}: positif, negatif, netral",
            "{o} suka atau tidak suka, positif atau negatif?",
            "sikap {o} bagaimana?",
        ),
        "spam": (
            "apakah {o} spam?", "{o} spam atau bukan?", "apakah {o} iklan?", "{o} termasuk spam?", "mungkinkah {o} spam?",
            "menurutmu {o} spam?", "apakah {o} mengandung promosi?", "{o} jualan bukan?", "apakah {o} penipuan atau iklan?",
            "haruskah {o} dihapus karena spam?", "spam? ya atau tidak", "cek apakah {o} spam", "{v} apakah {o} spam", "apa {o} terlihat seperti spam?",
            "ada iklan di {o}?",
            "apakah {o} cuma promosi?",
            "penulis {o} mau jualan?",
            "{o} spam, ya atau tidak?",
        ),
        "toxicity": (
            "apakah {o} toksik?", "{o} toksik atau tidak?", "apakah {o} menghina?", "{o} termasuk toksik?", "bisakah {o} disebut toksik?",
            "menurutmu {o} toksik?", "apakah {o} mengandung hinaan?", "ada hinaan di {o}?", "apakah {o} menyerang orang?",
            "haruskah {o} disembunyikan karena kasar?", "toksik? ya atau tidak", "cek apakah {o} menghina", "{v} apakah {o} toksik", "apa {o} terlihat toxic?",
            "ada kata kasar di {o}?",
            "apakah {o} kasar ke orang?",
            "penulis {o} menghina seseorang?",
            "{o} toksik, ya atau tidak?",
        ),
        "language": (
            "{o} bahasa apa?", "{o} pakai bahasa apa?", "{o} ditulis dalam bahasa apa?", "bahasa apa yang dipakai {o}?",
            "{o} berbahasa apa?", "{o} bahasa indonesia, inggris atau campuran?", "apakah {o} bahasa inggris atau indonesia?",
            "dalam bahasa apa {o}?", "inggris, indonesia atau campuran: {o} yang mana?", "penulis {o} memakai bahasa apa?",
            "sebut bahasa {o}: indonesia, inggris atau campuran",
            "{o}: inggris, indonesia, atau campuran?",
            "apa bahasa {o}?",
            "{o} satu bahasa atau campuran?",
            "bahasa yang dipakai {o}?",
        ),
    },
}  # fmt: skip


def put_together(rng: random.Random, task: str, noun: str, tongue: Tongue, *, unseen: bool) -> str:
    """A question from parts. With `unseen`, its form and its object are held out of training."""
    yes_no = task in ("spam", "toxicity")
    forms = ASKED[tongue][task] if rng.random() < (0.8 if yes_no else 0.4) else NOUN_FORMS[tongue]
    text = seen(rng, forms, unseen=unseen).format(
        v=seen(rng, VERBS[tongue], unseen=unseen),
        k=noun,
        o=seen(rng, OBJECTS[tongue], unseen=unseen),
    )
    if rng.random() < 0.3:
        text = f"{seen(rng, OPENINGS[tongue], unseen=unseen)} {text}"
    if not unseen and rng.random() < 0.12:
        words = text.split()
        if len(words) > 4:
            # A slip: one of the little words is missing. The one that decides is long.
            at = rng.randrange(len(words))
            if len(words[at]) <= 4:
                del words[at]
            text = " ".join(words)
    return text[:1].upper() + text[1:] if rng.random() < 0.7 else text
