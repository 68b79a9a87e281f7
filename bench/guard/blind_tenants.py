"""Benign accounts of the blind set: honest products that could be mistaken for collecting.

Written without sight of the detector, from what such products are known to send; texts are of
`blind_words`, as those of the collectors are. Arrivals and lengths are of the test split.

    homework     an app that solves photographed exercises, each once, a class at a time
    shop         descriptions of goods, ordered in their own words by several merchandisers
    mail         "reply to this", "make it shorter", with the mail pasted
    ide          short orders on pasted code, some of them buttons
    search       one-shot answers to well-formed questions, with or without snippets
    documents    summaries of files in a law office or a clinic
    agency       one-off creative briefs for many clients
    quiz         tests by teachers: a few topics a class, many questions each
    locale       strings of an app into many languages
    grader       a product's own bot, graded every night by a rubric
    company      an internal "ask anything" without memory
    game         lines of characters in a game
    recruiter    job advertisements, screening questions and letters to applicants
    learner      a language course: explain, correct, give examples
    minutes      transcripts of meetings made into minutes

What people type is spoiled as people spoil it (`_spoiled`), by an account's own habit; what programs
send is not. Where people can go on, they do (`_go_on`), with words that fit the job.
"""

# ruff: noqa: E501 (frames read better unbroken)

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from bench.guard.blind_words import (
    ACTORS,
    CODERS,
    DEEDS,
    FEATURES,
    FIELDS,
    NAMES,
    NOUNS,
    PLACES,
    READERS,
    STYLES,
    SUBJECTS,
    TRADES,
    TRAITS,
    VERBS,
    WARES,
    near,
    passage,
    question,
    sentence,
    snippet,
    sum_of,
    ware,
)
from bench.guard.tenants import Account, Say, Speaker, account, lengths, params, talk, whose


def _length(rng: Random, low: int, high: int) -> Callable[[], int]:
    """Most answers near the middle of the range, some longer than it."""
    middle = (low * high) ** 0.5
    return lambda: max(1, round(middle * rng.lognormvariate(0, 0.45)))


def _spoiled(rng: Random, text: str, care: float) -> str:
    """As a person of so much care types: 1 is faultless."""
    if rng.random() < care:
        return text
    if rng.random() < 0.5:
        text = text[0].lower() + text[1:]
    if rng.random() < 0.5:
        text = text.removesuffix(".").removesuffix("?")
    if rng.random() < 0.3:
        at = rng.randrange(len(text))
        text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return text


def _typed(rng: Random, text: str, care: float) -> str:
    """The same for an order, which some people begin with a word or two of their own."""
    pre = rng.choice(("", "", "", "pls ", "hey can you ", "quick: "))
    return (pre if rng.random() > care else "") + _spoiled(rng, text, care)


def _made(
    rng: Random, name: str, kind: str, says: Sequence[Say], *, more: dict[str, Any] | None = None
) -> Account:
    """On the clock, all decoded as the account decodes."""
    chosen = params(rng) if more is None else more
    limit = chosen.get("max_tokens", 8192)
    for say in says:
        say.more, say.tokens = {**chosen, **say.more}, min(say.tokens, limit)
    return account(rng, name, kind, whose(rng, "test"), says, source="blind")


def _go_on(
    rng: Random, calls: int, speak: Speaker, again: Sequence[str], *, follow: float
) -> list[Say]:
    """Some calls carry the talk so far and ask for a change; a talk ends after four."""
    says: list[Say] = []
    while len(says) < calls:
        say = speak()
        says.append(say)
        before: tuple[dict[str, Any], ...] = ()
        last = say.text
        for _ in range(4):
            if rng.random() >= follow:
                break
            reply = passage(rng, rng.randrange(1, 4))
            before = (*before, {"role": "user", "content": last}, {"role": "assistant", "content": reply})  # fmt: skip
            last = rng.choice(again)
            says.append(Say(last, speak().tokens, say.system, before=before))
    return says[:calls]


