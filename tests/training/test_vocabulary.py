"""Two tokenizers are the same, or are refused; what a token spells is what the text was."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training import small
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from stillhouse.training import hub
from stillhouse.training.vocabulary import (
    ForeignTokenizerError,
    cut,
    digest,
    prove_digest,
    prove_same,
    size,
    spell,
)


def foreign() -> PreTrainedTokenizerFast:
    return hub.learn_tokenizer(["another language entirely", "of other words"] * 9, tokens=300)


def sentencepiece() -> PreTrainedTokenizerFast:
    """Of Gemma's shape: bytes as <0xNN>, a space as a block, no byte-level alphabet."""
    words = ["\N{LOWER ONE EIGHTH BLOCK}", *"redca"]
    vocabulary = {"<pad>": 0, "<end>": 1}
    for token in [*(f"<0x{n:02X}>" for n in range(256)), *words]:
        vocabulary[token] = len(vocabulary)
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[], byte_fallback=True))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    made.decoder = decoders.Sequence(
        [
            decoders.Replace("\N{LOWER ONE EIGHTH BLOCK}", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
        ]
    )
    made.add_special_tokens([AddedToken("<pad>", special=True), AddedToken("<end>", special=True)])
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<end>")


def test_a_copy_is_the_same_and_so_is_one_that_went_to_disk(tmp_path: object) -> None:
    ours = small.tokenizer()
    ours.save_pretrained(str(tmp_path))
    again = PreTrainedTokenizerFast.from_pretrained(str(tmp_path))

    prove_same(ours, again)
    prove_digest(ours, digest(again))

    assert digest(ours) == digest(copy.deepcopy(ours))


def test_another_vocabulary_is_refused_with_a_way_on() -> None:
    with pytest.raises(ForeignTokenizerError, match=r"differs .* tokens.*method|sequence"):
        prove_same(small.tokenizer(), foreign())
    with pytest.raises(ForeignTokenizerError, match="does not say"):
        prove_digest(small.tokenizer(), None)
    with pytest.raises(ForeignTokenizerError, match="is 000000"):
        prove_digest(small.tokenizer(), "0" * 64)


def test_equal_tokens_that_are_put_together_otherwise_are_refused() -> None:
    """The maps are equal and every text is cut differently."""
    ours, theirs = small.tokenizer(), copy.deepcopy(small.tokenizer())
    theirs.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)

    assert ours.get_vocab() == theirs.get_vocab()
    with pytest.raises(ForeignTokenizerError):
        prove_same(ours, theirs)


def test_rows_of_padding_are_cut_and_missing_rows_refused() -> None:
    model, tokenizer = small.model(), small.tokenizer()
    model.resize_token_embeddings(size(tokenizer) + 20, mean_resizing=False)

    assert 20 == cut(model, tokenizer)
    assert (
        size(tokenizer) == model.get_input_embeddings().weight.shape[0] == model.config.vocab_size
    )
    assert 0 == cut(model, tokenizer)

    model.resize_token_embeddings(size(tokenizer) - 1, mean_resizing=False)
    with pytest.raises(ForeignTokenizerError, match="rows for"):
        cut(model, tokenizer)


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_the_bytes_of_tokens_are_the_bytes_of_the_text(text: str) -> None:
    tokenizer = small.tokenizer()
    spelled = spell(tokenizer)
    ids = tokenizer(text.replace("<", ""), add_special_tokens=False)["input_ids"]

    assert text.replace("<", "").encode() == b"".join(spelled[i] for i in ids)


@pytest.mark.parametrize("text", ["red car", "car red\n", "réd \N{GRINNING FACE}", ""])
def test_a_vocabulary_of_pieces_with_byte_fallback_is_spelled_too(text: str) -> None:
    tokenizer = sentencepiece()
    spelled = spell(tokenizer)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]

    assert text.encode() == b"".join(spelled[i] for i in ids)
    assert b"" == spelled[1]
