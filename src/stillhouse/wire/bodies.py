"""The shapes of request bodies, as far as metering cares. msgspec skips every other field.

Each surface has a strict shape, in which all input is text that lies in the body and all tools are
the caller's own, and (where input can be anything else) a loose one with the same scalar fields.
Strict is an allow-list, so what is new, unknown or fetched from elsewhere never passes for text:
`None` as a field's type means that any other value makes the body loose.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

ABSENT = Raw(b"null")
"""A raw field's default: absent and null are the same. (msgspec has no union of Raw and None.)"""


class Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A part of a message that is text."""

    type: Literal["text", "input_text", "output_text", "refusal"] = "text"
    text: str | None = None
    refusal: str | None = None
    annotations: Raw = ABSENT
    citations: Raw = ABSENT
    logprobs: Raw = ABSENT
    cache_control: Raw = ABSENT


Text = str | list[Part] | None


class ChatMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: str | None = None
    content: Text = None
    name: str | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: Raw = ABSENT
    tool_call_id: str | None = None
    function_call: Raw = ABSENT
    annotations: Raw = ABSENT
    cache_control: Raw = ABSENT
    audio: None = None


class Item(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An input item of the Responses API. Reasoning items may stand for stored text: not here."""

    type: Literal[
        "message",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
    ] = "message"
    role: str | None = None
    content: Text = None
    id: str | None = None
    status: str | None = None
    phase: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | None = None
    input: str | None = None
    output: Text = None


class Block(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A content block of Anthropic's Messages API that is text."""

    type: Literal["text", "thinking", "redacted_thinking", "tool_use", "tool_result"]
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = ABSENT
    tool_use_id: str | None = None
    is_error: bool | None = None
    content: Text = None
    citations: Raw = ABSENT
    cache_control: Raw = ABSENT


class Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: str | None = None
    content: str | list[Block] | None = None


class FunctionTool(msgspec.Struct, gc=False):
    """OpenAI's two kinds of tool that the caller runs; hosted tools read what they like."""

    type: Literal["function", "custom"] = "function"


class CustomTool(msgspec.Struct, gc=False):
    """Anthropic's kind of tool that the caller defines."""

    type: Literal["custom"] | None = None


class StreamOptions(msgspec.Struct, gc=False):
    include_usage: bool | None = None


class Metadata(msgspec.Struct, gc=False):
    workload: str | None = None


class Body(msgspec.Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    metadata: Raw = ABSENT
    service_tier: str | None = None


class LooseChat(Body, gc=False):
    messages: Raw = ABSENT
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    stream_options: StreamOptions | UnsetType | None = UNSET
    prediction: Raw = ABSENT


class Chat(LooseChat, gc=False):
    tools: list[FunctionTool] | None = None
    functions: list[Raw] | None = None
    web_search_options: None = None
    data_sources: None = None  # Azure: answers from the operator's own documents
    search_parameters: None = None
    plugins: None = None
    chat_template: None = None  # vLLM: a template in the body could repeat its input


class Completions(Body, gc=False):
    max_tokens: int | None = None
    n: int | None = None
    best_of: int | None = None
    prompt: Raw = ABSENT
    prompt_embeds: Raw = ABSENT
    stream_options: StreamOptions | UnsetType | None = UNSET


class Embeddings(Body, gc=False):
    input: Raw = ABSENT
    messages: Raw = ABSENT  # vLLM: embeddings of a chat, images included


class LooseResponses(Body, gc=False):
    input: Raw = ABSENT
    max_output_tokens: int | None = None
    background: bool | None = None


class Responses(LooseResponses, gc=False):
    tools: list[FunctionTool] | None = None
    previous_response_id: None = None
    conversation: None = None
    prompt: None = None


class LooseMessages(Body, gc=False):
    messages: Raw = ABSENT
    max_tokens: int | None = None


class Messages(LooseMessages, gc=False):
    system: Text = None
    tools: list[CustomTool] | None = None
    mcp_servers: None = None
    container: None = None


def is_given(raw: Raw) -> bool:
    """Whether a raw field is there and not null."""
    return raw is not ABSENT and bytes(raw) != b"null"
