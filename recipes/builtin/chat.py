"""Small talk, so that a stranger's first call makes sense: greetings, what it is, replies, and
honest limits.

Not a skill that is measured beyond "the reply is one of these": the model is a classifier that
can say hello.
"""

# ruff: noqa: E501 (word lists read better unbroken)

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recipes.builtin.asks import ROLES, WORDS, Ask, Tongue

from stillhouse.upstream.builtin.prompt import Message

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from recipes.builtin.comments import Comment

ABOUT: Final = {
    "en": "I am Stillhouse's built-in model. I read comments under short videos, in Indonesian and English, and tell you "
    "their topic, sentiment, spam, toxicity and language, in one word or as JSON.",
    "id": "Saya model bawaan Stillhouse. Saya membaca komentar video pendek dalam bahasa Indonesia dan Inggris, lalu "
    "menyebutkan topik, sentimen, spam, toksisitas dan bahasanya, dalam satu kata atau JSON.",
}
LIMIT: Final = {
    "en": "I am a very small model and only know about comments under short videos. Give me a comment and ask for its "
    "topic, sentiment, spam, toxicity or language.",
    "id": "Saya model yang sangat kecil dan hanya paham komentar video pendek. Beri saya komentar, lalu tanyakan topik, "
    "sentimen, spam, toksisitas atau bahasanya.",
}
HELLO: Final = {
    "en": "Hello! Give me a comment and I will tell you what it is about.",
    "id": "Halo! Beri saya komentar, nanti saya sebutkan isinya tentang apa.",
}
TALK: Final[dict[Tongue, Sequence[tuple[Sequence[str], str]]]] = {
    "en": (
        (("Say hello", "say hello", "Say hello!", "Hello", "hello", "Hi", "hi there", "Hey", "hello!", "Hello there",
          "Say hi", "Good morning", "greet me", "Hello, world", "Say hello in one sentence", "Say hello to the world",
          "hi!", "hey there", "Please say hello.", "Hello!"), HELLO["en"]),
        (("What can you do?", "what can you do", "Who are you?", "What are you?", "Help", "help me", "How do I use you?",
          "Introduce yourself", "what is this model", "Tell me about yourself", "What model are you?", "How can you help me?",
          "What are your capabilities?", "what do you do?", "Which model is this?"), ABOUT["en"]),
        (("Thanks", "thank you", "Thank you!", "great, thanks", "thx", "ok thanks"), "You are welcome!"),
        (("Bye", "goodbye", "see you", "Good night", "bye bye"), "Goodbye!"),
        (("How are you?", "how are you doing", "How is it going?", "what's up"), "I am fine, thank you. Do you have a comment for me?"),
        (("Are you there?", "ping", "test", "Test message", "testing", "Are you working?", "this is a test"), "I am here."),
        (("What is 2+2?", "Write a poem", "Who is the president?", "Tell me a joke", "Write python code", "What is the weather today?",
          "Translate this to French", "Explain quantum physics", "Count to ten", "What is the capital of France?",
          "Summarize this article", "Write a story about a dragon", "What time is it?", "Solve this equation", "Write an essay",
          "Give me a recipe for soup", "What is love?", "How far is the moon?", "Who won the world cup?", "Name three colors",
          "Why is the sky blue?", "Write a haiku", "What should I cook tonight?", "Plan my holiday", "Write SQL for me"), LIMIT["en"]),
    ),
    "id": (
        (("Halo", "halo", "Hai", "hai", "Selamat pagi", "Selamat siang", "Bilang halo", "Katakan halo", "halo!", "Sapa aku",
          "Assalamualaikum", "Ucapkan salam", "Permisi", "Selamat malam", "hai kak"), HELLO["id"]),
        (("Kamu bisa apa?", "Siapa kamu?", "Apa yang bisa kamu lakukan?", "Bantu aku", "bantuan", "Kamu model apa?",
          "Perkenalkan dirimu", "Cara pakainya gimana?", "Ini model apa?", "kamu siapa", "Apa kemampuanmu?"), ABOUT["id"]),
        (("Makasih", "terima kasih", "Terima kasih!", "makasih ya", "oke makasih"), "Sama-sama!"),
        (("Dadah", "sampai jumpa", "selamat tinggal", "bye kak"), "Sampai jumpa!"),
        (("Apa kabar?", "gimana kabarmu", "Kabar baik?"), "Baik, terima kasih. Ada komentar untuk saya?"),
        (("Tes", "tes tes", "Kamu di sana?", "ini tes", "cek"), "Saya di sini."),
        (("Berapa 2+2?", "Buatkan puisi", "Siapa presiden Indonesia?", "Ceritakan lelucon", "Buat kode python", "Cuaca hari ini?",
          "Terjemahkan ini", "Jelaskan fisika kuantum", "Hitung sampai sepuluh", "Apa ibu kota Prancis?", "Buat cerita pendek",
          "Jam berapa sekarang?", "Tulis esai", "Kasih resep rendang", "Apa itu cinta?", "Rekomendasi film dong",
          "Kenapa langit biru?", "Rencanakan liburanku", "Siapa juara piala dunia?", "Sebutkan tiga warna"), LIMIT["id"]),
    ),
}  # fmt: skip
REPLY: Final[dict[Tongue, Sequence[str]]] = {
    "en": ("Write a short reply to this comment: {c}", "Reply to this comment: {c}", "How should the creator answer? {c}",
           "Draft an answer to: {c}", "Suggest a reply\n\n{c}"),
    "id": ("Tulis balasan singkat untuk komentar ini: {c}", "Balas komentar ini: {c}", "Kreator sebaiknya jawab apa? {c}",
           "Buat balasan untuk: {c}", "Sarankan balasan\n\n{c}"),
}  # fmt: skip
WRITE: Final[dict[Tongue, Sequence[str]]] = {
    "en": ("Write a {s} comment about {t}", "Give me an example of a {s} comment on a {t} video", "Invent a {s} {t} comment",
           "Example: {s}, {t}"),
    "id": ("Tulis komentar {s} tentang {t}", "Beri contoh komentar {s} di video {t}", "Karang komentar {s} soal {t}",
           "Contoh: {s}, {t}"),
}  # fmt: skip


