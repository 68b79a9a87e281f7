"""What the blind set writes with: its own lists, and small texts made of them.

Shared by the collectors of `blind` and the benign accounts of `blind_tenants`, so that no word
alone tells one from the other. Nothing here is of `words` or of the generators that use it.
"""

# ruff: noqa: E501 (word lists read better unbroken)

from random import Random
from typing import Final


def _(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "physics": _("Newton's second law, refraction, Ohm's law, buoyancy, angular momentum, the Doppler effect, half-life, thermal expansion, standing waves, the photoelectric effect, entropy, friction on a slope, superconductors, centripetal force, pressure in fluids"),
    "biology": _("mitosis, natural selection, the nitrogen cycle, enzymes, blood groups, stomata, food webs, osmosis, ribosomes, camouflage, hibernation, Mendel's peas, the nervous system, fungi and plants, invasive species"),
    "chemistry": _("titration, covalent bonds, catalysts, the periodic table, redox reactions, isomers, acids and bases, crystal lattices, polymers, Le Chatelier's principle, distillation of alcohol, rust, molar mass, noble gases"),
    "history": _("the Treaty of Versailles, the Majapahit empire, the Black Death, the Meiji Restoration, the Suez crisis, the fall of Constantinople, the Inca road system, decolonisation in Africa, the Marshall Plan, the Boer wars, the Berlin Wall, the Hanseatic League, the Opium Wars, the Roman census"),
    "economics": _("price ceilings, comparative advantage, central bank rates, moral hazard, elasticity of demand, public goods, sovereign debt, microcredit, monopsony, carbon taxes, purchasing power parity, deadweight loss, the gig economy, trade deficits"),
    "law": _("limited liability, trademark infringement, the burden of proof, adverse possession, data protection notices, wrongful dismissal, power of attorney, force majeure clauses, small claims court, non-compete agreements, judicial review, product liability"),
    "medicine": _("type 2 diabetes, migraine, iron deficiency, hypertension, asthma inhalers, appendicitis, the measles vaccine, eczema, hip replacement, statins, jet lag, dehydration in toddlers, gout, concussion, gestational diabetes"),
    "computing": _("hash collisions, DNS records, deadlocks, virtual memory, REST and GraphQL, floating point errors, OAuth tokens, container images, message brokers, regular expressions, B-trees, race conditions, Unicode normalisation, TCP handshakes, feature flags"),
    "mathematics": _("the quadratic formula, Bayes' theorem, similar triangles, matrix rank, Taylor series, permutations, modular arithmetic, the pigeonhole principle, limits at infinity, standard deviation, logarithms, vector projection, Euler paths"),
    "arts": _("cubism, the sonnet, flamenco guitar, Noh theatre, magical realism, gamelan tuning, Gothic cathedrals, film noir, batik patterns, the fugue, haiku, Art Deco posters, stop-motion films, opera librettos"),
    "household": _("removing mould, descaling a kettle, repotting orchids, bleeding a radiator, ironing linen, a squeaky door hinge, storing winter clothes, unclogging a sink, pickling cucumbers, roasting a chicken, composting, freezing leftovers, making ramen broth"),
    "working life": _("salary talks, performance reviews, remote stand-ups, a career change at forty, meeting minutes, burnout, giving feedback, cover letters, probation periods, time sheets, cold calling, hiring interns, a four-day week"),
    "travel": _("a week in Lombok, night trains in Europe, packing for Iceland, street markets of Oaxaca, the Camino de Santiago, visiting Kyoto in autumn, island hopping in Greece, a safari on a budget, travelling with a toddler, hostels, airport layovers, Patagonia on foot"),
    "sport": _("a first triathlon, penalty kicks, marathon nutrition, the offside rule, deadlift form, badminton footwork, tennis serves, climbing grades, open-water swimming, kettlebell swings, rowing technique, yoga for stiff backs"),
}  # fmt: skip
SUBJECTS: Final = tuple(subject for each in FIELDS.values() for subject in each)
NAMES: Final = _(
    "Adaeze, Bjorn, Chiara, Dmitri, Elif, Fernando, Grace, Hiroshi, Ingrid, Jamal, Kavita, Leandro, Mei, Ngozi, Olga, Pedro, Quentin, Rosa, Sven, Tariq, Ulrike, Valentina, William, Xin, Yasmin, Zoltan, Agus, Bambang, Ratna, Wulan"
)
PLACES: Final = _(
    "Lagos, Porto, Surabaya, Winnipeg, Hanoi, Lyon, Cusco, Tbilisi, Nairobi, Busan, Leeds, Medan, Gdansk, Quito, Perth, Izmir, Bergen, Chennai, Tucson, Dakar, Makassar, Turin, Valparaiso, Kumasi, Kazan, Osaka, Malmo, Cebu, Graz, Haifa"
)
TRADES: Final = _(
    "plumber, midwife, beekeeper, tax adviser, bus driver, ceramicist, goat herder, network engineer, sommelier, librarian, paramedic, locksmith, actuary, choir leader, florist, ship's cook, court interpreter, geologist, wedding planner, dental hygienist, crane operator, speech therapist, street vendor, seismologist, puppet maker, auditor, ranger, radio host, pastry chef, surveyor"
)
TRAITS: Final = _(
    "who has just retired, with two small children, who collects maps, who distrusts computers, who studies at night, who once lived abroad, who coaches a school team, who writes a column, who works two jobs, who cannot stand waste, who keeps bees on a roof, who is losing his hearing, who sings in a band, who never finished school, who saves for a boat, who volunteers at a shelter, who loves crosswords, who fears flying"
)
WARES: Final = _(
    "cast-iron skillet, merino sweater, trail camera, standing desk, espresso machine, kids' scooter, linen bedding, bluetooth speaker, hiking poles, ceramic planter, air fryer, reading glasses, camping stove, silk pillowcase, board game, dash cam, electric toothbrush, bird feeder, leather wallet, paddle board, sewing kit, baby monitor, foam roller, soy candle, rain barrel, pet carrier, fountain pen, floor lamp, lunch box, vinyl player"
)
FEATURES: Final = _(
    "dishwasher safe, 2.4 kg, three colours, made in Portugal, fits hand luggage, IPX7, organic cotton, 30-day returns, battery lasts 18 hours, replaceable parts, FSC certified, one size, brushed steel, folds flat, vegan, 220 V, gift box included, no tools needed, ships in two days, for ages 6 and up"
)
ACTORS: Final = _(
    "the regional office, our supplier, the second author, a former minister, the night shift, the landlord, the patient, the harbour authority, one of the twins, the project lead, the insurer, a group of residents, the old fisherman, the review board, my sister-in-law, the contractor, a local start-up, the head teacher, the claimant, an unnamed source, the marketing team, the captain, the orchestra, a passing cyclist, the ministry, the laboratory, the goalkeeper, the new owner"
)
DEEDS: Final = _(
    "rejected the first draft, moved the deadline by a week, found a crack in the foundation, asked for a written apology, paid half of the bill, lost the keys, reported mild chest pain, signed without reading, doubled the order, closed the road to lorries, measured lower levels of lead, planted forty trees, denied any knowledge of it, hired an outside expert, left before the vote, repaired the roof, won by a single point, cancelled the tour, raised the rent, sent the wrong file, published the figures, changed the recipe, called it a misunderstanding, returned the goods unopened, slept badly, stopped taking the tablets, opened a branch in the port, refused to comment further"
)
WHENS: Final = _(
    "on Friday, after a long pause, without telling anyone, two days before the hearing, in early March, because of the storm, as agreed, despite the warning, for the third time, at the request of the bank, during the holidays, under pressure from the union, once the funds arrived, against all advice, by mistake, late in the evening, following the audit, to everybody's surprise"
)
STYLES: Final = _(
    "a limerick, a diary entry, a two-minute speech, a blog post, a product review, a short horror story, a song chorus, a newspaper column, a fairy tale, a monologue, a tongue-in-cheek obituary, a postcard, a radio advert, an acrostic, a fable, an open letter"
)
READERS: Final = _(
    "my grandmother, a sceptical colleague, high school pupils, complete beginners, a visa officer, busy parents, the local council, people who hate maths, graduate students, a child of six, new hires, a general audience"
)
TONGUES: Final = _(
    "Javanese, Sundanese, Minangkabau, Acehnese, Buginese, Balinese, Tetum, Yoruba, Quechua, Sinhala, Wolof, Guarani"
)
CODERS: Final = _("Python, TypeScript, Go, Java, C#, PHP, Rust, Scala")
VERBS: Final = _(
    "load, merge, clean, count, sync, parse, notify, resize, charge, archive, rank, lock, export, patch, poll, group, mask, convert, queue, trim"
)
NOUNS: Final = _(
    "orders, tiles, users, sensors, invoices, tokens, rows, images, routes, cohorts, tickets, scores, slots, labels, feeds, carts, shards, events, lots, trips"
)
FRAMES: Final = (
    "Give three tips for somebody new to {s}.", "What is the difference between {s} and {r}?", "Write {k} about {s}.",
    "Name five famous examples connected with {s}.", "In one paragraph, tell {a} why {s} matters.", "Suggest a title for an article on {s} and {r}.",
    "Make a list of questions that {a} may have about {s}.", "Describe {s} without using the word itself.", "Who first worked on {s}, and where?",
    "Turn the main facts about {s} into a rhyme.", "Come up with a role play in which a {j} runs into {s}.", "What would happen if nobody knew of {s}?",
    "Construct a timeline for {s}.", "Generate a catchy headline on {s}.", "Find a metaphor for {s}.", "Recommend a book or film on {s} to {a}.",
    "Is {s} overrated? Argue your opinion.", "Explain how a {j} uses {s} every day.", "Give step-by-step instructions for dealing with {s}.",
    "Write an interview between a {j} and {a} on {s}.", "Design a poster that teaches {s}.", "Summarize the debate around {s} in two sentences.",
    "Formulate a hypothesis that links {s} to {r}.", "Compose a tweet on {s} with a pun.", "What do people in {p} think of {s}?", "Which tools does one need for {s}?",
    "Draft an email to a {j} asking for advice on {s}.", "Produce an example dialogue on {s} for a language course.", "Tell me something surprising about {s}.",
    "State the most common mistake with {s} and how it is avoided.", "Rank {s}, {r} and one more of your choice by difficulty.",
)  # fmt: skip


