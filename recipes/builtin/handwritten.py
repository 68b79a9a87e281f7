"""Comments and prompts written by hand, one by one, that no generator wrote: the honest test.

Never trained on; labels are the author's own. Two sets. COMMENTS x PROMPTS was written before the
first training run, and its errors were read to see where the generator was too narrow.
BLIND_COMMENTS x BLIND_PROMPTS was written after that; only its totals were ever looked at.
"""

# ruff: noqa: E501 (word lists read better unbroken)

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING, Final

from recipes.builtin.asks import TASKS, WORDS, Ask, label
from recipes.builtin.comments import Comment

from stillhouse.upstream.builtin.prompt import Message

if TYPE_CHECKING:
    from collections.abc import Iterator


def _c(text: str, topic: str, sentiment: str, language: str, flags: str = "") -> Comment:
    return Comment(text, topic, sentiment, "s" in flags, "t" in flags, language, "")


COMMENTS: Final = (
    _c(
        "I tried this at home and my kids finished the whole pot, thank you!",
        "food",
        "positive",
        "en",
    ),
    _c("why would anyone put pineapple on a pizza, gross", "food", "negative", "en"),
    _c("how many eggs go into the cake?", "food", "neutral", "en"),
    _c("she sings like an angel omg", "music", "positive", "en"),
    _c("the drummer is way too loud, my ears hurt", "music", "negative", "en"),
    _c("what song is playing at the start?", "music", "neutral", "en"),
    _c("your lipstick looks gorgeous on you 😍", "beauty", "positive", "en"),
    _c("that foundation made my skin break out badly", "beauty", "negative", "en"),
    _c("those sneakers are fire 🔥", "fashion", "positive", "en"),
    _c("does the jacket come in black?", "fashion", "neutral", "en"),
    _c("insane clutch in that last round, well played", "gaming", "positive", "en"),
    _c("the servers lag every night, i quit this game", "gaming", "negative", "en"),
    _c("what a goal from the striker!!", "sports", "positive", "en"),
    _c("the referee ruined the match for us", "sports", "negative", "en"),
    _c("i want to visit that beach so badly, beautiful", "travel", "positive", "en"),
    _c("the hotel was dirty and way too expensive", "travel", "negative", "en"),
    _c("my cat does exactly the same haha so cute", "pets", "positive", "en"),
    _c("how old is your dog?", "pets", "neutral", "en"),
    _c("i laughed so hard at the punchline 😂😂", "comedy", "positive", "en"),
    _c("that joke was not funny at all", "comedy", "negative", "en"),
    _c("finally a teacher who explains math clearly", "education", "positive", "en"),
    _c("battery dies after two hours, do not buy this phone", "tech", "negative", "en"),
    _c("which laptop would you take for school?", "tech", "neutral", "en"),
    _c("earn 300 dollars daily from home, message me on telegram", "other", "neutral", "en", "s"),
    _c("free gift cards!! link in my profile 🎁", "other", "neutral", "en", "s"),
    _c("you are a stupid clown, delete this channel", "other", "negative", "en", "t"),
    _c("what an idiot, nobody wants to see your ugly face", "other", "negative", "en", "t"),
    _c("resepnya gampang, anak saya suka banget, makasih kak", "food", "positive", "id"),
    _c("sambalnya kurang pedas, rasanya hambar", "food", "negative", "id"),
    _c("ayam gepreknya pakai tepung apa?", "food", "neutral", "id"),
    _c("suaranya merdu sekali sampai merinding", "music", "positive", "id"),
    _c("lagunya bikin ngantuk, ga enak", "music", "negative", "id"),
    _c("judul lagu ini apa ya?", "music", "neutral", "id"),
    _c("lipstiknya cantik banget dipakai kakak 😍", "beauty", "positive", "id"),
    _c("habis pakai serum ini malah jerawatan", "beauty", "negative", "id"),
    _c("bajunya bagus kak, cocok buat lebaran", "fashion", "positive", "id"),
    _c("sepatunya ukuran berapa kak?", "fashion", "neutral", "id"),
    _c("timnya beban semua, males main game ini", "gaming", "negative", "id"),
    _c("hero favoritku nih, mantap banget mainnya", "gaming", "positive", "id"),
    _c("gol terakhirnya keren, bangga sama timnas", "sports", "positive", "id"),
    _c("wasitnya berat sebelah, kesel nontonnya", "sports", "negative", "id"),
    _c("pantainya indah banget, pengen kesana", "travel", "positive", "id"),
    _c("tiket masuk candinya berapa?", "travel", "neutral", "id"),
    _c("kucingnya lucu banget, gemes", "pets", "positive", "id"),
    _c("kasihan anjingnya kurus, ga diurus", "pets", "negative", "id"),
    _c("ngakak parah liat ekspresinya 😂", "comedy", "positive", "id"),
    _c("penjelasannya jelas, sekarang aku paham matematika", "education", "positive", "id"),
    _c("hp ini cepat panas, nyesel beli", "tech", "negative", "id"),
    _c("laptop ini cocok buat kuliah ga?", "tech", "neutral", "id"),
    _c("butuh dana cepat? hubungi wa 081234567", "other", "neutral", "id", "s"),
    _c("situs slot terpercaya klik link di bio", "other", "neutral", "id", "s"),
    _c("dasar tolol, muka lo jelek", "other", "negative", "id", "t"),
    _c("goblok banget lo, mending hapus akun", "other", "negative", "id", "t"),
    _c("this recipe gampang banget, thank you kak", "food", "positive", "mixed"),
    _c("lagunya so beautiful, i'm crying", "music", "positive", "mixed"),
    _c("outfitnya cute banget, where did you buy kak?", "fashion", "positive", "mixed"),
    _c("sorry but makeupnya too much, ga suka", "beauty", "negative", "mixed"),
    _c("the view di gunungnya amazing parah", "travel", "positive", "mixed"),
    _c("my kucing juga like that wkwk lucu", "pets", "positive", "mixed"),
    _c("get free followers kak, klik bio ya", "other", "neutral", "mixed", "s"),
    _c("lo emang stupid banget, shut up deh", "other", "negative", "mixed", "t"),
)
PROMPTS: Final = (
    # (task, language of the question, text)
    ("topic", "en", "In a single word, what subject area does the remark below belong to?\n\n{c}"),
    ("topic", "en", "A viewer left this under a clip: {c}. Tag it with one topic, please."),
    ("topic", "id", "Ada penonton menulis: {c}. Kira kira topiknya apa?"),
    ("sentiment", "en", "Would you call this feedback positive, negative or neutral?\n{c}"),
    ("sentiment", "en", "{c}\n\nSentiment (positive / negative / neutral):"),
    ("sentiment", "id", "Menurutmu komentar ini bernada positif, negatif, atau netral? {c}"),
    ("spam", "en", "Could the following message be spam? Say yes or no. {c}"),
    ("spam", "id", "Tolong periksa, ini termasuk spam? Jawab ya atau tidak.\n{c}"),
    ("toxicity", "en", "Would a moderator call this toxic? yes/no\n\n{c}"),
    ("toxicity", "id", "Apakah ada hinaan di komentar berikut? Jawab ya atau tidak: {c}"),
    ("language", "en", "Name the language used here (english, indonesian or mixed): {c}"),
    ("language", "id", "Komentar berikut ditulis memakai bahasa apa: {c}"),
    ("json", "en", "Please annotate the remark with topic, sentiment, spam, toxicity, language and hand it back as JSON.\n\n{c}"),
    ("json", "id", "Tolong anotasi komentar ini (topic, sentiment, spam, toxicity, language) dan kirim sebagai JSON:\n{c}"),
)  # fmt: skip

