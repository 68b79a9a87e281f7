"""What our own generators write with. Two halves of each list: `half(split)` takes one.

Written by hand for this project. Topics, things and doings of everyday and working life, so that a
prompt can be about anything without a sentence of anybody else's in it.
"""

# ruff: noqa: E501 (word lists read better unbroken)

from collections.abc import Sequence
from typing import Final, Literal, TypeVar

from recipes.builtin.vocabulary import THINGS as BY_TOPIC

T = TypeVar("T")
Split = Literal["dev", "test"]


def half(items: Sequence[T], split: Split) -> Sequence[T]:
    """Every other one; the two splits share none."""
    return items[0::2] if split == "dev" else items[1::2]


def _(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


TOPICS: Final = _(
    "volcanoes, compound interest, sourdough bread, binary search trees, the water cycle, contract law, jazz harmony, beekeeping, "
    "photosynthesis, double-entry bookkeeping, chess openings, earthquakes, solar panels, supply chains, medieval trade, black holes, "
    "vaccination, soil erosion, electric motors, the French Revolution, public transport, image compression, sleep hygiene, tax brackets, "
    "coral reefs, network routing, poetry metre, wood joinery, insulin, game theory, ocean currents, database indexes, urban planning, "
    "antibiotic resistance, stage lighting, the printing press, inflation, glacier retreat, neural networks, bicycle maintenance, "
    "whale migration, customer churn, password hashing, rice terraces, steam engines, bird song, market segmentation, concrete curing, "
    "monsoon rains, operating systems, infant nutrition, film editing, river deltas, labour unions, prime numbers, mushroom foraging, "
    "air traffic control, wool dyeing, electoral systems, heat pumps, knot theory, street food hygiene, satellite orbits, mediation, "
    "tidal energy, spreadsheet models, dance notation, kidney function, forest fires, cryptographic signatures, museum curation, "
    "chemical bonding, running injuries, the silk road, queue theory, tea cultivation, hospital triage, map projections, memory and "
    "forgetting, leather tanning, compiler design, pension funds, pollination, stained glass, desalination, onboarding, probability "
    "paradoxes, fermentation, radio astronomy, warehouse layout, gene editing, brand voice, lake ecology, negotiation, tooth decay, "
    "garbage collection, crop rotation, insurance fraud, sign languages, rocket staging, typography, drought planning, loan defaults"
)
AUDIENCES: Final = _(
    "a ten-year-old, a new employee, a first-year student, a policy maker, a nurse, a retired engineer, a shop owner, a journalist, "
    "a teacher, a small farmer, a product manager, a judge, a tourist, a volunteer, an investor, a parent"
)
TASKS: Final = (
    "Explain {t} to {a}.",
    "Write a short essay about {t} for {a}.",
    "Compare {t} with {u} and say which matters more to {a}.",
    "List the main causes of problems with {t}.",
    "Describe how {t} changed over the last century.",
    "Create a quiz with answers about {t}.",
    "Summarise what is known about {t} in one paragraph.",
    "Give an analogy that makes {t} clear to {a}.",
    "Write a dialogue between {a} and an expert on {t}.",
    "Propose an experiment that tests a claim about {t}.",
    "Identify three common misconceptions about {t} and correct them.",
    "Draft a letter in which {a} asks for help with {t}.",
    "Outline a lesson plan on {t}.",
    "Argue for and against public funding of {t}.",
    "Design a checklist for {a} who works with {t}.",
    "Define the key terms of {t}.",
    "Rewrite the rules of {t} as a story.",
    "Predict how {t} will look in twenty years.",
    "Classify the risks that {t} brings for {a}.",
    "Translate the basics of {t} into plain language.",
    "Solve a practical problem in which {t} and {u} meet.",
    "Derive a rule of thumb about {t} from first principles.",
    "Criticise a popular book about {t}.",
    "Make a table of advantages and drawbacks of {t}.",
)
CONSTRAINTS: Final = (
    "",
    "",
    "Use no more than 150 words.",
    "Answer in bullet points.",
    "Use a formal tone.",
    "Include one numerical example.",
    "Avoid technical vocabulary.",
    "End with a question for the reader.",
    "Structure the answer with headings.",
    "Give concrete details.",
    "Mention a counterexample.",
    "Write it as a dialogue.",
)
CODE_THINGS: Final = _(
    "a linked list, a rate limiter, a CSV parser, a matrix, a binary heap, a log file, a bank account, a sudoku board, a text editor, "
    "a priority queue, an inventory, a calendar, a graph, a cache, a web page, a date range, a tree of folders, a shopping cart, "
    "a set of intervals, a playlist, a chat room, a maze, a polynomial, a ledger, a thermostat, a bloom filter, a job scheduler, a trie"
)
CODE_DOINGS: Final = _(
    "reverses, validates, merges, serialises, counts duplicates in, balances, searches, sorts, renders, compresses, simulates, "
    "traverses, splits, deduplicates, diffs, encrypts, paginates, retries writes to, visualises, benchmarks"
)
LANGUAGES: Final = _(
    "Python, Rust, Go, JavaScript, C++, Java, SQL, Kotlin, Haskell, Bash, Ruby, Swift"
)
PEOPLE: Final = _(
    "Ayu, Budi, Citra, Dewi, Eko, Farid, Gita, Hana, Ivan, Joko, Karin, Lina, Marta, Nadia, Omar, Putri, Rafi, Sari, Tomas, Umar, "
    "Vera, Wayan, Yusuf, Zahra, Anton, Bella, Carlos, Diana, Emil, Fatima, Goran, Helga"
)
GOODS: Final = _(
    "running shoes, desk lamp, water bottle, backpack, coffee grinder, phone case, rain jacket, office chair, frying pan, wall clock, "
    "wireless mouse, yoga mat, suitcase, blender, bookshelf, hair dryer, garden hose, drill, tent, baby stroller, bicycle helmet, "
    "face cream, notebook, monitor stand, rice cooker, hammock, scarf, dog leash, fish tank, guitar strings, power bank, sunglasses"
)
TRAITS: Final = _(
    "lightweight, waterproof, made of oak, with a two-year warranty, in navy blue, foldable, for small flats, hand-made, energy saving, "
    "machine washable, extra large, for left-handers, recycled, quiet, scratch-proof, with USB charging, fragrance-free, adjustable"
)
MATTERS: Final = _(
    "invoice, parcel, password, refund, subscription, delivery, booking, seat, voucher, meter reading, contract, appointment, upgrade, "
    "SIM card, router, claim, prescription, payslip, lease, permit, ticket, warranty, deposit, transfer, statement, address, login, app, "
    "discount, order, profile, notification, charger, receipt, locker, membership, menu, driver, room, visa"
)
TROUBLES: Final = _(
    "is late, was charged twice, does not arrive, cannot be opened, shows the wrong name, has expired, is missing, got declined, "
    "was cancelled, does not match, is too slow, broke yesterday, needs changing, is locked, is in another language, looks wrong, "
    "keeps failing, was never sent, costs more than before, has to be moved"
)
HELLOS: Final = (
    "",
    "",
    "",
    "hi, ",
    "Hello. ",
    "hey ",
    "good morning, ",
    "please help, ",
    "URGENT ",
    "ok so ",
    "Hi there! ",
)
WANTS: Final = (
    "what do i do now", "can you fix it?", "how long does this take", "who can i call", "I want my money back.", "is that normal?",
    "please check", "what are my options", "how do I change that?", "thanks", "", "", "tell me the steps", "why??", "can i still use it",
)  # fmt: skip
AGAIN: Final = (
    "ok and then?", "that did not work", "thanks, one more thing: how long does it take?", "what do you mean by that", "yes", "no, the other one",
    "can you make it shorter", "why is that", "I already tried this", "and if it fails?", "could you give an example", "please be more specific",
    "make it more formal", "hmm are you sure", "which one is cheaper", "in Indonesian please", "continue", "what about the second point",
    "the error is still there", "great, now do the same for the next one", "I meant last month", "how much is it in total", "perfect thanks",
)  # fmt: skip
MUSINGS: Final = (
    "what is {t} actually good for", "help me with my homework about {t}, i don't get it at all", "how do i start with {t}??",
    "My boss asked about {t} and I have a meeting in an hour. What should I know?", "is {t} the same as {u}",
    "can you check this text about {t}: it says that {t} came before {u} and that everybody knows it", "best book on {t}?",
    "write me a caption for a photo of {t}", "my kid asked about {t}, what do i say", "quick question, {t} or {u} for a beginner",
    "i tried {t} last weekend and it went wrong, {u} too. what did i miss", "name ideas for a club about {t}",
    "Give me a summary of {t} for my presentation, two slides max", "why does everyone talk about {t} now",
    "translate to Indonesian: we are interested in {t} and would like an offer", "how expensive is {t}",
    "compare {t} and {u} for me please, I need to decide today", "plan a weekend around {t}, two adults one child",
    "please rewrite this mail so it sounds nicer: we will not pay for {t} any more", "what's the latest on {t}",
    "I need to write a report about {t}. Where do I begin?", "fix my sentence: the {t} have been make by they",
    "explain {t} like i'm five", "Write a birthday poem for someone who loves {t} and {u}.", "can {t} hurt my dog",
    "List pros and cons of {t}", "Act as an expert in {t} and review my plan: first {u}, then the rest", "how to explain {t} in an interview",
)  # fmt: skip
PROSE: Final = _(
    "the committee met again on Tuesday, nobody had expected the river to rise so quickly, prices moved within a narrow band, the second "
    "trial showed a smaller effect, visitors are asked to use the north entrance, the valve must be closed before the pump is started, "
    "a spokesperson declined to comment, the board approved the budget with one amendment, samples were kept at four degrees, the village "
    "has two schools and a clinic, demand fell in the third quarter, the author returns to this point later, the device restarts when the "
    "cable is removed, staff may carry over five days of leave, the bridge was rebuilt after the flood, the tenant shall give two months' "
    "notice, a firmware update corrects the error, most respondents preferred the older design, the recipe works with any soft cheese, "
    "the court found no breach of duty, the plant flowers in late spring, payments are due within thirty days, the ferry runs every "
    "forty minutes, the museum is closed on Mondays, the archive holds nine thousand letters, the engine is cooled by air, the survey "
    "covered eleven districts, growth was strongest in the north, refunds are made to the original card, the path climbs steeply at first"
)
THINGS: Final = tuple(thing for kinds in BY_TOPIC.values() for thing in kinds["en"])
"""Six hundred things that the recipe of the model that ships has written down."""
