"""A first metered call with the official OpenAI client, whole and streamed.

    export STILLHOUSE_KEY=sk-sh-...          # printed by the first `make serve`
    .venv/bin/python examples/first_call.py

Needs `pip install openai` (`make dev` has it). STILLHOUSE_URL names another gateway.
"""

# ruff: noqa: INP001, T201 - a script that prints what it learnt
import os
import sys

from openai import OpenAI

QUESTION = 'Is this comment spam? Answer yes or no. "Cheap followers, link in bio"'


def main() -> None:
    key = os.environ.get("STILLHOUSE_KEY")
    if not key:
        sys.exit("set STILLHOUSE_KEY to the key that the first start printed")
    url = os.environ.get("STILLHOUSE_URL", "http://127.0.0.1:8080")
    client = OpenAI(base_url=f"{url}/v1", api_key=key)

    raw = client.chat.completions.with_raw_response.create(
        model="builtin", messages=[{"role": "user", "content": QUESTION}]
    )
    answer = raw.parse()
    print(answer.choices[0].message.content)
    print("receipt", raw.headers["x-stillhouse-receipt"])
    print("charge ", raw.headers["x-stillhouse-charge"])
    print("usage  ", answer.usage)

    with client.chat.completions.create(
        model="builtin", messages=[{"role": "user", "content": QUESTION}], stream=True
    ) as stream:
        print("".join(c.choices[0].delta.content or "" for c in stream if c.choices))
        print("receipt", stream.response.headers["x-stillhouse-receipt"])


if __name__ == "__main__":
    main()