def homework(rng: Random, name: str, calls: int) -> Account:
    fields = rng.sample(("physics", "biology", "chemistry", "history", "economics", "mathematics"), rng.randrange(2, 6))  # fmt: skip
    out, care = lengths(rng, "test"), rng.uniform(0.1, 0.9)
    system = rng.choice(("", "You are a patient tutor. Show how it is solved, at the pupil's level.", "Solve the exercise in the picture's text."))  # fmt: skip

    def speak() -> Say:
        one, two = rng.sample(FIELDS[rng.choice(fields)], 2)
        kind = rng.random()
        if kind < 0.4:
            text = f"{rng.randrange(1, 30)}) {sum_of(rng)[0]}"
        elif kind < 0.55:
            text = f"Exercise {rng.randrange(1, 90)}{rng.choice('abc')}. Solve: {rng.randrange(2, 30)}x {rng.choice('+-')} {rng.randrange(1, 99)} = {rng.randrange(1, 300)}"
        else:
            text = rng.choice(
                (
                    "Explain {s} with an example from everyday life ({n} marks)", "define {s}", "{s} vs {r}, at least {n} differences", "my teacher wants {n} sentences on {s}",
                    "Q{n}. Describe how {s} is linked to {r}.", "i dont get {s}", "Which is true of {s}? Choose and justify.", "Essay: was {s} inevitable? {n}00 words",
                )
            ).format(s=one, r=two, n=rng.randrange(2, 9))  # fmt: skip
        return Say(_typed(rng, text, care), out(), system)

    says = talk(rng, calls, speak, follow=0, repeat=rng.choice((0, 0.03, 0.15)))
    return _made(rng, name, "homework", says)


def shop(rng: Random, name: str, calls: int) -> Account:
    wares = rng.sample(WARES, rng.randrange(4, 16))
    out, care = _length(rng, 70, 260), rng.uniform(0.3, 1)
    system = rng.choice(("", f"House style of a shop in {rng.choice(PLACES)}: warm, no superlatives, British spelling."))  # fmt: skip
    orders = rng.sample(
        (
            "Write a description for the {w}: {f}.", "New text for {w} please, {f}, aim it at {a}", "Bullet points for {w}, must mention {f}", "SEO title and meta text: {w}, {f}",
            "Shorter and punchier: our {w} is the best {w} for {a} and it is {f}", "{w} / {f} / 60 words", "Compare our two {w}s for a buying guide, one is {f}, the other {g}",
            "Write an FAQ with three entries on the {w} ({f})", "Rewrite the maker's text: {t} The {w} is {f}.", "category page intro, {w}s, Christmas", "Alt text for a photo of a {w}, {f}",
        ),
        rng.randrange(4, 11),
    )  # fmt: skip

    def speak() -> Say:
        f, g = rng.sample(FEATURES, 2)
        text = rng.choice(orders).format(w=rng.choice(wares), f=f, g=g, a=rng.choice(READERS), t=sentence(rng))  # fmt: skip
        return Say(_typed(rng, text, care), out(), system)

    says = _go_on(rng, calls, speak, ("less salesy", "add the size", "again but for Instagram", "too long", "another one"), follow=rng.choice((0, 0, 0.2)))  # fmt: skip
    return _made(rng, name, "shop", says)


def mail(rng: Random, name: str, calls: int) -> Account:
    out, care = _length(rng, 40, 220), rng.uniform(0.2, 1)
    system = rng.choice(("", "You write mails for the user. Sound like the user, not like a machine."))  # fmt: skip
    orders = (
        "Reply to this, say yes", "reply, politely decline", "Make it shorter", "make this more formal", "Ask for a date next week", "Fix grammar", "Summarise this thread", "Answer that we need until Monday",
        "Write a reminder about this, second one", "translate to English and keep my tone", "thank them and ask about the {n}", "What does he want from me?", "Tell {p} I will call on Tuesday",
    )  # fmt: skip

    def speak() -> Say:
        one, two = rng.sample(NAMES, 2)
        order = rng.choice(orders).format(n=rng.choice(NOUNS), p=one)
        pasted = f"{rng.choice(('Hi', 'Dear', 'Hello'))} {two},\n\n{passage(rng, rng.randrange(1, 6))}\n\n{rng.choice(('Best', 'Regards', 'Cheers'))}\n{one}"
        text = (
            f"{order}\n\n{pasted}"
            if rng.random() < 0.85
            else f"Write a mail to {one} about the {rng.choice(NOUNS)}: {sentence(rng)}"
        )
        return Say(_typed(rng, text, care), out(), system)

    again = ("shorter", "friendlier", "don't mention the date", "sign as the whole team", "more direct", "No, he is my boss")  # fmt: skip
    return _made(rng, name, "mail", _go_on(rng, calls, speak, again, follow=rng.uniform(0, 0.4)))


