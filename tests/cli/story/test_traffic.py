"""What the demo sends: the same for a seed, and new from call to call."""

from itertools import islice

from stillhouse.cli.story.traffic import SENTIMENT, SPAM, comments, harvest, request


def test_a_seed_says_it_all() -> None:
    first, again, other = (list(islice(comments(SPAM, seed), 50)) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_comments_are_hardly_ever_the_same_twice() -> None:
    drawn = list(islice(comments(SPAM, 3), 1000))

    assert len(set(drawn)) > 950


def test_only_spam_is_asked_about_advertisements() -> None:
    assert any("bio" in comment for comment in islice(comments(SPAM, 1), 200))
    assert not any("link in bio" in comment for comment in islice(comments(SENTIMENT, 1), 200))


def test_a_request_declares_no_workload() -> None:
    body = request(SPAM, "halo", "teacher")

    assert "metadata" not in body
    assert body["messages"][-1]["content"] == "halo"


def test_whoever_collects_asks_each_thing_once() -> None:
    asked = [body["messages"][0]["content"] for body in islice(harvest(1, "frontier"), 720)]

    assert len(asked) == len(set(asked))
