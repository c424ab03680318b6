"""What the bundle must know by name: colours and things of a shop, English and Chinese.

One line a concept, `english|synonym = 中文|同义词`; the first names are the ones used for speech.
Written for this project. `ARTICLES` names the catalogue classes of the fashion pictures in Chinese.
"""

def _table(text):
    out = []
    for line in text.strip().splitlines():
        for entry in line.split(";"):
            if "=" in entry:
                en, zh = entry.split("=")
                out.append(([w.strip() for w in en.split("|")], [w.strip() for w in zh.split("|")]))
    return out


COLOURS = _table("""
black = 黑色|黑|黑色的; white = 白色|白|白色的; grey|gray = 灰色|灰; pink = 粉色|粉红色|粉; blue = 蓝色|蓝; brown = 棕色|褐色|咖色
green = 绿色|绿; silver = 银色|银; red = 红色|红|大红色; purple|violet = 紫色|紫; navy blue|navy|dark blue = 深蓝色|藏青色|海军蓝
maroon = 栗色|褐红色; gold|golden = 金色|金; yellow = 黄色|黄; beige = 米色|杏色; orange = 橙色|橘色|橘黄色; cream = 奶油色|米白色
olive = 橄榄绿|橄榄色; turquoise|turquoise blue = 青绿色|绿松石色; teal = 水鸭色|蓝绿色; charcoal = 炭灰色; multi|multicolour|colourful = 彩色|多色|花色
copper = 铜色; bronze = 古铜色; rust = 铁锈色; off white|off-white = 米白色|本白色; khaki = 卡其色; lavender = 薰衣草紫|淡紫色
burgundy|wine red = 酒红色; mustard = 芥末黄|姜黄色; peach = 桃色|蜜桃色; sea green = 海绿色; magenta = 洋红色|品红色; tan = 棕褐色|驼色
steel = 钢色|不锈钢色; skin|nude = 肤色|裸色; mauve = 淡紫红色; rose = 玫瑰色|玫红色; taupe = 灰褐色; coffee brown = 咖啡色|咖啡棕
lime green = 柠檬绿|青柠绿; light blue|sky blue = 浅蓝色|天蓝色; dark green = 深绿色|墨绿色; light green = 浅绿色; dark red = 深红色|暗红色
dark grey = 深灰色; light grey = 浅灰色; grey melange = 麻灰色|花灰色; metallic = 金属色; mushroom brown = 菇褐色; fluorescent green = 荧光绿
""")

