//! A mapping file: which cell of an export becomes which canonical column, and how.
//! Data only: may not read an export.

use std::path::Path;

use chrono_tz::Tz;
use serde::Deserialize;

use super::part::{OneOrMany, date_format, part, pattern, personal, status_rule, unmapped};
use crate::embedded;
use crate::failure::{Failure, Outcome};
use crate::model::{Table, Tables};
use crate::table::Form;

/// A mapping as its file says it, checked against the canonical tables.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Its name: the file's stem.
    pub name: String,
    /// Its text, for fingerprints.
    pub text: String,
    /// What it says of the files' form.
    pub form: Form,
    /// The columns that make one order, product, … of several rows; none: every row is one. `A|B`: where A is blank, B.
    pub group: Vec<String>,
    /// Columns whose blank cells take what stands above them in the group; then every row is a product of its own.
    pub fill_down: Vec<String>,
    /// Rows left out on purpose.
    pub skip: Vec<Pattern>,
    /// First rule that fits says the lifecycle.
    pub status: Vec<StatusRule>,
    /// Rows of one order have each a status of its own: the order's is that of the least advanced which is not cancelled.
    pub status_per_item: bool,
    /// Every column that nothing else reads is a row of its own: the columns that its name and its cell become.
    pub spread: Option<Spread>,
    /// Other spellings of a column.
    pub aliases: Vec<(String, Vec<String>)>,
    /// Columns that are known and not read.
    pub ignore: Vec<Glob>,
    /// Cells that mean "not known".
    pub missing: Vec<String>,
    /// Formats of dates, tried in order; empty: ISO dates.
    pub dates: Vec<String>,
    /// The twelve months as the export writes them, where not in English.
    pub months: Vec<String>,
    /// Zone of dates without one: an IANA name, or `store` or `erp` for the store's zones.
    pub zone: String,
    /// The sign between whole and part of a number.
    pub decimal_mark: char,
    /// The sign that groups thousands.
    pub group_mark: Option<char>,
    /// What becomes of a row: the first part is made once a group, the others from every row.
    pub parts: Vec<Part>,
}

/// Names of the two columns that a spread column becomes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Holds the column's name.
    pub name: String,
    /// Holds its cell.
    pub value: String,
}

/// The columns of one canonical table.
#[derive(Debug, Clone)]
pub struct Part {
    /// The table.
    pub table: &'static Table,
    /// Position in the table, and where its cell comes from.
    pub cells: Vec<(usize, Cell)>,
    /// Rows that are none of this table's.
    pub skip: Vec<Pattern>,
}

/// Where a cell comes from and how it is read.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Columns of the file; the first that is not blank counts.
    pub from: Vec<String>,
    /// Always this text.
    pub constant: Option<String>,
    /// Text in the file → word of ours; the longest pattern first.
    pub words: Vec<(Glob, String)>,
    /// True when a cell is not blank.
    pub present: bool,
    /// The salted hash of all cells together.
    pub hash: bool,
    /// All cells together, with this between them.
    pub join: Option<String>,
    /// Sign between the items of a list.
    pub list: Option<String>,
    /// Formats of this date.
    pub dates: Vec<String>,
    /// Zone of this date.
    pub zone: Option<String>,
}

/// Columns and what must stand in them; `*` stands for anything, `|` between alternatives, empty for blank.
pub type Pattern = Vec<(String, Glob)>;

/// When the pattern fits, the lifecycle is this.
#[derive(Debug, Clone)]
pub struct StatusRule {
    /// The lifecycle.
    pub is: String,
    /// The pattern.
    pub when: Pattern,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    #[serde(default)]
    separator: Option<char>,
    #[serde(default = "yes")]
    quotes: bool,
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default)]
    sheet: Option<String>,
    #[serde(default)]
    group: OneOrMany,
    #[serde(default)]
    fill_down: Vec<String>,
    #[serde(default)]
    skip: Vec<toml::Table>,
    #[serde(default)]
    status: Vec<toml::Table>,
    #[serde(default)]
    status_per_item: bool,
    #[serde(default)]
    spread: Option<Spread>,
    #[serde(default)]
    aliases: toml::Table,
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    dates: OneOrMany,
    #[serde(default)]
    months: Vec<String>,
    #[serde(default = "utc")]
    zone: String,
    #[serde(default = "point")]
    decimal_mark: char,
    #[serde(default)]
    group_mark: Option<char>,
}

fn yes() -> bool {
    true
}
fn utc() -> String {
    "UTC".to_owned()
}
fn point() -> char {
    '.'
}

/// Names of the shipped mappings.
pub fn shipped() -> Vec<String> {
    let Some(folder) = embedded::JOBS.get_dir("mappings") else { return Vec::new() };
    let mut names: Vec<_> = folder.files().filter_map(|file| file.path().file_stem()?.to_str().map(str::to_owned)).collect();
    names.sort();
    names
}

