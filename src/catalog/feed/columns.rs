//! Which column is which: Google Merchant names, their Chinese counterparts, and the aliases of public data sets.

/// A field of a product that a column can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Id,
    Title,
    TitleZh,
    Description,
    DescriptionZh,
    Category,
    CategoryZh,
    /// First, second and third step of a category that is spread over columns.
    MasterCategory,
    SubCategory,
    ArticleType,
    Brand,
    Price,
    /// The currency of a price that is a mere number.
    Currency,
    Link,
    Image,
    MoreImages,
    Sound,
    /// Attributes in one cell: `color:red|size:M`.
    Features,
}

impl Field {
    pub fn is_media(self) -> bool {
        matches!(self, Self::Image | Self::MoreImages | Self::Sound)
    }

    /// Whether several columns may fill it together.
    pub fn takes_several(self) -> bool {
        self.is_media() || matches!(self, Self::Category | Self::CategoryZh | Self::Features)
    }

    /// Whether it alone makes a product worth showing.
    pub fn is_shown(self) -> bool {
        self.is_media() || matches!(self, Self::Title | Self::TitleZh)
    }

    /// The name that a mapping is written with; [`field`] knows it too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Title => "title",
            Self::TitleZh => "title_zh",
            Self::Description => "description",
            Self::DescriptionZh => "description_zh",
            Self::Category => "category",
            Self::CategoryZh => "category_zh",
            Self::MasterCategory => "master_category",
            Self::SubCategory => "sub_category",
            Self::ArticleType => "article_type",
            Self::Brand => "brand",
            Self::Price => "price",
            Self::Currency => "currency",
            Self::Link => "link",
            Self::Image => "image_link",
            Self::MoreImages => "additional_image_link",
            Self::Sound => "audio_link",
            Self::Features => "product_features",
        }
    }

    /// All fields, in the order in which a person would fill them.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(field, _)| *field)
    }
}

/// Names in the order in which they are preferred, compared without case, spaces, `_`, `-` and a leading `g:`.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Id,
        &[
            "id",
            "product_id",
            "sku",
            "item_id",
            "asin",
            "编号",
            "商品编号",
            "商品编码",
            "产品编号",
            "产品编码",
            "商品id",
            "货号",
        ],
    ),
    (
        Field::Title,
        &[
            "title",
            "product_name",
            "product_title",
            "product_display_name",
            "item_name",
            "name",
            "title.en",
            "name.en",
            "标题",
            "商品名称",
            "商品标题",
            "产品名称",
            "产品标题",
            "名称",
            "品名",
        ],
    ),
    (Field::TitleZh, &["title_zh", "name_zh", "title_cn", "title.zh", "name.zh", "中文标题", "中文名称"]),
    (
        Field::Description,
        &[
            "description",
            "product_description",
            "product_bullet_point",
            "about_product",
            "bullet_points",
            "body",
            "summary",
            "content",
            "description.en",
            "描述",
            "商品描述",
            "简介",
            "详情",
            "商品详情",
            "说明",
            "商品说明",
            "产品描述",
        ],
    ),
    (Field::DescriptionZh, &["description_zh", "description_cn", "description.zh", "中文描述"]),
    (
        Field::Category,
        &[
            "product_type",
            "google_product_category",
            "category_hierarchy",
            "product_class",
            "coarse_class",
            "category",
            "main_category",
            "label",
            "category.name",
            "类目",
            "分类",
            "商品分类",
            "类别",
        ],
    ),
    (Field::CategoryZh, &["product_type_zh", "category_zh", "中文类目", "中文分类"]),
    (Field::MasterCategory, &["master_category", "一级类目"]),
    (Field::SubCategory, &["sub_category", "二级类目"]),
    (Field::ArticleType, &["article_type", "三级类目"]),
    (Field::Brand, &["brand", "product_brand", "manufacturer", "maker", "brand.name", "品牌", "品牌名称", "牌子"]),
    (
        Field::Price,
        &[
            "price",
            "sale_price",
            "discounted_price",
            "discount_price",
            "selling_price",
            "actual_price",
            "price.value",
            "price.amount",
            "价格",
            "售价",
            "现价",
            "零售价",
            "售价（元）",
            "价格（元）",
            "单价",
        ],
    ),
    (Field::Currency, &["currency", "price_currency", "price.currency", "price.currency_code", "币种", "货币"]),
    (Field::Link, &["link", "url", "product_url", "product_link", "链接", "网址"]),
    (
        Field::Image,
        &[
            "image_link",
            "image",
            "image_url",
            "img_link",
            "image_path",
            "main_image",
            "picture",
            "photo",
            "img",
            "filename",
            "file_name",
            "image_file",
            "photo_file",
            "图片",
            "主图",
            "图片链接",
            "图片地址",
            "商品图片",
            "产品图片",
        ],
    ),
    (
        Field::MoreImages,
        &["additional_image_link", "additional_image_links", "images", "image_urls", "pictures", "更多图片", "附图"],
    ),
    (Field::Sound, &["audio_link", "audio", "sound", "音频", "声音"]),
    (Field::Features, &["product_features"]),
];

/// The field of a column, `None` when it is an attribute of the shop's own.
pub fn field(column: &str) -> Option<Field> {
    let column = plain(column);
    NAMES.iter().find(|(_, names)| names.iter().any(|name| plain(name) == column)).map(|(field, _)| *field)
}

/// Among several columns for one field, the better name comes first.
pub fn preference(column: &str) -> usize {
    let column = plain(column);
    NAMES.iter().find_map(|(_, names)| names.iter().position(|name| plain(name) == column)).unwrap_or(usize::MAX)
}

/// Attributes that name one product, besides its id; names as in [`NAMES`].
const IDENTIFIERS: &[&str] = &[
    "sku",
    "gtin",
    "ean",
    "upc",
    "isbn",
    "mpn",
    "item_number",
    "item_no",
    "model_number",
    "part_number",
    "asin",
    "编号",
    "商品编号",
    "货号",
    "型号",
    "条码",
    "商品条码",
    "条形码",
];

/// Whether an attribute holds a number that names the product, rather than a trait that it shares with others.
pub fn is_identifier(column: &str) -> bool {
    let column = plain(column);
    IDENTIFIERS.iter().any(|name| plain(name) == column)
}

/// A column's name as it is compared with others.
pub fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let name = name.strip_prefix("g:").unwrap_or(&name);
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |column, expected| assert_eq!(field(column), expected, "{column}");
        check("g:image_link", Some(Field::Image));
        check("Product Name", Some(Field::Title));
        check("商品名称", Some(Field::Title));
        check("productDisplayName", Some(Field::Title));
        check("color", None);
        check("masterCategory", Some(Field::MasterCategory));
        check("product_features", Some(Field::Features));
        check("币种", Some(Field::Currency));
        Field::all().for_each(|field| check(field.name(), Some(field)));
        assert!(preference("product_type") < preference("category"));
        assert!(is_identifier("g:GTIN") && is_identifier("货号") && !is_identifier("color"));
    }
}