ARTICLES = dict(line.split("=") for line in """
Jeans=牛仔裤;Capris=七分裤;Scarves=围巾;Backpacks=双肩包|背包;Clutches=手拿包;Tops=上衣;Watches=手表|腕表;Jackets=夹克|外套;Trousers=长裤|裤子;Briefs=内裤|三角裤
Shirts=衬衫|衬衣;Lip Gloss=唇彩;Kurtas=库尔塔|印度长衫;Tshirts=T恤|短袖;Heels=高跟鞋;Formal Shoes=正装鞋|皮鞋;Sarees=纱丽;Night suits=睡衣套装;Belts=腰带|皮带;Perfume and Body Mist=香水
Casual Shoes=休闲鞋;Flip Flops=人字拖|拖鞋;Wallets=钱包|皮夹;Sandals=凉鞋;Track Pants=运动裤;Free Gifts=赠品;Sports Shoes=运动鞋|跑鞋;Handbags=手提包|女包;Bra=文胸|胸罩;Kurtis=印度短衫
Sunglasses=太阳镜|墨镜;Bangle=手镯;Laptop Bag=电脑包;Ties=领带;Shorts=短裤;Kurta Sets=印度长衫套装;Nail Polish=指甲油;Ring=戒指;Lip Liner=唇线笔;Pendant=吊坠;Dupatta=印度披巾
Sweatshirts=卫衣;Socks=袜子|短袜;Tunics=束腰上衣;Lipstick=口红|唇膏;Stoles=披肩;Sweaters=毛衣|针织衫;Deodorant=除味剂|止汗露;Cufflinks=袖扣;Lounge Pants=家居裤;Waistcoat=马甲|西装背心
Flats=平底鞋;Dresses=连衣裙|裙子;Leggings=打底裤|紧身裤;Earrings=耳环|耳钉;Bath Robe=浴袍;Sports Sandals=运动凉鞋;Rompers=连体短裤;Face Moisturisers=面霜;Caps=棒球帽|鸭舌帽;Jumpsuit=连体裤
Mufflers=围脖;Waist Pouch=腰包;Necklace and Chains=项链;Innerwear Vests=背心|打底背心;Suspenders=背带;Messenger Bag=斜挎包|邮差包;Lounge Shorts=家居短裤;Tablet Sleeve=平板保护套;Nightdress=睡裙
Face Wash and Cleanser=洗面奶;Fragrance Gift Set=香水礼盒;Lounge Tshirts=家居T恤;Patiala=灯笼裤;Bracelet=手链;Jeggings=牛仔打底裤;Accessory Gift Set=配饰礼盒;Jewellery Set=首饰套装;Skirts=半身裙|短裙
Foundation and Primer=粉底液;Mobile Pouch=手机包;Rucksacks=登山包;Hair Colour=染发剂;Travel Accessory=旅行配件;Eyeshadow=眼影;Trunk=平角内裤;Boxers=四角裤;Duffel Bag=旅行包|行李袋;Compact=粉饼
Booties=短靴;Swimwear=泳衣;Tracksuits=运动套装;Key chain=钥匙扣;Blazers=西装外套;Mascara=睫毛膏;Highlighter and Blush=腮红;Baby Dolls=娃娃装睡裙;Kajal and Eyeliner=眼线笔;Shapewear=塑身衣
Camisoles=吊带衫;Umbrellas=雨伞;Sunscreen=防晒霜;Eye Cream=眼霜;Shrug=短披肩;Lip Care=润唇膏;Robe=长袍;Concealer=遮瑕膏;Salwar=印度宽松裤;Body Lotion=身体乳;Makeup Remover=卸妆水;Gloves=手套
Nehru Jackets=尼赫鲁夹克;Mask and Peel=面膜;Rain Jacket=雨衣;Stockings=长筒袜|丝袜;Tights=连裤袜;Clothing Set=服装套装;Body Wash and Scrub=沐浴露;Churidar=印度紧身裤;Lehenga Choli=印度礼服;Wristbands=护腕
Nail Essentials=美甲用品;Headband=头带|发箍;Trolley Bag=拉杆箱;Footballs=足球;Water Bottle=水杯|水瓶;Beauty Accessory=美容工具;Hat=帽子;Basketballs=篮球;Ties and Cufflinks=领带袖扣套装;Face Serum and Gel=精华液
Face Scrub and Exfoliator=磨砂膏;Cushion Covers=抱枕套;Lip Plumper=丰唇膏;Ipad=平板电脑;Shoe Laces=鞋带;Salwar and Dupatta=印度女装套装;Hair Accessory=发饰;Shoe Accessories=鞋类配件;Toner=爽肤水
T-Shirt=T恤;Pants=裤子;Longsleeve=长袖;Shoes=鞋子;Dress=连衣裙;Shirt=衬衫;Outwear=外套;Skirt=裙子;Polo=Polo衫;Undershirt=背心;Hoodie=连帽衫;Blazer=西装;Body=婴儿连体衣;Blouse=女衬衫;Top=上衣
""".replace("\n", ";").split(";") if "=" in line)

