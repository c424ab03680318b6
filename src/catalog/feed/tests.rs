//! Feeds as tables: what is written, and what arrives of it.

use std::{
    fmt::Write as _,
    io::{Cursor, Write},
};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::language::Language;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and sixty bytes more, so that it is long enough to be taken for base64";

/// Writes a feed and reads its rows, with a folder for what has no file.
fn rows_with(name: &str, content: &[u8], mapping: &str) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let options = Options { mapping: mapping.parse()?, media: Some(folder.path().join("media")), ..Options::default() };
    Ok(open_with(&path, &options)?.collect())
}

fn rows(name: &str, content: &[u8]) -> Vec<Row> {
    rows_with(name, content, "").unwrap()
}

/// "id title" or "line n: fault", and behind it the remarks.
fn tell(row: &Row) -> String {
    let mut told = match &row.product {
        Ok(product) => format!("{} {}", product.id, product.title),
        Err(fault) => format!("line {}: {}", row.line, fault.say(Language::English)),
    };
    for remark in &row.remarks {
        let _ = write!(told, " ({})", remark.say(Language::English).split([';', '.']).next().unwrap());
    }
    told
}

fn read(name: &str, content: &[u8]) -> Vec<String> {
    rows(name, content).iter().map(tell).collect()
}

fn product(name: &str, content: &[u8]) -> Product {
    rows(name, content).remove(0).product.unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn tables() {
    let check = |name: &str, content: &[u8], expected: &[&str]| assert_eq!(read(name, content), expected, "{name}");
    check("a.csv", b"id,title\n1,Mug\n2,\"Red, big\"\n", &["1 Mug", "2 Red, big"]);
    check("bom.csv", b"\xEF\xBB\xBFid;title\r\n1;Mug\r\n", &["1 Mug"]);
    check("a.tsv", b"id\ttitle\n1\tMug, blue\n", &["1 Mug, blue"]);
    check("bar.csv", b"id|title\n1|Mug, blue\n", &["1 Mug, blue"]);
    check("mac.csv", b"id,title\r1,Mug\r2,Cup\r", &["1 Mug", "2 Cup"]);
    check("zh.csv", "商品编号,商品名称\n7,红色毛衣\n".as_bytes(), &["7 红色毛衣"]);
    check("gb.csv", &encoding_rs::GB18030.encode("编号,标题\n7,红色毛衣\n").0, &["7 红色毛衣"]);
    let utf16: Vec<u8> = "编号,标题\n7,红色毛衣\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("wide.csv", &[b"\xFF\xFE".as_slice(), &utf16].concat(), &["7 红色毛衣"]);
    check("wide2.csv", &utf16, &["7 红色毛衣"]);
    check("packed.csv.gz", &gzip(b"id,title\n1,Mug\n"), &["1 Mug"]);
    check("wands.csv", b"product_id\tproduct_name\tproduct_class\n3\tsofa\tSofas\n", &["3 sofa"]);
    check(
        "broken.csv",
        b"id,title\n1,Mug\n2\n3,Cup,extra\n4,Pan\n,\n5,Pot,, \n,Lid\n",
        &[
            "1 Mug",
            "line 3: The row has 1 cells, the heading has 2. Look for a missing quote or a stray separator.",
            "line 4: The row has 3 cells, the heading has 2. Look for a missing quote or a stray separator.",
            "4 Pan",
            "line 6: The row has no title, picture or sound.",
            "5 Pot (The row has 4 cells, the heading has 2)",
            "row-8 Lid (The row has no id and is called row-8)",
        ],
    );
    let open = "A quote that is opened is not closed. Close it, or double it where it is part of the text.";
    check("open.csv", b"id,title\n1,Mug\n2,\"Red\n3,Cup\n", &["1 Mug", &format!("line 3: {open}"), "3 Cup"]);
    check(
        "two.csv",
        b"id,title\n2,\"Red\n3,\"Cup\n4,Pan\n",
        &[&format!("line 2: {open}"), &format!("line 3: {open}"), "4 Pan"],
    );
    check("inch.csv", b"id,title\n1,5\" pipe\n2,\"two\nlines \"\"so\"\"\"\n", &["1 5\" pipe", "2 two\nlines \"so\""]);
    check("end.csv", b"id,title\n1,\"Mug\"", &["1 Mug"]);
    check(
        "above.csv",
        b"Our shop 2026\n\nid,title\n1,Mug\n",
        &["line 1: The row stands above the heading and is left out. Remove it if that is right.", "1 Mug"],
    );
    let broken = ["红色毛衣,白色杯子".repeat(20).as_bytes(), b"\n1,M\xFFg\n"].concat();
    check(
        "half.csv",
        &[b"id,title,".as_slice(), &broken].concat(),
        &["line 2: The row has 2 cells, the heading has 23. Look for a missing quote or a stray separator."],
    );
}

#[test]
fn what_needs_a_look_keeps_the_product() {
    let check = |row: &str, expected: &[Fault]| {
        let rows = rows("a.csv", format!("id,title,price,currency,image_link\n{row}\n").as_bytes());
        assert_eq!(rows[0].remarks, expected, "{row}");
        assert!(rows[0].product.is_ok() && expected.iter().all(Fault::keeps_product), "{row}");
        for language in Language::ALL {
            assert!(expected.iter().all(|fault| !fault.say(language).is_empty()));
        }
    };
    check("1,Mug,9.00 USD,,", &[]);
    check("1,Mug,on request,,", &[Fault::Price("on request".into())]);
    check(",Mug,,,", &[Fault::NoId("row-2".into())]);
    check("1,Mug,,,,,", &[Fault::EmptyCells { expected: 5, found: 7 }]);
    check("1,Mug,,,\"data:image/png;base64,AAAA\"", &[Fault::Embedded { column: "image_link".into() }]);
    check(&format!("1{},Mug,,,", "2".repeat(80)), &[]);
    let attributes = product("a.csv", b"id,title,price\n1,Mug,10-20 USD\n").attributes;
    assert_eq!(attributes["price"], "10-20 USD");
}

#[test]
fn columns_become_fields() {
    let styles = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName\n\
        15970,Men,Apparel,Topwear,Shirts,Navy Blue,Fall,2011,Casual,Turtle Check Men Navy Blue Shirt\n";
    let shirt = product("styles.csv", styles.as_bytes());
    assert_eq!(
        (shirt.title.as_str(), shirt.category.as_str()),
        ("Turtle Check Men Navy Blue Shirt", "Apparel > Topwear > Shirts")
    );
    assert_eq!(shirt.attributes["baseColour"], "Navy Blue");
    let ours = product("a.jsonl", br#"{"id":1,"title":"Jeans","category":"Apparel","subcategory":"Bottomwear","article_type":"Jeans","price":450.0,"currency":"INR"}"#);
    assert_eq!(ours.category, "Apparel > Bottomwear > Jeans");
    assert_eq!(ours.price.unwrap().to_string(), "450.00 INR");
    let wands = "product_id\tproduct_name\tproduct_class\tcategory hierarchy\tproduct_features\n\
        3\tsofa\tSofas\tFurniture / Sofas\toverallwidth:30|color : white|color:red|sturdy\n";
    let sofa = product("product.csv", wands.as_bytes());
    assert_eq!((sofa.category.as_str(), sofa.attributes["product_class"].as_str()), ("Furniture > Sofas", "Sofas"));
    assert_eq!(
        (sofa.attributes["color"].as_str(), sofa.attributes["product_features"].as_str()),
        ("white, red", "sturdy")
    );
    let esci = product(
        "a.csv",
        b"product_id,product_title,product_description,product_bullet_point,product_color\nB1,Mug,A mug,Red,red\n",
    );
    assert_eq!((esci.description.as_str(), esci.attributes["product_bullet_point"].as_str()), ("A mug", "Red"));
    let two = product("a.csv", b"id,title,category,product_type,tag,tag\n1,Mug,Home,Mugs,a,b\n");
    assert_eq!(
        (two.category.as_str(), two.attributes["category"].as_str(), two.attributes["tag"].as_str()),
        ("Mugs", "Home", "a, b")
    );
}

#[test]
fn a_mapping_says_what_names_do_not() {
    let feed = b"Nr,Was,Kosten,Intern,Gruppe,Art\n1,Becher,\"9,50 EUR\",geheim,Haus,Geschirr\n";
    let rows =
        rows_with("a.csv", feed, "id=nr,title=Was,price=Kosten,ignore=Intern,category=Gruppe,category=Art").unwrap();
    let mug = rows[0].product.as_ref().unwrap();
    assert_eq!((mug.id.as_str(), mug.title.as_str(), mug.category.as_str()), ("1", "Becher", "Haus > Geschirr"));
    assert!(mug.attributes.is_empty() && mug.price.is_some());
    let check = |name: &str, content: &[u8], mapping: &str| {
        let error = rows_with(name, content, mapping).unwrap_err();
        assert!(matches!(&error, Error::UnknownColumn { column, .. } if column == "Nome"), "{error}");
    };
    check("a.csv", feed, "title=Nome");
    check("a.jsonl", b"{\"id\":1,\"Was\":\"Becher\"}\n", "title=Nome");
    assert!(matches!(rows_with("a.csv", feed, ""), Err(Error::NoColumn { .. })));
}

#[test]
fn json() {
    let check = |name: &str, content: &[u8], expected: &[&str]| assert_eq!(read(name, content), expected, "{name}");
    check(
        "a.jsonl",
        b"{\"id\":1,\"title\":\"Mug\"}\n\n{\"id\":\n[1]\n{\"title\":\"No id\"}\n",
        &[
            "1 Mug",
            "line 3: The row cannot be read: EOF while parsing a value at line 1 column 6",
            "line 4: The row cannot be read: expected an object like {\"id\": \"1\", \"title\": \"Mug\"}",
            "row-5 No id (The row has no id and is called row-5)",
        ],
    );
    check("lines.json", b"{\"id\":1,\"title\":\"Mug\"}\n{\"id\":2,\"title\":\"Cup\"}\n", &["1 Mug", "2 Cup"]);
    check(
        "list.json",
        b"[{\"id\":1,\"title\":\"M]u{g\"},\n oops, {\"id\":2,\"title\":\"C\\\"up\"}]",
        &["1 M]u{g", "line 0: Item 2: The row cannot be read: expected value at line 1 column 1", "2 C\"up"],
    );
    let deep = br#"{"status":"ok","data":{"page":1,"products":[{"id":1,"title":"Mug"},{"id":2,"title":"Cup"}]}}"#;
    check("deep.json", deep, &["1 Mug", "2 Cup"]);
    check("deep.json", &[deep.as_slice(), b"\n"].concat(), &["1 Mug", "2 Cup"]);
    check("only.json", br#"{"shop":{"name":"x","offer":{"list":[{"id":1,"title":"Mug"}]}}}"#, &["1 Mug"]);
    check("own.json", br#"{"id":1,"title":"Mug","more":{"sizes":[{"cm":9}]}}"#, &["1 Mug"]);
    check(
        "one line.json",
        br#"[{"id":1,"title":"Mug"},{"id":2},7,{"title":"Cup"},{"title":"Pan"}]"#,
        &[
            "1 Mug",
            "line 0: Item 2: The row has no title, picture or sound.",
            "line 0: Item 3: The row cannot be read: expected an object like {\"id\": \"1\", \"title\": \"Mug\"}",
            "item-4 Cup (Item 4: The row has no id and is called item-4)",
            "item-5 Pan (Item 5: The row has no id and is called item-5)",
        ],
    );
    let zh = rows("a.json", b"[{\"id\":1,\"title\":\"Mug\"},7]")[1].product.clone().unwrap_err().say(Language::Chinese);
    assert!(zh.starts_with("第 2 项："), "{zh}");
    check("list.jsonl", b"[{\"id\":1,\"title\":\"Mug\"}]", &["1 Mug"]);
    check("empty.json", b"[]", &[]);
    check(
        "one.json",
        b"{\n \"id\": 1,\n \"title\": \"Mug\", \"images\": [\"a.jpg\"], \"reviews\": [{\"text\": \"Good\"}]\n}",
        &["1 Mug"],
    );
    check(
        "pretty.json",
        b"{\n \"id\": 1,\n \"title\": \"Mug\"\n}\n{\n \"id\": 2,\n \"title\": \"Cup\"\n}\n",
        &["1 Mug", "2 Cup"],
    );
    check("inside.json", br#"{"total": 2, "tags": ["a"], "shops": [{"name": "x"}], "data": {"products": [{"id":1,"title":"Mug"},{"id":2,"title":"Cup"}]}}"#, &["1 Mug", "2 Cup"]);
    check(
        "cut.json",
        b"[{\"id\":1,\"title\":\"Mug\"},{\"id\":2",
        &["1 Mug", "line 0: Item 2: The row cannot be read: it is cut short"],
    );
    let utf16: Vec<u8> = "[{\"id\":1,\"title\":\"红色毛衣\"}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("wide.json", &[b"\xFF\xFE".as_slice(), &utf16].concat(), &["1 红色毛衣"]);
    let bad = rows("a.jsonl", br#"{"id":1,"title":"Mug","reviews":[{"stars":5}]}"#);
    assert!(matches!(bad[0].remarks[..], [Fault::Reviews(_)]) && bad[0].product.is_ok());
    let number = product("a.jsonl", br#"{"id":1234567890123,"title":"Mug","on_sale":true,"sizes":["S","M"],"image_link":["a.jpg",{"path":"b.jpg"}]}"#);
    assert_eq!(
        (number.id.as_str(), number.attributes["on_sale"].as_str(), number.attributes["sizes"].as_str()),
        ("1234567890123", "true", "S, M")
    );
    assert_eq!(number.pictures.len(), 2);
    let nested = br#"{"id":1,"info":{"name":"Mug","size":{"cm":9},"none":{}},"brand":{"name":"Acme"},"price":{"value":"15.00","currency":"USD"},"image":{"url":"a.jpg"}}"#;
    let nested = rows_with("a.jsonl", nested, "title=info.name").unwrap().remove(0).product.unwrap();
    assert_eq!((nested.title.as_str(), nested.brand.as_str(), nested.pictures.len()), ("Mug", "Acme", 1));
    assert_eq!(nested.price.unwrap().currency, "USD");
    assert_eq!(nested.attributes.into_iter().collect::<Vec<_>>(), [("info.size.cm".to_owned(), "9".to_owned())]);
    let whole = r#"{"_id":{"$oid":"7f"},"title":{"en":"Mug","zh":"杯"},"price":{"min":1,"max":2},"more":{"a":{"b":{"c":{"d":1}}}}}"#;
    let whole = rows_with("a.jsonl", whole.as_bytes(), "").unwrap().remove(0);
    assert!(matches!(whole.remarks[..], [Fault::Price(_)]), "{:?}", whole.remarks);
    let whole = whole.product.unwrap();
    assert_eq!((whole.id.as_str(), whole.title.as_str(), whole.title_zh.as_str()), ("7f", "Mug", "杯"));
    assert_eq!(whole.attributes["more.a.b.c"], r#"{"d":1}"#);
    let said = br#"{"id":1,"title":"Mug","shot":{"url":"a.jpg"},"info":{"cm":9}}"#;
    let said = rows_with("a.jsonl", said, "image_link=shot,attribute=info").unwrap().remove(0).product.unwrap();
    assert_eq!((said.pictures.len(), said.attributes["info"].as_str()), (1, r#"{"cm":9}"#));
}

#[test]
fn merchant_feeds() {
    let rss = r#"<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><g:id>1</g:id><title><![CDATA[Mug & <b>cup</b>]]></title><link>https://shop.example/1</link>
<g:price>9.00 USD</g:price><g:image_link>a.jpg</g:image_link><g:additional_image_link>b.jpg</g:additional_image_link>
<g:additional_image_link>c.jpg</g:additional_image_link><g:color>red &amp; white</g:color>
<g:product_detail><g:section_name>Size</g:section_name><g:attribute_name>Height</g:attribute_name><g:attribute_value>9 cm</g:attribute_value></g:product_detail>
<g:shipping><g:country>US</g:country><g:price>5 USD</g:price></g:shipping></item>
<item><title>&x;</title></item><item><g:id>3</g:id></item></channel></rss>"#;
    let rows = rows("feed.xml", rss.as_bytes());
    let told: Vec<_> = rows.iter().map(tell).collect();
    assert_eq!(
        told,
        [
            "1 Mug & <b>cup</b>",
            "row-8 &x; (The row has no id and is called row-8)",
            "line 8: The row has no title, picture or sound."
        ]
    );
    let mug = rows[0].product.as_ref().unwrap();
    assert_eq!(mug.pictures.len(), 3);
    let attributes: Vec<_> = mug.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(attributes, ["Height=9 cm", "color=red & white", "shipping=country US, price 5 USD"]);
    assert_eq!(mug.price.as_ref().unwrap().to_string(), "$9.00");
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Shop</title><link href="https://shop.example"/>
<entry><id>7</id><title>Sweater</title><link href="https://shop.example/7"/><summary>Warm</summary></entry></feed>"#;
    let sweater = product("atom.xml", atom.as_bytes());
    assert_eq!(
        (sweater.id.as_str(), sweater.link.as_str(), sweater.description.as_str()),
        ("7", "https://shop.example/7", "Warm")
    );
    let gb = encoding_rs::GB18030.encode("<?xml version=\"1.0\" encoding=\"GB2312\"?><rss><channel><item><id>1</id><title>红色毛衣</title></item></channel></rss>").0.into_owned();
    assert_eq!(read("gb.xml", &gb), ["1 红色毛衣"]);
    let cut = read("cut.xml", b"<rss><channel><item><id>1</id><title>Mug</title></item><item><id>2");
    assert_eq!(cut, ["1 Mug", "line 1: The row cannot be read: it is cut short"]);
    assert_eq!(read("list.xml", b"<products><product><id>1</id><title>Mug</title></product></products>"), ["1 Mug"]);
}

/// The parts of a workbook that a reader cannot do without, with the rows given as XML.
fn xlsx(sheets: &[&str]) -> Vec<u8> {
    let mut names = String::new();
    let mut links = String::new();
    let mut types = String::new();
    for number in 1..=sheets.len() {
        let _ = write!(names, r#"<sheet name="S{number}" sheetId="{number}" r:id="rId{number}"/>"#);
        let _ = write!(
            links,
            r#"<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#
        );
        let _ = write!(
            types,
            r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
        );
    }
    links += r#"<Relationship Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#;
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let mut entries = vec![
        ("[Content_Types].xml".to_owned(), format!(r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>"#)),
        ("_rels/.rels".to_owned(), r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml".to_owned(), format!(r#"<workbook xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{names}</sheets></workbook>"#)),
        ("xl/_rels/workbook.xml.rels".to_owned(), format!(r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>"#)),
        ("xl/styles.xml".to_owned(), format!(r#"<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#)),
    ];
    for (number, rows) in sheets.iter().enumerate() {
        entries.push((
            format!("xl/worksheets/sheet{}.xml", number + 1),
            format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
        ));
    }
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zip(&entries)
}

#[test]
fn workbooks() {
    let text = |place: &str, text: &str| format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let heading = ["id", "title", "price", "made", "sold", "weight", "note"];
    let heading: String = heading.iter().zip('A'..).map(|(name, column)| text(&format!("{column}3"), name)).collect();
    let rows_xml = format!(
        r#"<row r="1">{}</row><row r="3">{heading}</row>
        <row r="4">{}{}<c r="C4"><v>9.5</v></c><c r="D4" s="1"><v>45000</v></c><c r="E4" t="b"><v>1</v></c><c r="F4"><v>0.30000000000000004</v></c><c r="G4" t="e"><v>#N/A</v></c></row>
        <row r="6"><c r="A6"><v>1234567890123</v></c>{}{}</row>"#,
        text("A1", "Price list"),
        text("A4", "00123"),
        text("B4", "Mug"),
        text("B6", "Cup"),
        text("I6", "beyond"),
    );
    let notes = format!(r#"<row r="1">{}</row>"#, text("A1", "read me"));
    let empty = r#"<row r="1"><c r="A1"/></row>"#;
    let workbook = xlsx(&[&notes, &rows_xml, empty, &notes]);
    let mut rows = rows("shop.xlsx", &workbook);
    let left_out: Vec<_> = rows.drain(rows.len() - 2..).map(|row| tell(&row)).collect();
    assert!(left_out[0].contains("The sheet S1 is not read"), "{left_out:?}");
    assert!(left_out[1].contains("The sheet S4 is not read"), "{left_out:?}");
    let told: Vec<_> = rows.iter().map(tell).collect();
    assert_eq!(
        told,
        [
            "line 1: The row stands above the heading and is left out. Remove it if that is right.",
            "00123 Mug (The formula in note gives #N/A)",
            "1234567890123 Cup"
        ]
    );
    let mug = rows[1].product.as_ref().unwrap();
    let attributes: Vec<_> = mug.attributes.values().map(String::as_str).collect();
    assert_eq!(attributes, ["2023-03-15", "true", "0.3"]);
    assert_eq!(rows[2].line, 6);
    assert_eq!(rows[2].product.as_ref().unwrap().attributes["column-9"], "beyond");
    let named_wrong = tempfile::tempdir().unwrap().keep().join("shop.csv");
    fs::write(&named_wrong, &workbook).unwrap();
    assert_eq!(preview(&named_wrong, &Mapping::default()).unwrap().kind, Kind::Xlsx, "content goes before the name");
    assert!(matches!(rows_with("none.xlsx", &xlsx(&[&notes]), ""), Err(Error::NoColumn { .. })));
    assert!(matches!(rows_with("cut.xlsx", &workbook[..workbook.len() / 2], ""), Err(Error::BadFeed { .. })));
    let locked = rows_with("old.xlsx", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on", "").unwrap_err().to_string();
    assert!(locked.contains("without a password"), "{locked}");
    // One cell in the last corner must not claim a sheet of memory.
    let corner = format!(
        r#"<row r="1">{}{}</row><row r="1048576">{}</row>"#,
        text("A1", "id"),
        text("B1", "title"),
        text("XFD1048576", "x")
    );
    assert_eq!(read("corner.xlsx", &xlsx(&[&corner])), ["line 1048576: The row has no title, picture or sound."]);
}

#[test]
fn a_number_of_a_sheet_is_a_number() {
    let text = |place: &str, text: &str| format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let check = |cell: &str, expected: &str| {
        let sheet = format!(
            r#"<row r="1">{}{}{}</row><row r="2">{}{}<c r="C2"{cell}</c></row>"#,
            text("A1", "id"),
            text("B1", "title"),
            text("C1", "price"),
            text("A2", "1"),
            text("B2", "Mug"),
        );
        let price = product("a.xlsx", &xlsx(&[&sheet])).price.unwrap();
        assert_eq!(format!("{} {}", price.amount, price.currency).trim_end(), expected, "{cell}");
    };
    check("><v>12.345</v>", "12.345");
    check("><v>1.234</v>", "1.234");
    check("><v>1234.567</v>", "1234.567");
    check("><v>1234</v>", "1234");
    check(r#" t="inlineStr"><is><t>1.234</t></is>"#, "1234");
    let check = |attributes: &str, shown: &str, expected: &str| {
        let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
        let content = format!(
            r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table>
            <table:table-row>{}{}{}</table:table-row><table:table-row>{}{}<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell></table:table-row>
            </table:table></office:spreadsheet></office:body></office:document-content>"#,
            cell("id"),
            cell("title"),
            cell("price"),
            cell("1"),
            cell("Mug"),
        );
        let kind: (&str, &[u8]) = ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet");
        let price = product("a.ods", &zip(&[kind, ("content.xml", content.as_bytes())])).price.unwrap();
        assert_eq!(format!("{} {}", price.amount, price.currency).trim_end(), expected, "{attributes} {shown}");
    };
    check(r#"office:value-type="float" office:value="12.345""#, "12,345", "12.345");
    check(r#"office:value-type="currency" office:currency="EUR" office:value="1234.5""#, "1.234,50 €", "1234.5 EUR");
    check(r#"office:value-type="string""#, "1.234", "1234");
}

#[test]
fn open_document_sheets() {
    let cell = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let content = format!(
        r#"<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet><table:table>
        <table:table-row>{}{}{}{}</table:table-row>
        <table:table-row>{}{}<table:table-cell office:value-type="date" office:date-value="2026-11-26T00:00:00"><text:p>26.11.26</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1234567890123"><text:p>1,23E+12</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        <table:table-row><table:table-cell/>{}<table:table-cell office:value-type="float" office:value="5"><office:annotation><text:p>a note</text:p></office:annotation><text:p>00005</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        </table:table>
        <table:table table:name="Empty"><table:table-row><table:table-cell/></table:table-row></table:table>
        <table:table table:name="Old"><table:table-row>{}</table:table-row></table:table>
        </office:spreadsheet></office:body></office:document-content>"#,
        cell("id"),
        cell("title"),
        cell("made"),
        cell("code"),
        cell("007"),
        cell("Tom &amp; <text:span>Jerry</text:span>"),
        cell("Cup"),
        cell("Jug"),
    );
    let file =
        zip(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content.as_bytes())]);
    let mut rows = rows("shop.ods", &file);
    let left_out = tell(&rows.pop().unwrap());
    assert!(left_out.contains("The sheet Old is not read"), "{left_out}");
    let told: Vec<_> = rows.iter().map(tell).collect();
    assert_eq!(told, ["007 Tom & Jerry", "row-6 Cup (The row has no id and is called row-6)"]);
    assert_eq!(rows[0].product.as_ref().unwrap().attributes["made"], "2026-11-26");
    assert_eq!(rows[0].product.as_ref().unwrap().attributes["code"], "1234567890123");
    assert_eq!(rows[1].product.as_ref().unwrap().attributes["made"], "00005");
}

/// A table of four columns: texts, numbers, lists of texts, pictures as data sets write them.
fn parquet_file(path: &Path, rows: usize, groups: usize) {
    use ::parquet::{
        data_type::{ByteArray, ByteArrayType, DoubleType, FloatType},
        file::{properties::WriterProperties, writer::SerializedFileWriter},
        schema::parser::parse_message_type,
    };
    let schema = "message shop {
        required binary id (UTF8);
        optional binary title (UTF8);
        required double weight;
        optional group tags (LIST) { repeated group list { optional binary element (UTF8); } }
        optional group image { optional binary bytes; optional binary path (UTF8); }
        optional group vector (LIST) { repeated group list { required float element; } }
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(fs::File::create(path).unwrap(), schema, Arc::new(WriterProperties::default()))
            .unwrap();
    for group in 0..groups {
        let mut columns = writer.next_row_group().unwrap();
        let texts = |text: &str| -> Vec<ByteArray> {
            (0..rows).map(|row| format!("{text}{}", group * rows + row).as_str().into()).collect()
        };
        for column in 0..7 {
            let mut to = columns.next_column().unwrap().unwrap();
            match column {
                0 => drop(to.typed::<ByteArrayType>().write_batch(&texts("p"), None, None).unwrap()),
                1 => drop(to.typed::<ByteArrayType>().write_batch(&texts("Mug "), Some(&vec![1; rows]), None).unwrap()),
                2 => drop(to.typed::<DoubleType>().write_batch(&vec![1.5; rows], None, None).unwrap()),
                3 => {
                    let tags: Vec<ByteArray> =
                        (0..2 * rows).map(|at| if at % 2 == 0 { "red" } else { "big" }.into()).collect();
                    let repeats: Vec<i16> = (0..2 * rows).map(|at| (at % 2) as i16).collect();
                    to.typed::<ByteArrayType>().write_batch(&tags, Some(&vec![3; 2 * rows]), Some(&repeats)).unwrap();
                }
                4 => drop(
                    to.typed::<ByteArrayType>()
                        .write_batch(&vec![ByteArray::from(PNG); rows], Some(&vec![2; rows]), None)
                        .unwrap(),
                ),
                5 => drop(to.typed::<ByteArrayType>().write_batch(&[], Some(&vec![1; rows]), None).unwrap()),
                _ => {
                    let repeats: Vec<i16> = (0..20 * rows).map(|at| i16::from(at % 20 != 0)).collect();
                    to.typed::<FloatType>()
                        .write_batch(&vec![0.5; 20 * rows], Some(&vec![2; 20 * rows]), Some(&repeats))
                        .unwrap();
                }
            }
            to.close().unwrap();
        }
        columns.close().unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn parquet_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.parquet");
    parquet_file(&path, 3, 2);
    let options = Options { media: Some(folder.path().join("media")), ..Options::default() };
    let rows: Vec<Row> = open_with(&path, &options).unwrap().collect();
    let told: Vec<_> = rows.iter().map(tell).collect();
    assert_eq!(
        told[0],
        "p0 Mug 0 (The column vector holds numbers in rows or bytes, which are not shown as an attribute, and is left out)"
    );
    assert_eq!(told[1..], ["p1 Mug 1", "p2 Mug 2", "p3 Mug 3", "p4 Mug 4", "p5 Mug 5"]);
    let mug = rows[0].product.as_ref().unwrap();
    assert_eq!((mug.attributes["weight"].as_str(), mug.attributes["tags"].as_str()), ("1.5", "red, big"));
    assert_eq!(fs::read(&mug.pictures[0]).unwrap(), PNG);
    let whole = fs::read(&path).unwrap();
    let seen = preview(&path, &Mapping::default()).unwrap();
    assert_eq!((seen.kind, seen.rows_seen, seen.columns.len()), (Kind::Parquet, 6, 6));
    for length in [4, 8, whole.len() / 2, whole.len() - 1] {
        assert!(matches!(rows_with("cut.parquet", &whole[..length], ""), Err(Error::BadFeed { .. })), "{length}");
    }
    // Damage anywhere is a fault or another text, never the end of the program.
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        let _ = rows_with("damaged.parquet", &damaged, "");
    }
}

#[test]
fn archives() {
    let entries: [(&str, &[u8]); 3] =
        [("shop/feed.csv", b"id,title,image_link\n1,Mug,img/a.png\n"), ("shop/img/a.png", PNG), ("../evil.png", PNG)];
    let shop = rows("shop.zip", &zip(&entries));
    let told: Vec<_> = shop.iter().map(tell).collect();
    assert!(told[1].contains("evil.png") && told[1].contains("outside"), "{told:?}");
    assert_eq!(told[0], "1 Mug");
    assert!(shop[0].product.as_ref().unwrap().pictures[0].ends_with("shop/img/a.png"));
    assert_eq!(
        read("media.zip", &zip(&[("mugs/red_mug.png", PNG), ("mugs/blue_mug.png", PNG)])),
        ["blue_mug blue mug", "red_mug red mug"]
    );
    assert_eq!(read("packed.zip", &zip(&[("feed.jsonl.gz", &gzip(b"{\"id\":1,\"title\":\"Mug\"}\n"))])), ["1 Mug"]);
    let mug: &[u8] = b"id,title\n1,Mug\n";
    for names in [["a.csv", "b.csv"], ["x/a.csv", "y/b.csv"]] {
        let error = rows_with("two.zip", &zip(&[(names[0], mug), (names[1], mug)]), "").unwrap_err().to_string();
        assert!(names.iter().all(|name| error.contains(name)) && error.contains("two.zip"), "{error}");
        assert!(error.contains("Give one of them"), "{error}");
    }
    let camera: &[u8] = b"shutter,iso\n1,100\n";
    let check = |entries: &[(&str, &[u8])], left_out: &str| {
        let told = read("one.zip", &zip(entries));
        assert!(told[1].contains(&format!("Not read in the archive: {left_out}. ")), "{told:?}");
        assert_eq!(told[..1], ["1 Mug"]);
    };
    check(&[("camera.csv", camera), ("shop.csv", mug), ("a.png", PNG)], "camera.csv");
    check(&[("x/a.csv", mug), ("y/notes.csv", camera)], "y/notes.csv");
    check(&[("x/a.csv", mug), ("x/a.png", PNG), ("notes.csv", camera)], "notes.csv");
    assert!(matches!(rows_with("none.zip", &zip(&[("a.exe", b"x")]), ""), Err(Error::NothingToImport { .. })));
    let error = rows_with("bad.zip", b"PK\x03\x04xxxx", "").unwrap_err();
    assert!(error.say(Language::Chinese).contains("文件已损坏或不完整"), "{error}");
}

#[test]
fn a_look_before_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "Nr;Name;Kosten;Intern\n1;Becher;9,50 EUR;\n2;Tasse\n3;Topf;;x\n").unwrap();
    let seen = preview(&path, &"price=Kosten,ignore=Intern".parse().unwrap()).unwrap();
    assert_eq!((seen.kind, seen.encoding, seen.delimiter), (Kind::Table, Some("UTF-8"), Some(';')));
    assert_eq!((seen.rows_seen, seen.bad_rows), (3, 1));
    let told: Vec<_> = seen.columns.iter().map(|c| (c.name.as_str(), c.field, c.ignored, c.samples.len())).collect();
    let (title, price) = (Some(columns::Field::Title), Some(columns::Field::Price));
    assert_eq!(
        told,
        [("Nr", None, false, 2), ("Name", title, false, 2), ("Kosten", price, false, 1), ("Intern", None, true, 1)]
    );
    fs::write(&path, "Nr,Was\n1,Becher\n").unwrap();
    assert_eq!(
        preview(&path, &Mapping::default()).unwrap().columns.len(),
        2,
        "names that say nothing are shown all the same"
    );
    // What stands above a heading is no heading for the look either, whether its columns are named rightly or not.
    fs::write(&path, "Price list,2026\nNr,Was,Kosten\n1,Becher,9\n").unwrap();
    let names = |mapping: &str| -> Vec<String> {
        preview(&path, &mapping.parse().unwrap()).unwrap().columns.into_iter().map(|column| column.name).collect()
    };
    assert_eq!(names(""), ["Nr", "Was", "Kosten"]);
    assert_eq!(names("title=Was"), ["Nr", "Was", "Kosten"]);
    fs::write(&path, "Price list,2026,x,y\nid,title\n1,Becher\n").unwrap();
    assert_eq!(names("price=Cost"), ["id", "title"]);
    fs::write(folder.path().join("photo.png"), PNG).unwrap();
    fs::remove_file(&path).unwrap();
    let seen = preview(folder.path(), &Mapping::default()).unwrap();
    assert_eq!((seen.kind, seen.rows_seen), (Kind::Folder, 1));
    assert!(serde_json::to_string(&seen).unwrap().contains(r#""field":"image_link""#));
}

#[test]
fn a_folder_with_one_feed_is_that_feed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    let inside = || feed_inside(folder.path()).unwrap().and_then(|path| path.file_name().map(ToOwned::to_owned));
    write("mug.png", PNG);
    assert_eq!(inside(), None);
    write("camera.csv", b"shutter,iso\n1,100\n");
    assert_eq!(inside(), None, "a table of something else");
    fs::remove_file(folder.path().join("camera.csv")).unwrap();
    write("styles.csv", b"id,productDisplayName\n1,Mug\n");
    assert_eq!(inside().unwrap(), "styles.csv");
    write("products.jsonl", b"{}");
    assert_eq!(inside().unwrap(), "products.jsonl");
}

#[test]
fn the_only_feed_of_an_archive_may_have_columns_of_its_own() {
    let packed = zip(&[("list.csv", b"Ref,Artikel\n7,Mug\n")]);
    let rows: Vec<String> = rows_with("a.zip", &packed, "id=Ref,title=Artikel")
        .unwrap()
        .into_iter()
        .map(|row| row.product.unwrap().title)
        .collect();
    assert_eq!(rows, ["Mug"]);
    let said = rows_with("a.zip", &packed, "").err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains("no column for the product's title"), "{said}");
}

#[test]
fn sources_that_hold_nothing() {
    let check = |name: &str, content: &[u8], expected: &str| {
        let said = rows_with(name, content, "").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(expected), "{name}: {said}");
    };
    check("a.pdf", b"%PDF-1.4 x", "holds nothing that can be imported");
    check("empty.csv", b"", "is empty");
    check("head.csv", b"id,title\n", "names its columns and has no row below");
    check("blank.csv", b"\n\n\n", "is empty");
    check("a.csv", b"colour,size\nred,3\n", "no column for the product's title");
    assert!(matches!(open(Path::new("/no/such")), Err(Error::Unreadable { .. })));
    let files = Options { files: Some("/no/such/folder".into()), ..Options::default() };
    let told = open_with(Path::new(file!()), &files).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("/no/such/folder"), "{told}");
}

#[test]
fn a_large_table_is_read_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    writeln!(file, "id,title,description").unwrap();
    (0..200_000).for_each(|row| writeln!(file, "{row},Mug {row},{}", "warm ".repeat(5)).unwrap());
    file.flush().unwrap();
    let mut rows = open(&path).unwrap();
    assert_eq!(rows.by_ref().take(3).filter(|row| row.product.is_ok()).count(), 3);
    assert_eq!(rows.last().unwrap().product.unwrap().id, "199999");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands in a file, with whatever name: an error, or rows; never a panic, never without end.
    #[test]
    fn any_bytes(content in proptest::collection::vec(any::<u8>(), 0..400), start in 0..9_usize, ending in 0..10_usize) {
        let starts: [&[u8]; 9] = [b"", b"id,title\n", b"{\"id\":", b"[{\"title\":\"", b"<rss><item><title>", b"PK\x03\x04", b"PAR1", b"\x1F\x8B\x08", b"\xFF\xFE"];
        let endings = ["csv", "tsv", "jsonl", "json", "xlsx", "ods", "xml", "parquet", "zip", "csv.gz"];
        let content = [starts[start], &content].concat();
        if let Ok(rows) = rows_with(&format!("a.{}", endings[ending]), &content, "") {
            prop_assert!(rows.len() <= content.len() + 1);
        }
    }

    /// A good file with some bytes changed.
    #[test]
    fn damaged_files(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), which in 0..5_usize) {
        let text = br#"<c r="A1" t="inlineStr"><is><t>title</t></is></c>"#;
        let sheet = format!("<row r=\"1\">{}</row>", std::str::from_utf8(text).unwrap());
        let (name, mut content) = match which {
            0 => ("a.xlsx", xlsx(&[&sheet])),
            1 => ("a.zip", zip(&[("feed.csv", b"id,title\n1,Mug\n"), ("a.png", PNG)])),
            2 => ("a.xml", b"<rss><channel><item><id>1</id><title>Mug &amp; cup</title></item></channel></rss>".to_vec()),
            3 => ("a.json", br#"{"products":[{"id":1,"title":"Mug","image_link":["a.jpg"]}]}"#.to_vec()),
            _ => ("a.csv.gz", gzip(b"id,title\n1,\"Mug\"\n")),
        };
        for (at, byte) in changes {
            let at = at.index(content.len());
            content[at] = byte;
        }
        let _ = rows_with(name, &content, "");
    }
}