def talk(rng: random.Random) -> Ask:
    tongue: Tongue = rng.choice(("en", "id"))
    asked, answer = rng.choices(TALK[tongue], (4, 4, 1, 1, 1, 1, 4))[0]
    text = rng.choice(asked)
    if rng.random() < 0.2:
        text = text.rstrip("?!.") + rng.choice(("", "?", "!", ".", " please", " kak", " :)"))
    messages = [Message("user", text), Message("assistant", answer)]
    if rng.random() < 0.3:
        messages.insert(0, Message("system", rng.choice(ROLES[tongue])))
    return Ask(tuple(messages), "chat", tongue)


def reply(rng: random.Random, comment: Comment) -> Ask:
    """What the creator may answer: depends on sentiment, spam and toxicity, and names the thing."""
    tongue: Tongue = rng.choice(("en", "id"))
    thing = comment.thing or "video"
    english = tongue == "en"
    if comment.spam:
        answer = "Please do not advertise here." if english else "Mohon jangan promosi di sini."
    elif comment.toxicity:
        answer = "Please be kind to each other." if english else "Mohon saling menghargai ya."
    elif comment.sentiment == "positive":
        answer = (
            f"Thank you! Glad you like the {thing}."
            if english
            else f"Makasih! Senang kamu suka {thing}nya."
        )
    elif comment.sentiment == "negative":
        answer = (
            f"Thanks for telling us. We will do better with the {thing}."
            if english
            else f"Makasih masukannya. {thing.capitalize()}nya akan kami perbaiki."
        )
    else:
        answer = (
            f"Good point! More about the {thing} soon."
            if english
            else f"Siap! Nanti kami bahas {thing}nya lagi."
        )
    text = rng.choice(REPLY[tongue]).format(c=comment.text)
    return Ask((Message("user", text), Message("assistant", answer)), "reply", tongue)


def write(rng: random.Random, comment: Comment) -> Ask:
    """The other way round: labels in, a comment out."""
    tongue: Tongue = rng.choice(("en", "id"))
    text = rng.choice(WRITE[tongue]).format(
        s="spam" if comment.spam else WORDS[tongue]["sentiment"][comment.sentiment],
        t=WORDS[tongue]["topic"][comment.topic],
    )
    return Ask((Message("user", text), Message("assistant", comment.text)), "write", tongue)