def near(rng: Random) -> tuple[str, str]:
    """Two subjects of one field."""
    one, two = rng.sample(FIELDS[rng.choice(tuple(FIELDS))], 2)
    return one, two


def instruction(rng: Random) -> str:
    one, two = near(rng)
    return rng.choice(FRAMES).format(
        s=one, r=two, k=rng.choice(STYLES), a=rng.choice(READERS), j=rng.choice(TRADES), p=rng.choice(PLACES)
    )  # fmt: skip


def sentence(rng: Random) -> str:
    text = f"{rng.choice(ACTORS)} {rng.choice(DEEDS)} {rng.choice(WHENS)}."
    if rng.random() < 0.35:
        text = f"in {rng.choice(PLACES)}, {rng.choice(ACTORS)} {rng.choice(DEEDS)} and {text}"
    return text[0].upper() + text[1:]


def passage(rng: Random, sentences: int) -> str:
    return " ".join(sentence(rng) for _ in range(sentences))


def persona(rng: Random) -> str:
    return f"a {rng.choice(TRADES)} from {rng.choice(PLACES)} {rng.choice(TRAITS)}"


def ware(rng: Random) -> str:
    return f"{rng.choice(WARES)} ({', '.join(rng.sample(FEATURES, rng.randrange(2, 5)))})"