CONCEPTS = _table("""
sweater|jumper|pullover|knitwear = 毛衣|针织衫|套头衫; shirt = 衬衫|衬衣; t-shirt|tshirt|tee = T恤|短袖; jacket = 夹克|外套; coat|overcoat = 大衣|外套; dress = 连衣裙|裙子; skirt = 半身裙|短裙; jeans = 牛仔裤|牛仔长裤
trousers|pants = 裤子|长裤; shorts = 短裤; hoodie|hooded sweatshirt = 连帽衫|卫衣; socks|sock = 袜子|短袜; shoes|shoe = 鞋子|鞋; sneakers|sneaker|trainers|running shoes = 运动鞋|跑鞋|球鞋; boots|boot = 靴子|长靴; sandals = 凉鞋; slippers = 拖鞋; high heels|heels = 高跟鞋
hat = 帽子; cap|baseball cap = 棒球帽|鸭舌帽; beanie|knit hat = 毛线帽|针织帽; scarf = 围巾; gloves = 手套; mittens = 连指手套; belt = 皮带|腰带; tie|necktie = 领带; bow tie = 领结; suit = 西装|套装; vest = 背心|马甲; pajamas = 睡衣; swimsuit = 泳衣|泳装; raincoat = 雨衣
handbag|purse = 手提包|女包; backpack|rucksack = 背包|双肩包; wallet = 钱包|皮夹; suitcase|luggage = 行李箱|拉杆箱; watch|wristwatch = 手表|腕表; sunglasses = 太阳镜|墨镜; glasses|eyeglasses = 眼镜; ring = 戒指; necklace = 项链; earrings = 耳环|耳钉; bracelet = 手链|手镯; umbrella = 雨伞|伞
headphones|over-ear headphones = 耳机|头戴式耳机; earbuds|earphones|in-ear headphones = 耳塞|入耳式耳机|无线耳机; speaker|loudspeaker = 音箱|扬声器; bluetooth speaker|wireless speaker = 蓝牙音箱; microphone = 麦克风|话筒; phone|mobile phone|smartphone = 手机|智能手机; telephone = 电话|电话机
laptop|notebook computer = 笔记本电脑; computer|desktop computer = 电脑|台式电脑; tablet = 平板电脑; keyboard = 键盘; mouse|computer mouse = 鼠标; monitor|screen = 显示器|屏幕; printer = 打印机; camera = 相机|照相机; television|tv = 电视|电视机; remote control|remote = 遥控器
charger|power adapter = 充电器; power bank = 充电宝|移动电源; cable|charging cable = 数据线|充电线; hdmi cable = HDMI线|高清线; memory card|sd card = 存储卡|内存卡; usb drive|pen drive|flash drive = U盘|优盘; hard drive|hard disk = 硬盘; router|wifi router = 路由器; phone case|mobile cover = 手机壳|手机套; screen protector|tempered glass = 钢化膜|屏幕保护膜
smart watch|smartwatch = 智能手表; battery = 电池; light bulb|bulb = 灯泡; flashlight|torch = 手电筒; drone = 无人机; game controller|gamepad = 游戏手柄; webcam = 摄像头|网络摄像头; projector = 投影仪; calculator = 计算器; radio = 收音机; tripod = 三脚架; plug|socket adapter = 插头|转换插头; extension cord|power strip = 插线板|插座; lens = 镜头; stand|phone stand = 支架|手机支架
kettle|electric kettle|tea kettle = 水壶|电水壶|烧水壶; teapot = 茶壶; mug|coffee mug = 马克杯|杯子; cup|teacup = 茶杯|杯子; glass|drinking glass = 玻璃杯; wine glass = 酒杯|红酒杯; bowl = 碗; plate|dish = 盘子|碟子; spoon = 勺子|汤匙; fork = 叉子|餐叉; knife = 刀|刀子; chopsticks = 筷子; pan|frying pan = 平底锅|煎锅; pot|saucepan|cooking pot = 锅|汤锅; cutting board|chopping board = 砧板|菜板
toaster = 烤面包机|多士炉; blender = 搅拌机|榨汁机; oven = 烤箱; microwave|microwave oven = 微波炉; refrigerator|fridge = 冰箱; washing machine = 洗衣机; vacuum cleaner = 吸尘器; iron = 熨斗; fan|electric fan = 风扇|电风扇; hair dryer = 吹风机|电吹风; rice cooker = 电饭煲|电饭锅; coffee machine|coffee maker = 咖啡机; thermos|vacuum flask = 保温杯|热水瓶; water bottle|bottle = 水瓶|瓶子|水杯; bucket = 水桶|桶; air conditioner = 空调; heater = 取暖器
chair = 椅子; armchair = 扶手椅; stool = 凳子; table = 桌子|餐桌; desk = 书桌|办公桌; sofa|couch = 沙发; bed = 床; lamp|table lamp|desk lamp = 灯|台灯; clock|wall clock = 时钟|挂钟; alarm clock = 闹钟; mirror = 镜子; vase = 花瓶; pillow = 枕头; cushion = 抱枕|靠垫; blanket = 毯子|毛毯; towel = 毛巾; curtain = 窗帘; carpet|rug = 地毯; basket = 篮子; box = 盒子|箱子; candle = 蜡烛; bookshelf|bookcase = 书架|书柜; wardrobe = 衣柜; cabinet = 柜子; picture frame = 相框; plant pot|flowerpot = 花盆; plant|potted plant = 植物|盆栽; broom = 扫帚; trash can|bin = 垃圾桶
soap = 肥皂|香皂; shampoo = 洗发水; toothbrush = 牙刷; toothpaste = 牙膏; comb = 梳子; perfume = 香水; lipstick = 口红|唇膏; nail polish = 指甲油; toilet paper = 卫生纸; tissue = 纸巾; razor = 剃须刀; scissors = 剪刀; hammer = 锤子; screwdriver = 螺丝刀; wrench = 扳手; saw = 锯子; drill = 电钻; ladder = 梯子; nail = 钉子; rope = 绳子; lock|padlock = 锁|挂锁; key = 钥匙; door bell|doorbell = 门铃; bell = 铃铛|钟; whistle = 哨子|口哨; helmet = 头盔; tent = 帐篷; bicycle|bike = 自行车|单车
book = 书|书本; notebook = 笔记本; pen = 钢笔|笔; pencil = 铅笔; marker = 马克笔|记号笔; eraser = 橡皮; ruler = 尺子; paper = 纸; stapler = 订书机; envelope = 信封; bag = 包|袋子; gift = 礼物|礼品
football|soccer ball = 足球; basketball = 篮球; tennis ball = 网球; tennis racket = 网球拍; badminton = 羽毛球; table tennis|ping pong = 乒乓球; skateboard = 滑板; dumbbell = 哑铃; yoga mat = 瑜伽垫; toy = 玩具; doll = 娃娃|洋娃娃; teddy bear = 泰迪熊|玩具熊; toy car = 玩具车|玩具汽车; robot = 机器人; puzzle = 拼图; balloon = 气球; kite = 风筝; building blocks|blocks = 积木; rattle = 拨浪鼓; ball = 球; car = 汽车|车
guitar|acoustic guitar = 吉他|木吉他; electric guitar = 电吉他; bass guitar = 贝斯; piano = 钢琴; violin = 小提琴; cello = 大提琴; drum|drums = 鼓|架子鼓; flute = 长笛|笛子; trumpet = 小号; saxophone = 萨克斯; harmonica = 口琴; accordion = 手风琴; ukulele = 尤克里里; xylophone = 木琴; electronic keyboard|synthesizer = 电子琴; tambourine = 铃鼓; harp = 竖琴; clarinet = 单簧管; cymbal = 镲|钹; recorder = 竖笛|录音机; music box = 音乐盒|八音盒; metronome = 节拍器; maracas = 沙锤; triangle = 三角铁; gong = 锣; banjo = 班卓琴
apple = 苹果; banana = 香蕉; orange = 橙子|橘子; lemon = 柠檬; lime = 青柠; pear = 梨; peach = 桃子|桃; grape|grapes = 葡萄; strawberry = 草莓; watermelon = 西瓜; melon = 甜瓜|哈密瓜; pineapple = 菠萝|凤梨; mango = 芒果; cherry = 樱桃; kiwi = 猕猴桃|奇异果; avocado = 牛油果|鳄梨; plum = 李子; pomegranate = 石榴; papaya = 木瓜; blueberry = 蓝莓; coconut = 椰子; grapefruit = 西柚|葡萄柚; mandarin|tangerine|satsumas = 蜜橘|桔子; nectarine = 油桃; passion fruit = 百香果; fruit = 水果
tomato = 西红柿|番茄; potato = 土豆|马铃薯; carrot|carrots = 胡萝卜; onion = 洋葱; garlic = 大蒜; ginger = 姜|生姜; cucumber = 黄瓜; cabbage = 卷心菜|白菜; pepper|bell pepper = 甜椒|辣椒; chilli|chili pepper = 辣椒; mushroom = 蘑菇; aubergine|eggplant = 茄子; zucchini|courgette = 西葫芦; asparagus = 芦笋; leek = 大葱|韭葱; beetroot|red beet = 甜菜根; sweet potato = 红薯|地瓜; corn = 玉米; pumpkin = 南瓜; broccoli = 西兰花; spinach = 菠菜; lettuce = 生菜; vegetable|vegetables = 蔬菜; bean|beans = 豆子; pea = 豌豆; peanut = 花生
bread = 面包; cake = 蛋糕; biscuit|cookie = 饼干; chocolate = 巧克力; candy|sweets = 糖果; ice cream = 冰淇淋|雪糕; milk = 牛奶; yoghurt|yogurt = 酸奶; cheese = 奶酪|芝士; butter = 黄油; cream|sour cream = 奶油|酸奶油; egg|eggs = 鸡蛋|蛋; rice = 米饭|大米; noodles = 面条; pasta = 意大利面; pizza = 披萨|比萨; hamburger|burger = 汉堡|汉堡包; sandwich = 三明治; sausage = 香肠; meat = 肉; beef = 牛肉; chicken = 鸡肉; fish = 鱼; shrimp|prawn = 虾; soup = 汤; honey = 蜂蜜; jam = 果酱; salt = 盐; sugar = 糖|白糖; oil|cooking oil = 食用油|油; soy milk = 豆浆|豆奶; oat milk = 燕麦奶; donut|doughnut = 甜甜圈; cereal = 麦片
juice = 果汁; apple juice = 苹果汁; orange juice = 橙汁; coffee = 咖啡; espresso = 浓缩咖啡; latte = 拿铁; cappuccino = 卡布奇诺; americano = 美式咖啡; mocha = 摩卡; iced coffee = 冰咖啡; tea = 茶|茶叶; green tea = 绿茶; water|mineral water = 水|矿泉水; beer = 啤酒; wine|red wine = 葡萄酒|红酒; cola|soda = 可乐|汽水; smoothie = 奶昔
dog = 狗; dog bark|barking dog = 狗叫声|狗叫; cat = 猫; bird = 鸟; rooster|rooster crowing = 公鸡|公鸡打鸣; rain|rain sound = 下雨声|雨声; sea waves|ocean waves = 海浪声|海浪; baby cry|crying baby = 婴儿哭声|婴儿啼哭; clock tick|ticking clock = 时钟滴答声|滴答声; sneeze|person sneeze = 打喷嚏|喷嚏; helicopter = 直升机; chainsaw = 电锯|链锯; fire crackling|crackling fire = 火焰噼啪声|篝火; flower = 花|鲜花; rose = 玫瑰花; tree = 树; horse = 马; rabbit = 兔子; truck = 卡车; boat = 船; airplane|plane = 飞机; train = 火车
""")


