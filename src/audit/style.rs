//! How a report looks: quiet, readable on paper, light or dark as the reader's system is.

pub const STYLE: &str = r#":root{--paper:#fff;--raised:#f6f6f4;--ink:#1d1d1f;--soft:#6b6b70;--line:#e3e3e0;--up:#1f7a4d;--down:#b3362b;--good:#2f8f5b;--half:#c28a1c;--bad:#b9b9b6}
@media (prefers-color-scheme:dark){:root{--paper:#161618;--raised:#1f1f22;--ink:#ececee;--soft:#9a9aa0;--line:#333338;--up:#5cc48d;--down:#ef7d70;--good:#4fb27e;--half:#d9a441;--bad:#55555a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;font-variant-numeric:tabular-nums}
header,main{max-width:1080px;margin:0 auto;padding:0 32px}
header{padding-top:56px}
main{padding-bottom:96px}
h1{font-size:30px;line-height:1.2;font-weight:650;margin:0 0 8px;letter-spacing:-.01em}
h2{font-size:19px;font-weight:650;margin:0 0 16px}
h3{font-size:15px;font-weight:650;margin:0 0 8px}
h4{font-size:13px;font-weight:500;color:var(--soft);margin:12px 0 8px}
header p,.note,small{color:var(--soft)}
small{font-size:12px}
.note{font-size:13px;margin:12px 0 0}
section{margin-top:48px;padding-top:24px;border-top:1px solid var(--line)}
table{width:100%;border-collapse:collapse}
th{font-size:12px;font-weight:500;color:var(--soft);text-align:left}
th,td{padding:8px 16px 8px 0;border-bottom:1px solid var(--line);vertical-align:baseline}
tbody tr:last-child td{border-bottom:0}
.n{text-align:right;white-space:nowrap;padding-right:0;padding-left:16px}
.wide{overflow-x:auto}
.up{color:var(--up)}
.down{color:var(--down)}
dl{display:flex;flex-wrap:wrap;gap:16px 40px;margin:0 0 24px}
dt{font-size:12px;color:var(--soft)}
dd{margin:0;font-size:17px}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:32px}
figure{margin:0;max-width:640px}
figure svg{width:100%;height:auto}
article{margin:0 0 32px}
.shelf{display:grid;grid-template-columns:repeat(8,minmax(0,1fr));gap:12px;list-style:none;margin:0;padding:0}
@media (max-width:800px){.shelf{grid-template-columns:repeat(4,minmax(0,1fr))}}
.g{font-size:12px;line-height:1.35;display:flex;flex-direction:column;gap:4px;min-width:0}
.g span{overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical}
.picture{aspect-ratio:1;border-radius:8px;background:var(--raised) center/contain no-repeat;border-bottom:4px solid transparent}
.g0 .picture{border-bottom-color:var(--bad)}
.g1 .picture{border-bottom-color:var(--half)}
.g2 .picture{border-bottom-color:var(--good)}
@media print{body{background:#fff}section{break-inside:avoid-page}}"#;