def snippet(rng: Random) -> str:
    """A few lines of somebody's code, in one of five shapes."""
    verb, noun, other = rng.choice(VERBS), rng.choice(NOUNS), rng.choice(NOUNS)
    one, n = noun.rstrip("s"), rng.randrange(2, 500)
    return rng.choice(
        (
            f"def {verb}_{noun}({other}, limit={n}):\n    found = []\n    for {one} in {other}:\n        if {one}.weight > limit:\n            found.append({one})\n    return found",
            f"export async function {verb}{noun.title()}(db: Db) {{\n  const {noun} = await db.all('{other}');\n  return {noun}.filter(x => x.age < {n}).map(x => x.id);\n}}",
            f"func {verb.title()}{noun.title()}(in []int) map[int]int {{\n\tout := map[int]int{{}}\n\tfor _, v := range in {{\n\t\tout[v%{n}]++\n\t}}\n\treturn out\n}}",
            f"class {one.title()}Store:\n    def __init__(self):\n        self.{other} = {{}}\n\n    def {verb}(self, key, by={n}):\n        self.{other}[key] = self.{other}.get(key, 0) + by",
            f"SELECT {one}_id, COUNT(*) FROM {noun}\nJOIN {other} USING ({one}_id)\nWHERE created > now() - interval '{n} days'\nGROUP BY 1 ORDER BY 2 DESC;",
        )
    )


def sum_of(rng: Random) -> tuple[str, int]:
    """A word problem and its result."""
    who, ware_, place = rng.choice(NAMES), rng.choice(WARES), rng.choice(PLACES)
    a, b, c = rng.randrange(3, 40), rng.randrange(2, 15), rng.randrange(2, 9)
    return rng.choice(
        (
            (f"{who} packs {a} boxes an hour and takes a break of one hour in a shift of {b + 1} hours. How many boxes are packed in {c} shifts?", a * b * c),
            (f"A train to {place} has {c} coaches with {a} seats each. {b} seats are broken. How many passengers can sit?", a * c - b),
            (f"{who} saves {a} coins a week for {b} weeks and then spends {c} coins on a {ware_}. How many coins are left?", a * b - c),
            (f"A store in {place} orders {b} crates of {a} items, and every crate holds {c - 1} damaged ones. How many good items arrive?", (a - c + 1) * b),
            (f"A garden is {a + b} metres long and {a} metres wide. {who} walks around it {c} times. How far is that in metres?", 2 * (2 * a + b) * c),
        )
    )  # fmt: skip


def question(rng: Random) -> str:
    """A well-formed question of fact."""
    one, two = near(rng)
    return rng.choice(
        (
            "What is {s} and how does it work?", "When did {s} first become known in {p}?", "How many people in {p} are affected by {s}?",
            "What are the main causes and effects of {s}?", "Is {s} related to {r}?", "Which experts on {s} come from {p}?", "Why is {s} important for a {j}?",
            "What is the best source of information on {s}?", "How long does it take to learn about {s}?", "What does a {j} in {p} earn on average?",
        )
    ).format(s=one, r=two, p=rng.choice(PLACES), j=rng.choice(TRADES))  # fmt: skip