impl Mapping {
    /// The shipped mapping of this name, or the mapping file at this path below `folder`.
    pub fn load(name: &str, folder: &Path) -> Outcome<Self> {
        if let Some(text) = embedded::JOBS.get_file(format!("mappings/{name}.toml")).and_then(|file| file.contents_utf8()) {
            return Self::parse(name, text);
        }
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Failure::settings(format!("no mapping `{name}`"))
                .facts(format!("`{}`: {e}; shipped are {}", path.display(), shipped().join(", ")))
                .hint("name a shipped mapping or the path of your own")
        })?;
        Self::parse(path.file_stem().and_then(|s| s.to_str()).unwrap_or(name), &text)
    }

    /// A mapping from its text.
    pub fn parse(name: &str, text: &str) -> Outcome<Self> {
        let wrong = |why: String| Failure::settings(format!("the mapping `{name}` is not usable")).facts(why);
        let mut whole: toml::Table = toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
        let mut parts = Vec::new();
        for table in Tables::inputs()? {
            if let Some(toml::Value::Table(cells)) = whole.remove(table.name) {
                parts.push(part(table, cells).map_err(&wrong)?);
            }
        }
        // Parents before their children: a line needs its order's id.
        parts.sort_by_key(|part| parent_of(part.table.name).is_some());
        let (heads, children) = parts.iter().partition::<Vec<_>, _>(|part| parent_of(part.table.name).is_none());
        let [head] = heads.as_slice() else {
            let given: Vec<_> = whole
                .iter()
                .filter(|(_, value)| value.is_table())
                .map(|(name, _)| format!("[{name}]"))
                .chain(heads.iter().map(|part| format!("[{}]", part.table.name)))
                .collect();
            return Err(wrong(format!(
                "it needs exactly one table such as [platform_orders], [local_orders] or [platform_listings], and has {}",
                if given.is_empty() { "none".to_owned() } else { given.join(", ") }
            )));
        };
        if let Some(stray) = children.iter().find(|child| parent_of(child.table.name) != Some(head.table.name)) {
            return Err(wrong(format!("[{}] does not belong to [{}]", stray.table.name, head.table.name)));
        }
        for part in &parts {
            if let Some(column) = unmapped(part) {
                let instead = if column == "local_row_id" { "; where the export has no id of its own, the order's number is one" } else { "" };
                return Err(wrong(format!("[{}] has no `{column}`, and a row without it cannot be used{instead}", part.table.name)));
            }
            if let Some((column, name)) = personal(part) {
                return Err(wrong(format!("[{}] `{column}`: `{name}` is personal, and only columns that end in _hash may read it", part.table.name)));
            }
            for format in part.cells.iter().flat_map(|(_, cell)| &cell.dates) {
                date_format(format).map_err(&wrong)?;
            }
        }
        let strangers = whole.iter().filter(|(name, value)| value.is_table() && !["aliases", "spread"].contains(&name.as_str()));
        if let Some((stranger, _)) = strangers.into_iter().next() {
            return Err(wrong(format!("[{stranger}] is none of the tables that a mapping fills: {}", fillable().join(", "))));
        }
        let lifecycles = head.table.columns.iter().find(|c| c.name == "lifecycle").map(|c| c.words.clone()).unwrap_or_default();
        let head: Head = whole.try_into().map_err(|e: toml::de::Error| wrong(e.message().to_owned()))?;
        if head.zone != "store" && head.zone != "erp" && head.zone.parse::<Tz>().is_err() {
            return Err(wrong(format!("zone `{}` is neither `store`, `erp` nor a zone such as Asia/Shanghai", head.zone)));
        }
        let dates: Vec<String> = head.dates.into();
        dates.iter().try_for_each(|format| date_format(format)).map_err(&wrong)?;
        Ok(Self {
            name: name.to_owned(),
            text: text.to_owned(),
            form: Form {
                separator: head.separator.map(|c| u8::try_from(c).map_err(|_| wrong(format!("separator `{c}` is not one byte")))).transpose()?,
                plain_quotes: !head.quotes,
                encoding: head.encoding,
                sheet: head.sheet,
            },
            group: head.group.into(),
            fill_down: head.fill_down,
            skip: head.skip.into_iter().map(|rule| pattern(rule).map_err(&wrong)).collect::<Outcome<_>>()?,
            status: head.status.into_iter().map(|rule| status_rule(rule, &lifecycles).map_err(&wrong)).collect::<Outcome<_>>()?,
            status_per_item: head.status_per_item,
            spread: head.spread,
            aliases: head.aliases.into_iter().map(|(name, others)| strings(others).map(|others| (name, others)).map_err(&wrong)).collect::<Outcome<_>>()?,
            ignore: head.ignore.iter().map(|text| Glob::parse(text).map_err(&wrong)).collect::<Outcome<_>>()?,
            missing: head.missing,
            dates,
            months: match head.months.len() {
                0 | 12 => head.months,
                n => return Err(wrong(format!("months has {n} names, a year has 12"))),
            },
            zone: head.zone,
            decimal_mark: head.decimal_mark,
            group_mark: head.group_mark,
            parts,
        })
    }

    /// Its files hold a state as a whole, such as today's stock, and not a stretch of what happened: the newest replaces all older ones.
    pub fn is_state(&self) -> bool {
        let state = ["platform_listings", "platform_inventory", "local_products", "local_inventory", "local_listing_map"];
        self.parts.iter().any(|part| state.contains(&part.table.name))
    }

    /// The rows say which store they belong to.
    pub fn names_stores(&self) -> bool {
        self.parts.iter().any(|part| part.table.position("store_id").is_none_or(|store| part.cells.iter().any(|(i, _)| *i == store)))
    }
}

