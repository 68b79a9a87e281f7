"""The words that synthetic comments are made of, in Indonesian and English.

Written by hand for this project. Register: what people write under short videos, so slang and
loan words are in, and insults are mild ones: enough to learn what toxicity looks like here, no
slurs against groups of people.
"""

# ruff: noqa: E501 (word lists read better unbroken)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

Words = Sequence[str]


def _(text: str) -> Words:
    return tuple(part.strip() for part in text.split(",") if part.strip())


THINGS: Final[Mapping[str, Mapping[str, Words]]] = {
    "food": {
        "en": _(
            "noodles, fried rice, recipe, sauce, burger, cake, chicken, soup, street food, chef, meatballs, curry, pizza, "
            "steak, dumplings, dessert, pancake, spicy ramen, sandwich, ice cream, cooking, kitchen, satay, bread, snack"
        ),
        "id": _(
            "bakso, nasi goreng, sambal, seblak, resep, ayam geprek, mie ayam, rendang, martabak, sate, kuah, es teh, kue, "
            "masakan, gorengan, warung, soto, cilok, nasi padang, bumbu, dapur, jajanan, kopi susu, tempe, rasa makanan"
        ),
    },
    "music": {
        "en": _(
            "song, melody, beat, guitar solo, chorus, voice, remix, lyrics, cover song, drummer, album, concert, piano, "
            "bass line, singer, rapper, playlist, vocals, acoustic version, band, track, intro music, choir, violin"
        ),
        "id": _(
            "lagu, suara, lirik, melodi, nada, gitar, konser, penyanyi, musik, dangdut, koplo, cover lagu, drum, reff, "
            "album, vokal, nyanyi, aransemen, band, petikan gitar, lagu galau, irama, piano, orkes, suling"
        ),
    },
    "beauty": {
        "en": _(
            "makeup, lipstick, eyeliner, skincare, foundation, blush, serum, hair color, mascara, sunscreen, nail art, "
            "face mask, concealer, lip tint, hairstyle, eyeshadow, moisturizer, toner, brows, acne cream, glow up"
        ),
        "id": _(
            "makeup, lipstik, bedak, skincare, alis, rambut, serum, masker wajah, kulit, riasan, sunscreen, cushion, "
            "pelembap, bulu mata, cat rambut, jerawat, lip tint, kuku, glowing, sabun muka, krim malam"
        ),
    },
    "fashion": {
        "en": _(
            "outfit, dress, sneakers, jacket, jeans, hoodie, bag, shoes, fit check, hat, necklace, shirt, style, skirt, "
            "coat, boots, earrings, thrift haul, sweater, sunglasses, batik shirt, color combo"
        ),
        "id": _(
            "baju, celana, sepatu, jaket, hijab, gamis, kemeja, tas, kebaya, rok, outfit, kaos, topi, batik, sandal, "
            "gaya berpakaian, kalung, sweater, jilbab, thrift, kacamata, model baju"
        ),
    },
    "gaming": {
        "en": _(
            "gameplay, headshot, boss fight, speedrun, clutch, skin, ranked match, build, aim, combo, level, loot, "
            "server lag, patch, controller, final boss, lobby, sniper shot, teammate, stream, mobile game, matchmaking"
        ),
        "id": _(
            "game, mabar, push rank, hero, skin, lag, turret, jungler, savage, combo, musuh, tim lawan, akun ml, "
            "gameplay, server, build item, epic, mythic, headshot, turnamen esport, level, map baru"
        ),
    },
    "sports": {
        "en": _(
            "goal, match, referee, penalty, dribble, coach, dunk, free kick, keeper, team, tournament, workout, badminton final, "
            "striker, assist, league, marathon, smash, training, volleyball, knockout, defender"
        ),
        "id": _(
            "gol, pertandingan, wasit, penalti, kiper, timnas, pelatih, pemain, bulu tangkis, smash, sepak bola, voli, "
            "latihan, umpan, striker, lari pagi, final, liga, stadion, tendangan bebas, olahraga, babak kedua"
        ),
    },
    "travel": {
        "en": _(
            "beach, view, hotel, mountain, trip, island, waterfall, sunset, flight, road trip, camping spot, city tour, "
            "temple, villa, lake, hiking trail, hostel, train ride, itinerary, airport, snorkeling, landscape"
        ),
        "id": _(
            "pantai, pemandangan, gunung, hotel, liburan, pulau, air terjun, villa, candi, wisata, tiket pesawat, "
            "danau, kemah, jalan jalan, penginapan, pendakian, kota tua, sunset, bandara, rute, kebun teh, bukit"
        ),
    },
    "pets": {
        "en": _(
            "cat, dog, kitten, puppy, hamster, parrot, golden retriever, bunny, paws, tail, meow, fish tank, turtle, "
            "cat food, leash, vet, goldfish, bird, corgi, fluffy ears, litter box, dog trick"
        ),
        "id": _(
            "kucing, anjing, anabul, kelinci, hamster, burung, kura kura, ikan cupang, anak kucing, oyen, bulu kucing, "
            "kandang, makanan kucing, dokter hewan, ayam peliharaan, ekor, lovebird, akuarium, meong, anjing kecil, kucing kampung"
        ),
    },
    "comedy": {
        "en": _(
            "joke, punchline, skit, prank, ending, parody, timing, impression, plot twist, stand up, meme, acting, "
            "facial expression, roast, sketch, dad joke, comedian, blooper, one liner, funny face"
        ),
        "id": _(
            "lawakan, jokes, prank, ending, parodi, ekspresi, receh, akting, plot twist, sketsa, komedi, tebak tebakan, "
            "pelawak, lelucon, muka lucu, dialog kocak, meme, stand up, gombalan, tingkah"
        ),
    },
    "education": {
        "en": _(
            "explanation, tutorial, lesson, math trick, teacher, history facts, grammar tip, experiment, science, "
            "study tips, formula, exam, course, homework, physics, english class, biology, vocabulary, lecture, diagram"
        ),
        "id": _(
            "penjelasan, materi, tutorial, guru, rumus, matematika, sejarah, ujian, soal, pelajaran, tips belajar, "
            "eksperimen, fisika, bahasa inggris, tugas sekolah, kuliah, dosen, skripsi, kimia, buku pelajaran"
        ),
    },
    "tech": {
        "en": _(
            "phone, laptop, camera, battery, app, update, screen, charger, keyboard, review unit, headphones, drone, "
            "processor, smartwatch, software, tablet, wifi, storage, robot, graphics card, chip, usb cable"
        ),
        "id": _(
            "hp, laptop, kamera, baterai, aplikasi, layar, charger, keyboard, headset, drone, prosesor, jam pintar, "
            "sinyal, wifi, memori, update hp, robot, tablet, casing, harga hp, kabel data, internet"
        ),
    },
    "other": {
        "en": _(
            "video, content, edit, transition, clip, post, account, page, caption, vlog, upload, channel"
        ),
        "id": _(
            "video, konten, editan, transisi, postingan, akun, caption, vlog, fyp, channel, upload, klip"
        ),
    },
}

