"""The same with the Azure client: the model is the name of a deployment.

export STILLHOUSE_KEY=sk-sh-...
.venv/bin/python examples/azure.py
"""

# ruff: noqa: INP001, T201 - a script that prints what it learnt
import os
import sys

from openai import AzureOpenAI


def main() -> None:
    key = os.environ.get("STILLHOUSE_KEY")
    if not key:
        sys.exit("set STILLHOUSE_KEY to the key that the first start printed")
    client = AzureOpenAI(
        azure_endpoint=os.environ.get("STILLHOUSE_URL", "http://127.0.0.1:8080"),
        api_key=key,
        api_version="2024-10-21",
    )
    answer = client.chat.completions.create(
        model="builtin",
        messages=[{"role": "user", "content": "What is the sentiment? 'lagu ini keren banget'"}],
    )
    print(answer.choices[0].message.content)
    print("usage", answer.usage)


if __name__ == "__main__":
    main()