def ide(rng: Random, name: str, calls: int) -> Account:
    out, care = lengths(rng, "test"), rng.uniform(0.1, 0.8)
    tongue = rng.choice(CODERS)
    system = f"You help in an editor. The file is {tongue}. Answer with code first."
    buttons = ("Explain this code.", "Add a docstring.", "Write unit tests for this.", "Find bugs.")
    orders = (
        "why does this return nothing", "make it handle {n} being empty", "rename {n} to {m}", "can this be faster", "types please", "split in two functions", "convert to {l}",
        "this throws on line {k}, why", "add logging", "use a generator", "same but for {m}", "what is the complexity here", "write the migration that adds {n} to {m}", "regex for {n} ids like AB-{k}",
        "cache the {n}", "simplify the loop",
    )  # fmt: skip
    pressed = rng.uniform(0, 0.6)

    def speak() -> Say:
        order = rng.choice(orders).format(n=rng.choice(NOUNS), m=rng.choice(NOUNS), k=rng.randrange(2, 400), l=rng.choice(CODERS))  # fmt: skip
        text = rng.choice(buttons) if rng.random() < pressed else _typed(rng, order, care)
        return Say(text if rng.random() < 0.12 else f"{text}\n\n```\n{snippet(rng)}\n```", out(), system)  # fmt: skip

    again = ("still fails", "now the tests", "no, keep the signature", "ok and in async?", "undo the rename")  # fmt: skip
    return _made(rng, name, "ide", _go_on(rng, calls, speak, again, follow=rng.choice((0, 0.15, 0.4))))  # fmt: skip


def search(rng: Random, name: str, calls: int) -> Account:
    out, found = _length(rng, 40, 240), rng.random() < 0.5
    system = rng.choice(("", "Answer the query in at most four sentences. No opinions.", "You are the answer box of a search engine. Cite [n]."))  # fmt: skip

    def speak() -> Say:
        one, two = near(rng)
        text = question(rng) if rng.random() < 0.6 else rng.choice(
            (
                "Who invented {s}?", "How much does a {w} cost in {p}?", "What is the population of {p}?", "Can a {j} treat {s}?", "Best time of year to visit {p}?", "How far is {p} from {q}?",
                "Does {s} cause {r}?", "Which {w} is better for {a}?", "What is the law on {s} in {p}?", "When is the next holiday in {p}?", "What does {s} mean in simple terms?",
            )
        ).format(s=one, r=two, w=rng.choice(WARES), p=rng.choice(PLACES), q=rng.choice(PLACES), j=rng.choice(TRADES), a=rng.choice(READERS))  # fmt: skip
        if found:
            text += "".join(f"\n[{n}] {passage(rng, rng.randrange(1, 4))}" for n in range(1, 4))
        return Say(text, out(), system)

    says = talk(rng, calls, speak, follow=0, repeat=rng.choice((0, 0.05, 0.2)))
    return _made(rng, name, "search", says)


def documents(rng: Random, name: str, calls: int) -> Account:
    clinic = rng.random() < 0.5
    out = _length(rng, 90, 350)
    asks = rng.sample(
        ("Summarise the referral for the GP.", "Discharge letter in plain words:", "List diagnoses, drugs with doses, and open questions.", "What changed since the last visit?", "Write the history as a timeline.")
        if clinic
        else ("Summarise the judgment: facts, issue, holding.", "List each party's duties under this clause.", "What are the deadlines here?", "Flag unusual terms and say why they are risky.", "Chronology of events, with page numbers."),
        rng.randrange(1, 4),
    )  # fmt: skip

    def speak() -> Say:
        n = rng.randrange(10_000, 99_999)
        head = (
            f"Patient {n}, {rng.randrange(1, 95)} y, {rng.choice(FIELDS['medicine'])}."
            if clinic
            else f"Case {n}/{rng.randrange(15, 26)}, {rng.choice(NAMES)} v {rng.choice(NAMES)} ({rng.choice(FIELDS['law'])})."
        )
        return Say(f"{rng.choice(asks)}\n\n{head} {passage(rng, rng.randrange(8, 45))}", out())  # fmt: skip

    says = _go_on(rng, calls, speak, ("Shorter.", "Quote the passage on that.", "In Spanish for the family.", "Is anything missing?"), follow=rng.choice((0, 0.1)))  # fmt: skip
    return _made(rng, name, "documents", says)