GOOD: Final[Mapping[str, Words]] = {
    "en": _(
        "amazing, so good, perfect, awesome, beautiful, incredible, brilliant, insane in a good way, wonderful, fire, "
        "top tier, underrated, lovely, the best, excellent, impressive, elite, super cool, goated, stunning, great, flawless, "
        "satisfying, so cute, fantastic, unreal, a masterpiece, adorable, chef's kiss, iconic"
    ),
    "id": _(
        "keren, bagus, mantap, mantul, cakep, kece, gokil, lucu, cantik, sempurna, juara, oke punya, memuaskan, indah, "
        "hebat, luar biasa, enak dilihat, gemesin, asik, top, jos, epik, menarik, kece badai, terbaik, ciamik, menghibur, "
        "rapi, bikin kagum, ga ada lawan"
    ),
}
BAD: Final[Mapping[str, Words]] = {
    "en": _(
        "terrible, so bad, boring, overrated, disappointing, awful, mid, trash, the worst, annoying, ugly, cringe, weak, "
        "messy, horrible, a letdown, lame, poor, ridiculous, painful to watch, bland, broken, fake, pathetic, a waste of time, "
        "not worth it, dull, sloppy, mediocre, unwatchable"
    ),
    "id": _(
        "jelek, parah, bosenin, mengecewakan, biasa aja ga ada bagusnya, payah, ampas, norak, ga banget, garing, buruk, "
        "nyebelin, kacau, lebay, hancur, ga worth it, zonk, malesin, aneh dan jelek, berantakan, ga jelas, bikin kesel, "
        "kurang banget, gagal total, membosankan, bikin sakit mata, palsu, menyebalkan, ga niat, cupu"
    ),
}
TASTY: Final[Mapping[str, Mapping[str, tuple[Words, Words]]]] = {
    # topic -> language -> (good, bad): words that go with one topic.
    "food": {
        "en": (_("delicious, so tasty, mouthwatering, crispy, yummy"), _("tasteless, too salty, burnt, greasy, undercooked")),
        "id": (_("enak, lezat, gurih, bikin ngiler, maknyus"), _("hambar, keasinan, gosong, amis, ga enak")),
    },
    "music": {
        "en": (_("so catchy, goosebumps material, on repeat, soulful"), _("off key, out of tune, noisy, ear bleeding")),
        "id": (_("merdu, bikin merinding, candu, enak didengar"), _("fals, sumbang, berisik, bikin sakit kuping")),
    },
    "beauty": {
        "en": (_("glowing, gorgeous, so smooth, dewy"), _("cakey, patchy, too dark, breaking me out")),
        "id": (_("glowing, mulus, manglingi, halus"), _("belang, dempul, bikin jerawatan, luntur")),
    },
    "fashion": {
        "en": (_("stylish, so chic, classy, well fitted"), _("tacky, outdated, see through, badly fitted")),
        "id": (_("modis, stylish, anggun, cocok banget"), _("norak, kampungan, kebesaran, ketinggalan zaman")),
    },
    "gaming": {
        "en": (_("clean, cracked, pro level, smooth"), _("laggy, unbalanced, full of bugs, pay to win")),
        "id": (_("jago, gg, pro, lancar"), _("ngelag, ngebug, noob, beban tim")),
    },
    "sports": {
        "en": (_("world class, legendary, clinical, unstoppable"), _("unfair, offside all day, clumsy, out of shape")),
        "id": (_("kelas dunia, gacor, lincah, membanggakan"), _("curang, berat sebelah, lembek, blunder terus")),
    },
    "travel": {
        "en": (_("breathtaking, peaceful, like paradise, scenic"), _("overcrowded, dirty, overpriced, a tourist trap")),
        "id": (_("adem, kayak surga, healing banget, asri"), _("kotor, kemahalan, penuh sampah, macet parah")),
    },
    "pets": {
        "en": (_("fluffy, so adorable, precious, cuddly"), _("neglected, badly treated, too thin, smelly")),
        "id": (_("imut, gembul, menggemaskan, unyu"), _("ga terawat, kurus kering, bau, kasian disiksa")),
    },
    "comedy": {
        "en": (_("hilarious, so funny, comedy gold, laugh out loud funny"), _("unfunny, forced, stolen, dry")),
        "id": (_("ngakak, kocak, bikin sakit perut, lucu parah"), _("garing, ga lucu, maksa, basi")),
    },
    "education": {
        "en": (_("clear, helpful, easy to follow, so informative"), _("confusing, wrong, misleading, too fast to follow")),
        "id": (_("jelas, gampang dipahami, bermanfaat, ngebantu"), _("bikin bingung, salah, muter muter, menyesatkan")),
    },
    "tech": {
        "en": (_("fast, sleek, snappy, value for money"), _("slow, buggy, overheating, full of ads")),
        "id": (_("ngebut, awet, canggih, worth it"), _("lemot, panas, boros, banyak iklan")),
    },
    "other": {
        "en": (_("wholesome, relatable, worth watching"), _("clickbait, reposted, pointless")),
        "id": (_("relate, bermanfaat, layak fyp"), _("clickbait, hasil repost, ga penting")),
    },
}  # fmt: skip
INSULTS: Final[Mapping[str, Words]] = {
    "en": _(
        "idiot, clown, loser, moron, stupid, dumb, pathetic loser, brainless, garbage human, ugly clown, dumbass, fool, "
        "waste of oxygen, disgusting person, psycho"
    ),
    "id": _(
        "goblok, tolol, bego, bodoh, kampret, sampah masyarakat, dungu, anjing lo, muka tembok, otak udang, bangsat, "
        "pecundang, badut jelek, manusia sampah, brengsek"
    ),
}
OFFERS: Final[Mapping[str, Words]] = {
    "en": _(
        "free followers, a free iphone, crypto signals, easy loans, casino bonus, cheap likes, gift cards, 500 dollars a day, "
        "weight loss pills, forex profits, investment doubling, premium accounts"
    ),
    "id": _(
        "slot gacor, pinjaman online cair cepat, followers murah, pulsa gratis, hp gratis, arisan online, obat pelangsing, "
        "peninggi badan, investasi pasti untung, akun premium murah, giveaway saldo dana, judi bola"
    ),
}
EMOJI: Final[Mapping[str, Words]] = {
    "positive": _("😂, 😍, 🔥, ❤️, 🥰, 👏, 💯, 🤩, 😭❤️, ✨, 👍, 🫶, 🙌"),
    "negative": _("😡, 👎, 🤮, 😒, 💀, 🙄, 😤, 😑, 🤦, 💩"),
    "neutral": _("🤔, 👀, 🙏, 😅, 📍, 🎥, ☝️, 🙋"),
    "spam": _("💰, 🎁, 👉, 🤑, 📲, 🔗, 💸, ✅"),
}
SLANG: Final[Mapping[str, str]] = {
    # Indonesian shorthand; applied at random, so both spellings are seen.
    "banget": "bgt", "yang": "yg", "tidak": "gak", "ga": "gk", "sama": "ama", "juga": "jg", "kenapa": "knp",
    "dengan": "dgn", "kalau": "klo", "sudah": "udh", "belum": "blm", "saja": "aja", "dimana": "dmn", "tolong": "tlg",
    "you": "u", "are": "r", "please": "pls", "because": "bc", "really": "rly", "people": "ppl", "what": "wut",
    "the best": "da best", "thanks": "thx", "about": "abt",
}  # fmt: skip