def article_zh(label):
    return [z.strip() for z in ARTICLES.get(label, "").split("|") if z.strip()]


def colour_zh(name):
    for en, zh in COLOURS:
        if name.lower() in en:
            return zh
    return []


def singular(label):
    """A plain spelling of a catalogue class: 'Tshirts' -> 't-shirt', 'Dresses' -> 'dress'."""
    special = {"Tshirts": "t-shirt", "Dresses": "dress", "Watches": "watch", "Scarves": "scarf", "Clutches": "clutch", "Jeans": "jeans", "Perfume and Body Mist": "perfume",
               "Necklace and Chains": "necklace", "Sunglasses": "sunglasses", "Trousers": "trousers", "Shorts": "shorts", "Capris": "capris", "Heels": "high heels", "Dress": "dress",
               "Longsleeve": "long sleeve shirt", "Outwear": "jacket", "Pants": "pants", "Shoes": "shoes", "Casual Shoes": "casual shoes", "Sports Shoes": "sports shoes", "Boxers": "boxers",
               "Formal Shoes": "formal shoes", "Flats": "flats", "Briefs": "briefs", "Leggings": "leggings", "Tights": "tights", "Gloves": "gloves", "Innerwear Vests": "vest"}
    if label in special:
        return special[label]
    low = label.lower()
    return low[:-1] if low.endswith("s") and not low.endswith("ss") else low


