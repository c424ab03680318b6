"""Trains the project's own unigram tokenizer over the English and Chinese texts of the pack."""
import random

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from common import jsonl
from data import PICTURE_SETS, rows_of
from words import COLOURS, CONCEPTS

VOCABULARY = 20000


def corpus(paths):
    lines = []
    for name in PICTURE_SETS:
        if paths.allowed(name):
            for r in rows_of(paths, name):
                if r["split"] == "train":
                    lines += [r["title"], r["label"], r.get("zh", "")] + r["extra"]
    for name in ("taxonomy_en_zh", "wordnet_nouns_en_zh", "wiktionary_nouns_en_zh", "emoji_names_en_zh", "taobao_titles_zh", "shop_queries_zh"):
        if paths.allowed(name):
            for r in jsonl(paths.data / "text" / f"{name}.jsonl"):
                lines += [r.get("en", ""), r.get("zh", "")] + r.get("en_all", []) + r.get("zh_all", [])
    for en, zh in CONCEPTS + COLOURS:
        lines += (en + zh) * 20
    return [l for l in lines if l]


def train(paths):
    tok = Tokenizer(models.Unigram())
    tok.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation(), pre_tokenizers.Metaspace(prepend_scheme="first")])
    lines = corpus(paths)
    random.Random(1).shuffle(lines)
    tok.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=VOCABULARY, special_tokens=["[PAD]", "[UNK]"], unk_token="[UNK]",
                                                          max_piece_length=12, shrinking_factor=0.6, n_sub_iterations=1, show_progress=False))
    tok.save(str(paths.work / "tokenizer.json"))
    paths.log("tokenizer:", tok.get_vocab_size(), "pieces from", len(lines), "lines")