BLIND_COMMENTS: Final = (
    _c("my grandma cooks it exactly like this, tastes like home", "food", "positive", "en"),
    _c("way too much salt on that steak, would not eat", "food", "negative", "en"),
    _c("that guitar riff has been in my head all day, love it", "music", "positive", "en"),
    _c("who sings the chorus in this track?", "music", "neutral", "en"),
    _c("this mascara looks cheap and clumpy, hate it", "beauty", "negative", "en"),
    _c("where can I buy that dress?", "fashion", "neutral", "en"),
    _c("best boss fight I have watched in months", "gaming", "positive", "en"),
    _c("the coach made terrible choices in the final", "sports", "negative", "en"),
    _c("is the waterfall open in december?", "travel", "neutral", "en"),
    _c("aww those kittens melted my heart", "pets", "positive", "en"),
    _c("the acting in this skit is so bad", "comedy", "negative", "en"),
    _c("thanks, your grammar lesson helped me pass the exam", "education", "positive", "en"),
    _c("the new update made the app slow and full of ads", "tech", "negative", "en"),
    _c("double your bitcoin in a week, write to me on whatsapp", "other", "neutral", "en", "s"),
    _c("shut your mouth you brainless moron", "other", "negative", "en", "t"),
    _c("rendangnya bikin laper, juara kak", "food", "positive", "id"),
    _c("baksonya amis, ga lagi lagi beli di situ", "food", "negative", "id"),
    _c("konsernya pecah banget semalam, puas", "music", "positive", "id"),
    _c("serum yang dipakai merk apa kak?", "beauty", "neutral", "id"),
    _c("hijabnya cakep, bahannya adem", "fashion", "positive", "id"),
    _c("lag terus tiap push rank, emosi", "gaming", "negative", "id"),
    _c("kapan timnas main lagi?", "sports", "neutral", "id"),
    _c("gunungnya penuh sampah, sedih liatnya", "travel", "negative", "id"),
    _c("kelincinya gembul, pengen peluk", "pets", "positive", "id"),
    _c("lawakannya garing, udah basi", "comedy", "negative", "id"),
    _c("makasih pak guru, materinya gampang dipahami", "education", "positive", "id"),
    _c("kameranya jernih, baterainya awet", "tech", "positive", "id"),
    _c("jual akun premium murah, chat admin sekarang", "other", "neutral", "id", "s"),
    _c("otak udang lo, ga usah ngonten lagi", "other", "negative", "id", "t"),
    _c("so proud sama timnas, what a match kak", "sports", "positive", "mixed"),
    _c("kak the cake looks enak banget, share resep dong please", "food", "positive", "mixed"),
    _c("honestly hp ini overrated, cepet lowbat", "tech", "negative", "mixed"),
    _c("where is this pantai kak?", "travel", "neutral", "mixed"),
    _c("follow back dong, free followers for everyone", "other", "neutral", "mixed", "s"),
)
BLIND_PROMPTS: Final = (
    ("topic", "en", 'We sort viewer remarks by topic. What would be the right one for "{c}"?'),
    ("topic", "id", "Kalau harus memilih satu topik untuk tulisan di bawah, apa pilihanmu?\n{c}"),
    ("sentiment", "en", "{c}\n\nHow would you score the sentiment here: positive, negative, or neutral?"),
    ("sentiment", "id", "Secara sentimen, kalimat ini positif, negatif, atau netral?\n\n{c}"),
    ("spam", "en", "Our filter is unsure about this one. Spam, yes or no?\n{c}"),
    ("spam", "id", "Filter kami ragu. Apakah yang berikut ini spam, ya atau tidak? {c}"),
    ("toxicity", "en", "Would people find this toxic? Answer yes or no.\n\n{c}"),
    ("toxicity", "id", "Mengandung unsur toksik atau tidak? Jawab ya/tidak.\n{c}"),
    ("language", "en", "english, indonesian, or mixed? {c}"),
    ("language", "id", "Kira-kira bahasanya apa (inggris, indonesia, campuran)?\n{c}"),
    ("json", "en", "{c}\n\nGive me topic, sentiment, spam, toxicity and language for the above in a JSON object."),
)  # fmt: skip


def asks(*, blind: bool) -> Iterator[tuple[Ask, str]]:
    """Every comment with five of the prompts in turn, and the comment's language."""
    prompts = cycle(BLIND_PROMPTS if blind else PROMPTS)
    for comment in BLIND_COMMENTS if blind else COMMENTS:
        for _ in range(5):
            task, tongue, text = next(prompts)
            if task == "json":
                due = json.dumps({key: label(comment, key) for key in TASKS})
            else:
                due = WORDS["id" if tongue == "id" else "en"][task][label(comment, task)]
            messages = (Message("user", text.format(c=comment.text)), Message("assistant", due))
            yield Ask(messages, task, "id" if tongue == "id" else "en"), comment.language