# What the names of sounds and the drinks that are asked for are called when the encoders are evaluated.
SOUNDS = {"Dog bark": ("dog barking", "狗叫声"), "Rain": ("rain", "下雨声"), "Sea waves": ("sea waves", "海浪声"), "Baby cry": ("baby crying", "婴儿哭声"),
          "Clock tick": ("clock ticking", "时钟滴答声"), "Person sneeze": ("person sneezing", "打喷嚏"), "Helicopter": ("helicopter", "直升机"),
          "Chainsaw": ("chainsaw", "电锯"), "Rooster": ("rooster crowing", "公鸡打鸣"), "Fire crackling": ("fire crackling", "火焰噼啪声")}
DRINKS = {"americano": "americano", "cappuccino": "cappuccino", "coffee": "coffee", "drip coffee": "coffee", "espresso": "espresso", "house coffee": "coffee",
          "iced coffee": "coffee", "iced mocha": "mocha", "latte": "latte", "mocha": "mocha"}


if __name__ == "__main__":  # writes the word lists that `vitrine eval-encoders` asks with
    import json
    from pathlib import Path

    articles = {label: {"en": singular(label), "zh": article_zh(label)} for label in ARTICLES}
    out = {"articles": articles, "colours": COLOURS, "concepts": CONCEPTS, "sounds": SOUNDS, "drinks": DRINKS}
    target = Path(__file__).parent.parent / "words.json"
    text = ",\n".join(f' {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}' for k, v in out.items())
    target.write_text("{\n" + text + "\n}\n", encoding="utf8")
