"""Makes the judged queries of the sample catalog: `python make/queries.py`.

Writes catalog/queries.jsonl and catalog/qrels.txt from catalog/products.jsonl and the written queries of
tests/vitrine/sample.  Nobody judged anything by eye: a grade says what the catalog's metadata say.

3  what the query asks for: the colour and the kind, or all of the kind
1  the kind in another colour, pattern or material
0  the colour on another kind; for a query that names no colour, another kind of the same department

What is not listed is neither of the kind nor of the colour.
"""

import json
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
CATALOG = os.path.join(os.path.dirname(HERE), "catalog")
WRITTEN = os.path.join(os.path.dirname(os.path.dirname(HERE)), "tests", "vitrine", "sample", "queries.json")


def load(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


products = [json.loads(line) for line in load(os.path.join(CATALOG, "products.jsonl")).splitlines()]
by_id = {product["id"]: product for product in products}
colours = sorted({product["color"] for product in products}, key=len, reverse=True)
queries, judgements = [], []


def kind(product):
    return product["product_type"].split(" > ")[1]


def department(product):
    return product["product_type"].split(" > ")[0]


def add(query_id, fields, right, colour):
    """`right` tells the products of grade 3; `colour` is the one that the query names."""
    queries.append({"query_id": query_id, **fields})
    kinds = {kind(product) for product in products if right(product)}
    departments = {department(product) for product in products if right(product)}
    for product in products:
        if right(product):
            grade = 3
        elif kind(product) in kinds:
            grade = 1
        elif product["color"] == colour if colour else department(product) in departments:
            grade = 0
        else:
            continue
        judgements.append((query_id, product["id"], grade))


def written():
    """Twenty queries in two languages, with the products that are right for each."""
    for number, query in enumerate(json.loads(load(WRITTEN)), 1):
        relevant = set(query["relevant"])
        kinds = {kind(by_id[product]) for product in relevant}
        everything = {product["id"] for product in products if kind(product) in kinds}
        colour = next((colour for colour in colours if query["en"].startswith(colour)), None)
        if colour and {by_id[product]["color"] for product in relevant} != {colour}:
            colour = None
        named = "kind" if relevant == everything else "colour kind" if colour else "attribute kind"
        right = lambda product: product["id"] in relevant
        add(f"en-{number:02}", {"text": query["en"], "class": named}, right, colour)
        add(f"zh-{number:02}", {"text": query["zh"], "class": "chinese"}, right, colour)


def colour_and_kind(count, rng):
    """The rule of the program's own generator: every colour and kind that go together may be asked for."""
    pairs = sorted({(product["color"], kind(product).lower()) for product in products})
    for colour, name in sorted(rng.sample(pairs, count)):
        text = f"{colour} {name}"
        right = lambda product: product["color"] == colour and kind(product).lower() == name
        add(text.replace(" ", "-"), {"text": text, "class": "colour kind"}, right, colour)


def mixed(part, count, rng):
    """Something shown or heard, and a word: this, but in red."""
    colours_of = lambda name: {product["color"] for product in products if kind(product) == name}
    kinds = sorted(name for name in {kind(product) for product in products} if len(colours_of(name)) > 3)
    own_sound = lambda name: sum(kind(product) == name and "audio_link" in product for product in products) > 2
    if part == "audio":
        # Kinds with fewer sounds have spoken descriptions, which say the colour.
        kinds = [name for name in kinds if own_sound(name)]
    for name in sorted(rng.sample(kinds, count)):
        of_kind = [product for product in products if kind(product) == name]
        field = {"image": "additional_image_link", "audio": "audio_link"}[part]
        shown = rng.choice([product for product in of_kind if field in product])
        colour = rng.choice(sorted(colours_of(name) - {shown["color"]}))
        file = shown[field][0] if part == "image" else shown[field]
        right = lambda product: product["color"] == colour and kind(product) == name
        query_id = f"{part}-{shown['id']}-{colour.replace(' ', '-')}"
        add(query_id, {"text": colour, part: file, "class": "mixed"}, right, colour)


written()
colour_and_kind(16, random.Random("queries/colour kind"))
mixed("image", 8, random.Random("queries/image"))
mixed("audio", 4, random.Random("queries/audio"))

with open(os.path.join(CATALOG, "queries.jsonl"), "w", encoding="utf-8") as file:
    file.writelines(json.dumps(query, ensure_ascii=False) + "\n" for query in queries)
with open(os.path.join(CATALOG, "qrels.txt"), "w", encoding="utf-8") as file:
    file.writelines(f"{query} 0 {product} {grade}\n" for query, product, grade in judgements)
print(f"{len(queries)} queries, {len(judgements)} judgements")
