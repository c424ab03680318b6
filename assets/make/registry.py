"""The list of drawable kinds, their variants, and the named colours."""

COLOURS = {
    "red": {"en": "red", "zh": "红色", "rgb": (200, 44, 48)},
    "burgundy": {"en": "burgundy", "zh": "酒红色", "rgb": (122, 32, 52)},
    "orange": {"en": "orange", "zh": "橙色", "rgb": (230, 120, 44)},
    "mustard": {"en": "mustard", "zh": "姜黄色", "rgb": (206, 152, 44)},
    "yellow": {"en": "yellow", "zh": "黄色", "rgb": (244, 204, 66)},
    "green": {"en": "green", "zh": "绿色", "rgb": (70, 138, 84)},
    "olive": {"en": "olive", "zh": "橄榄绿", "rgb": (116, 120, 66)},
    "teal": {"en": "teal", "zh": "青色", "rgb": (40, 134, 140)},
    "mint": {"en": "mint green", "zh": "薄荷绿", "rgb": (150, 208, 182)},
    "light blue": {"en": "light blue", "zh": "浅蓝色", "rgb": (146, 190, 222)},
    "blue": {"en": "blue", "zh": "蓝色", "rgb": (52, 104, 184)},
    "navy": {"en": "navy", "zh": "藏青色", "rgb": (38, 50, 88)},
    "purple": {"en": "purple", "zh": "紫色", "rgb": (122, 80, 156)},
    "pink": {"en": "pink", "zh": "粉色", "rgb": (238, 158, 178)},
    "beige": {"en": "beige", "zh": "米色", "rgb": (214, 192, 160)},
    "brown": {"en": "brown", "zh": "棕色", "rgb": (128, 84, 56)},
    "grey": {"en": "grey", "zh": "灰色", "rgb": (144, 146, 150)},
    "black": {"en": "black", "zh": "黑色", "rgb": (46, 46, 52)},
    "white": {"en": "white", "zh": "白色", "rgb": (246, 244, 240)},
    "cream": {"en": "cream", "zh": "奶油色", "rgb": (244, 230, 200)},
    "silver": {"en": "silver", "zh": "银色", "rgb": (196, 200, 206)},
    "gold": {"en": "gold", "zh": "金色", "rgb": (212, 172, 92)},
}

BRIGHT = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"]
CLOTH = ["red", "burgundy", "mustard", "green", "olive", "teal", "light blue", "blue", "navy",
         "purple", "pink", "beige", "brown", "grey", "black", "white", "cream", "orange", "yellow"]
GADGET = ["black", "white", "silver", "grey", "navy", "red", "teal", "pink", "mint", "blue", "beige"]
WARES = ["white", "cream", "red", "teal", "blue", "navy", "mustard", "mint", "pink", "green", "grey",
         "black", "light blue", "orange", "yellow"]
LEATHER = ["brown", "black", "beige", "burgundy", "navy", "red", "mustard", "olive", "grey"]

KINDS, DRAW = {}, {}


def kind(name, en, zh, department, category, category_zh, *, colours=CLOTH, patterns=("plain",),
         shapes=("",), materials=("",), flat=False, hung=()):
    """Register a drawing function `draw(pen, a)` under a kind name.

    Kinds laid flat may be turned; shapes in `hung` only want a plain backdrop.
    """
    def keep(draw):
        KINDS[name] = {"en": en, "zh": zh, "department": department, "category": category,
                       "category_zh": category_zh, "colours": list(colours), "patterns": list(patterns),
                       "shapes": list(shapes), "materials": list(materials), "flat": flat, "hung": list(hung)}
        DRAW[name] = draw
        return draw
    return keep