def agency(rng: Random, name: str, calls: int) -> Account:
    out, care = lengths(rng, "test"), rng.uniform(0.3, 1)
    brands = [f"{rng.choice(NAMES)}'s {rng.choice(WARES)}s, {rng.choice(PLACES)}" for _ in range(rng.randrange(10, 60))]  # fmt: skip
    system = rng.choice(("", "", "You are a senior copywriter."))

    def speak() -> Say:
        text = rng.choice(
            (
                "Ten taglines for {b}. Audience: {a}. Idea: {s}.", "Write {k} for {b}, launch in {p}", "Storyboard, 30 seconds, {b}: {t}", "Name for a campaign that joins {b} with {s}", "Brainstorm stunts for {b} in {p}, small budget",
                "Three LinkedIn posts in the voice of the founder of {b} on {s}", "Press release: {b} and {j}s from {p} work together", "Make this less boring: {t}", "A jingle for {b}. It has to rhyme with {p}", "Content calendar for {b}, two weeks, theme {s}",
                "Persona for {b}: {j}, {r}. Pains, gains, media", "Pitch deck outline, {b} wants to reach {a}", "Write a brand story for {b} as {k}", "Headline + body, print, {b}, mood: {s}",
            )
        ).format(b=rng.choice(brands), a=rng.choice(READERS), s=rng.choice(SUBJECTS), k=rng.choice(STYLES), p=rng.choice(PLACES), t=passage(rng, 2), j=rng.choice(TRADES), r=rng.choice(TRAITS))  # fmt: skip
        return Say(_typed(rng, text, care), out(), system)

    again = ("more edgy", "the client hates puns", "five more", "like number 3 but calmer", "without the price")  # fmt: skip
    return _made(rng, name, "agency", _go_on(rng, calls, speak, again, follow=rng.choice((0, 0, 0.15, 0.35))))  # fmt: skip


def quiz(rng: Random, name: str, calls: int) -> Account:
    out = _length(rng, 160, 600)
    classes = [(rng.randrange(3, 13), rng.sample(FIELDS[rng.choice(tuple(FIELDS))], rng.randrange(2, 6))) for _ in range(rng.randrange(3, 25))]  # fmt: skip
    form = rng.choice(
        (
            "Create {n} {k} questions on {s} for grade {g}, with an answer key.", "Grade {g}. Topic: {s}. Type: {k}. Number: {n}. Difficulty: {d}. Return JSON with question, options, answer, explanation.",
            "Make a test: {n} x {k}, {s}, year {g}, {d}",
        )
    )  # fmt: skip
    free = rng.random() < 0.4

    def speak() -> Say:
        grade, topics = rng.choice(classes)
        text = form.format(n=rng.choice((3, 5, 5, 10, 10, 15, 20)), k=rng.choice(("multiple choice", "true/false", "open", "fill-in")), s=rng.choice(topics), g=grade, d=rng.choice(("easy", "medium", "hard")))  # fmt: skip
        if free and rng.random() < 0.3:
            text += rng.choice(("\nNo trick questions.", f"\nUse this text: {passage(rng, 5)}", "\nTwo versions, A and B.", f"\nExamples from {rng.choice(PLACES)}."))  # fmt: skip
        return Say(text, out())

    return _made(rng, name, "quiz", talk(rng, calls, speak, follow=0, repeat=rng.choice((0, 0.03))))


def locale(rng: Random, name: str, calls: int) -> Account:
    to = rng.sample(("de", "fr", "pt-BR", "id", "ja", "ko", "vi", "ar", "tr", "pl", "es-MX", "th"), rng.randrange(2, 10))  # fmt: skip
    system = f"Localise strings of an app. Keep placeholders. Glossary: {', '.join(rng.sample(NOUNS, 4))} stay as they are."
    several = rng.random() < 0.4
    says: list[Say] = []
    while len(says) < calls:
        verb, noun = rng.choice(VERBS), rng.choice(NOUNS)
        text = rng.choice(("{v} {n}", "Could not {v} your {n}", "You have {{count}} {n} to {v}", "{v} all {n}?", "{t}", "{n} were sent to {{email}} in {p}")).format(
            v=verb, n=noun, t=sentence(rng), p=rng.choice(PLACES)
        )  # fmt: skip
        key = f"{noun}.{verb}.{rng.choice(('title', 'error', 'hint', 'button'))}"
        for tongue in [",".join(to)] if several else to:
            asked = {"key": key, "source": text, "target": tongue, "max": rng.choice((20, 40, 120))}
            says.append(Say(json.dumps(asked), _length(rng, 4, 24)() * (len(to) if several else 1), system))  # fmt: skip
    return _made(rng, name, "locale", says[:calls], more={"temperature": 0})


