"""What is said to the app, and what it means: words, "colour thing" phrases, wishes, drink orders.

A wish or an order means the wanted thing alone, so the tower learns to listen past the rest.
"""
import words
from words import ARTICLES, COLOURS, CONCEPTS, singular

DRINKS = list(words.DRINKS)
THINGS = CONCEPTS[:170]     # what comes in colours
PLAIN = COLOURS[:14]
KINDS = ["bicycle bell", "coffee grinder", "crisps", "desk bell", "lamp", "music box", "sparkling drink", "wind chimes", "vacuum cleaner", "trousers", "mice", "scarves", "watches",
         "dresses", "jackets", "sweaters", "guitars", "chairs", "cameras", "speakers", "umbrellas", "mugs", "kettles", "backpacks", "phones", "laptops", "drums", "hats"]
ADJECTIVES = ["wooden", "wireless", "electric", "leather", "small", "large", "new", "cheap", "cotton", "striped", "ceramic", "glass", "metal", "warm", "waterproof"]
ADJECTIVES_ZH = ["木制", "无线", "电动", "皮革", "小号", "大号", "新款", "便宜的", "纯棉", "条纹", "陶瓷", "防水"]
WISHES = ["show me {}", "I'd like {}", "I would like {} please", "can I get {}", "could I have {} please", "I'm looking for {}", "do you have {}", "find {}", "search for {}", "I want {}",
          "please show me {}", "where is the {}", "let me see {}", "give me {}", "how much is the {}", "something like {}", "{} please", "I need {}"]
WISHES_ZH = ["我想要{}", "给我看看{}", "有没有{}", "请找一下{}", "我要买{}", "来一个{}", "帮我找{}", "搜索{}", "我想看{}", "请给我{}", "哪里有{}", "我在找{}"]
SIZES = ["small", "medium", "large", "eight ounce", "twelve ounce", "sixteen ounce", "twenty ounce"]
ROASTS = ["light roast", "medium roast", "dark roast"]
SHOTS = ["single shot", "double shot", "triple shot"]
AMOUNTS = ["", "some ", "a bit of ", "a little bit of ", "lots of ", "a lot of "]
MILKS = ["milk", "whole milk", "skim milk", "soy milk", "almond milk", "cream"]
SUGARS = ["sugar", "brown sugar", "sweetener"]
ORDERS = ["can I get {}", "can I have {}", "could I get {} please", "I'd like {}", "I would like {}", "I want {}", "give me {}", "let me get {}", "I'll have {}", "please make me {}",
          "may I have {}", "get me {}", "I'd like to order {}", "{} please", "can you make me {}", "could you get me {}", "make {}"]


def words_of(lang):
    """All words that are spoken, the test's vocabulary among them."""
    k = 0 if lang == "en" else 1
    out = [w for c in CONCEPTS for w in c[k]] + [w for c in COLOURS[:30] for w in c[k]]
    if lang == "en":
        out += [singular(a) for a in ARTICLES] + KINDS + DRINKS
    else:
        out += [z for line in ARTICLES.values() for z in line.split("|")]
    return [w for w in dict.fromkeys(x.strip() for x in out) if w]


def phrase(rng, lang):
    k = 0 if lang == "en" else 1
    thing = rng.choice(rng.choice(THINGS)[k][:2])
    if rng.random() < 0.15:
        return f"{rng.choice(ADJECTIVES)} {thing}" if lang == "en" else rng.choice(ADJECTIVES_ZH) + thing
    colour = rng.choice(PLAIN)[k][0]
    return f"{colour} {thing}" if lang == "en" else colour + thing


def a(what):
    return ("an " if what[0] in "aeiou" else "a ") + what


def wish(rng, lang):
    """(what is said, what it means)."""
    means = phrase(rng, lang) if rng.random() < 0.4 else rng.choice(rng.choice(CONCEPTS)[0 if lang == "en" else 1][:2])
    if lang == "zh":
        return rng.choice(WISHES_ZH).format(means), means
    if rng.random() < 0.12:
        means = rng.choice(DRINKS)
    form = rng.choice(WISHES)
    said = means if " the " in form or means.endswith("s") else rng.choice([a(means), "the " + means, means, "some " + means])
    return form.format(said), means


def order(rng):
    """An order for a drink: size, roast, drink, then what goes with it, some of it left out."""
    drink = rng.choice(DRINKS)
    first = [x for x in (rng.choice(SIZES), rng.choice(SHOTS), rng.choice(ROASTS)) if rng.random() < 0.35]
    said = a(" ".join(first + [drink]))
    more = [x for x in (rng.choice(SHOTS), rng.choice(AMOUNTS) + rng.choice(MILKS), rng.choice(AMOUNTS) + rng.choice(SUGARS)) if rng.random() < 0.4]
    rng.shuffle(more)
    if more:
        said += " with " + " and ".join(more)
    return rng.choice(ORDERS).format(said), drink