/// The table whose rows own the rows of this one.
pub fn parent_of(table: &str) -> Option<&'static str> {
    match table {
        "platform_order_lines" => Some("platform_orders"),
        "local_order_lines" => Some("local_orders"),
        _ => None,
    }
}

/// The tables that a mapping may fill.
fn fillable() -> Vec<&'static str> {
    Tables::inputs().map(|tables| tables.map(|table| table.name).collect()).unwrap_or_default()
}

fn strings(value: toml::Value) -> Result<Vec<String>, String> {
    value.try_into().map_err(|_| "an alias needs a list of columns".to_owned())
}

/// Alternatives between `|`, each with `*` for anything and `?` for one character; blanks at the ends and case do not count.
#[derive(Debug, Clone)]
pub struct Glob(Vec<glob::Pattern>);

impl Glob {
    /// A pattern from its text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let one = |part: &str| glob::Pattern::new(&part.trim().replace('[', "[[]")).map_err(|e| format!("`{text}` is not a pattern: {e}"));
        text.split('|').map(one).collect::<Result<_, _>>().map(Self)
    }

    /// It names words, and not only that a cell is blank or is not.
    pub fn names_words(&self) -> bool {
        self.0.iter().any(|pattern| !["", "*", "?*"].contains(&pattern.as_str()))
    }

    /// Whether a cell fits; a blank cell fits an empty alternative and `*`.
    pub fn fits(&self, cell: &str) -> bool {
        let options = glob::MatchOptions { case_sensitive: false, require_literal_separator: false, require_literal_leading_dot: false };
        self.0.iter().any(|pattern| pattern.matches_with(cell.trim(), options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, cell, expected) in [
            ("paid", " Paid ", true),
            ("paid|pending", "pending", true),
            ("", "", true),
            ("", "x", false),
            ("*", "", true),
            ("合计*", "合计($)", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abce x", false),
            ("*x", "ax", true),
            ("?*", "", false),
            ("?*", "x", true),
            ("a [b]", "A [B]", true),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().fits(cell), expected, "{pattern:?} {cell:?}");
        }
    }

    #[test]
    fn wrong_mappings_say_what_is_wrong() {
        let orders = "[platform_orders]\nplatform_order_id = \"Id\"\n";
        let refusal = |text: &str| Mapping::parse("mine", text).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                refusal("[platform_orders]\norder_id = \"Id\"\n"),
                refusal("[platform_orders]\nplatform_order_id = 3\n"),
                refusal("zone = \"Mars\"\n[platform_orders]\nplatform_order_id = \"Id\"\ncreated_at = \"Date\"\n"),
                refusal("colour = 1\n[platform_orders]\nplatform_order_id = \"Id\"\ncreated_at = \"Date\"\n"),
                refusal("[platform_order_lines]\nsku_raw = \"SKU\"\n"),
                refusal("[platform_orders]\nplatform_order_id = \"Id\"\n[local_order_lines]\nsku_raw = \"SKU\"\n"),
                refusal("[platform_orders]\nship_to_hash = \"Zip\"\n"),
                refusal("[platform_orders]\nsales_channel = { present = true }\n"),
                refusal(orders),
                refusal(&format!("{orders}created_at = \"Date\"\n[order_lines]\nqty = \"Qty\"\n")),
                refusal(&format!("{orders}created_at = {{ from = \"Date\", dates = [\"dd/mm/yyyy\"] }}\n")),
                refusal(&format!("dates = [\"%Q\"]\n{orders}created_at = \"Date\"\n")),
                refusal(&format!("{orders}created_at = \"Date\"\ntags = \"Buyer Name\"\n")),
                refusal("[local_orders]\nplatform_order_id_raw = \"Id\"\n"),
                refusal("status = [{ Status = \"x\" }]\n[platform_orders]\nplatform_order_id = \"Id\"\ncreated_at = \"Date\"\n"),
                refusal("status = [{ is = \"redy\", Status = \"x\" }]\n[platform_orders]\nplatform_order_id = \"Id\"\ncreated_at = \"Date\"\n"),
            ]
            .join("\n---\n")
        );
    }

    #[test]
    fn shipped_mappings_parse() {
        for name in shipped() {
            Mapping::load(&name, Path::new(".")).unwrap();
        }
    }
}