def grader(rng: Random, name: str, calls: int) -> Account:
    """The bot helps with a few matters only; its answers come from few templates."""
    topics, noun = rng.sample(NOUNS, 5), rng.choice(WARES)
    canned = [passage(rng, rng.randrange(1, 4)) for _ in range(rng.randrange(8, 60))]
    reasons = rng.random() < 0.6
    out = _length(rng, 40, 180) if reasons else _length(rng, 2, 8)
    rubric = f"You grade the replies of our {noun} assistant. Criteria: correct by our policy, complete, polite. Score 1-5{' and the reasons' if reasons else ' only'}."
    inside = rng.random() < 0.5

    def speak() -> Say:
        asked = rng.choice(("How do I {v} my {n}?", "My {n} did not {v}", "can I {v} {n} of the {w} from {p}", "{n} {v} problem, {t}", "where are the {n}")).format(
            v=rng.choice(VERBS), n=rng.choice(topics), w=noun, p=rng.choice(PLACES), t=rng.choice(DEEDS)
        )  # fmt: skip
        text = f"[User]\n{_spoiled(rng, asked, 0.4)}\n[Bot]\n{rng.choice(canned)}"
        return Say(f"{rubric}\n\n{text}" if inside else text, out(), "" if inside else rubric)

    says = talk(rng, calls, speak, follow=0, repeat=rng.choice((0, 0.1)))
    return _made(rng, name, "grader", says, more={"temperature": 0})


def company(rng: Random, name: str, calls: int) -> Account:
    out, care = lengths(rng, "test"), rng.uniform(0.2, 0.8)
    system = rng.choice(("", f"You are the internal assistant of a firm in {rng.choice(PLACES)}. Never share personal data."))  # fmt: skip

    def speak() -> Say:
        one, two = near(rng)
        text = rng.choice(
            (
                "How do I explain {s} to a customer?", "excel formula to {v} {n} by month", "Write a job ad for a {j}", "rewrite: {t}", "What is {s}?", "translate for {p} office: {t}", "ideas for the team event in {p}", "sql to {v} the {n}",
                "Pros and cons of {s} against {r}", "summary of this please {t} {u}", "is it ok to {v} {n} without asking", "agenda for a workshop on {s}", "birthday wishes for {m}, {j}", "what rhymes with {n}", "Reply to {m}: {t}", "draft OKRs on {s}",
                "lunch near the office in {p}", "explain this error: cannot {v} {n}, code {k}", "{s} in two lines for a slide", "convert {k} miles to km",
            )
        ).format(s=one, r=two, v=rng.choice(VERBS), n=rng.choice(NOUNS), j=rng.choice(TRADES), t=sentence(rng), u=passage(rng, 4), p=rng.choice(PLACES), m=rng.choice(NAMES), k=rng.randrange(3, 900))  # fmt: skip
        return Say(_typed(rng, text, care), out(), system)

    says = talk(rng, calls, speak, follow=0, repeat=rng.choice((0, 0.02, 0.08)))
    return _made(rng, name, "company", says)


def game(rng: Random, name: str, calls: int) -> Account:
    cast = [f"{rng.choice(NAMES)} the {rng.choice(TRADES)}, {rng.choice(TRAITS)}" for _ in range(rng.randrange(5, 40))]  # fmt: skip
    out, world = _length(rng, 15, 70), rng.choice(PLACES)
    rules = f"You voice characters in a game set in a drowned {world}. One line, at most 30 words, never leave the role."
    inside = rng.random() < 0.3

    def speak() -> Say:
        who, mood = rng.choice(cast), rng.choice(("angry", "afraid", "bored", "merry", "proud"))
        event = rng.choice(("the player steals {n}", "the player offers a {w}", "it rains, day {k}", "{a} {d}", "the player asks about {p}", "low health, {k}%", "the player says: {t}")).format(
            n=rng.choice(NOUNS), w=rng.choice(WARES), k=rng.randrange(1, 99), a=rng.choice(ACTORS), d=rng.choice(DEEDS), p=rng.choice(PLACES), t=sentence(rng)
        )  # fmt: skip
        text = f"NPC: {who}\nMood: {mood}\nEvent: {event}\nLine:"
        return Say(f"{rules}\n{text}" if inside else text, out(), "" if inside else rules)

    return _made(rng, name, "game", [speak() for _ in range(calls)])


def recruiter(rng: Random, name: str, calls: int) -> Account:
    trades, out, care = rng.sample(TRADES, rng.randrange(4, 14)), _length(rng, 90, 380), rng.uniform(0.4, 1)  # fmt: skip

    def speak() -> Say:
        text = rng.choice(
            (
                "Job advertisement: {j}, {p}, {k} hours. Company: {t}", "Eight interview questions for a {j}, focus on {s}", "Reject kindly: {m}, applied as {j}", "CV below. Does it fit a {j}? List gaps.\n{m}, {x}. {t} {t2}",
                "Invite {m} to a second talk in {p}", "salary range {j} {p}", "Score this answer of an applicant ({j}) and say why: {t2}", "Onboarding plan for a {j}, first {k} days", "Boolean search for a {j} with {s}",
            )
        ).format(j=rng.choice(trades), p=rng.choice(PLACES), k=rng.randrange(10, 41), t=sentence(rng), t2=passage(rng, 3), s=rng.choice(FIELDS["working life"]), m=rng.choice(NAMES), x=rng.choice(TRAITS))  # fmt: skip
        return Say(_typed(rng, text, care), out())

    return _made(rng, name, "recruiter", _go_on(rng, calls, speak, ("gender neutral please", "shorter", "add benefits"), follow=rng.choice((0, 0.2))))  # fmt: skip


def learner(rng: Random, name: str, calls: int) -> Account:
    """Buttons of a course: the order is the program's, the sentence is the learner's."""
    tongue, home = rng.sample(("Spanish", "Korean", "Indonesian", "German", "Arabic", "English"), 2)
    orders = rng.sample(
        (
            f"Explain the grammar of this sentence to a {home} speaker.", f"Correct my {tongue} and explain each mistake.", "Give five similar sentences.", f"How would a native say this in {tongue}?",
            "Which words should I learn from this? Table with meaning and example.", "Make a short dialogue with this sentence in it.",
        ),
        rng.randrange(2, 6),
    )  # fmt: skip
    out, care = _length(rng, 60, 260), rng.uniform(0.1, 0.7)
    system = rng.choice(
        ("", f"You teach {tongue} at level {rng.choice(('A1', 'A2', 'B1', 'C1'))}.")
    )
    says = [Say(f"{rng.choice(orders)}\n{_spoiled(rng, sentence(rng), care)}", out(), system) for _ in range(calls)]  # fmt: skip
    return _made(rng, name, "learner", says)


def minutes(rng: Random, name: str, calls: int) -> Account:
    out = _length(rng, 120, 420)
    order = rng.choice(("Write minutes: decisions, actions with owners, open points.", "Summarise the call for the CRM. Next step on the last line.", "Action items as JSON."))  # fmt: skip
    team = rng.sample(NAMES, rng.randrange(4, 14))

    def speak() -> Say:
        lines = "\n".join(f"{rng.choice(team)}: {_spoiled(rng, sentence(rng), 0.6)}" for _ in range(rng.randrange(6, 40)))  # fmt: skip
        return Say(f"{rng.choice(NOUNS).title()} / {ware(rng)}\n{lines}", out(), order)

    return _made(rng, name, "minutes", [speak() for _ in range(calls)])


BENIGN: dict[str, Callable[[Random, str, int], Account]] = {
    "homework": homework,
    "shop": shop,
    "mail": mail,
    "ide": ide,
    "search": search,
    "documents": documents,
    "agency": agency,
    "quiz": quiz,
    "locale": locale,
    "grader": grader,
    "company": company,
    "game": game,
    "recruiter": recruiter,
    "learner": learner,
    "minutes": minutes,
}
