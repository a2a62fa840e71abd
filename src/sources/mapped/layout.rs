//! Where a mapping's columns stand in one file, and what a row's cells say by them.
//! May not read a file.

use super::cells::{Placed, Reading};
use super::mapping::{Glob, Mapping, Part, Pattern, parent_of};
use crate::failure::{Failure, Outcome};
use crate::model::Value;
use crate::model::schema::Absent;

/// The mapping's columns as they stand in one file.
pub(super) struct Layout<'a> {
    pub(super) parts: Vec<Vec<(usize, Placed<'a>)>>,
    /// For each grouping column where it stands, and where what replaces it when blank.
    pub(super) group: Vec<Vec<usize>>,
    pub(super) fill_down: Vec<usize>,
    pub(super) skip: Vec<PlacedPattern<'a>>,
    /// For each part the rows that are none of its.
    pub(super) part_skip: Vec<Vec<PlacedPattern<'a>>>,
    pub(super) status: Vec<(&'a str, PlacedPattern<'a>)>,
    /// Columns that are rows of their own, and their names.
    pub(super) spread: Vec<(usize, String)>,
}

/// What a header offers a mapping.
pub(super) struct Found<'a> {
    pub(super) layout: Layout<'a>,
    /// Columns of the mapping that the header does not have.
    pub(super) missing: Vec<String>,
    /// Whether a column of the header is read.
    pub(super) read: Vec<bool>,
    /// The header's names, folded, and as they stand.
    pub(super) folded: Vec<String>,
    header: Vec<String>,
}

impl<'a> Found<'a> {
    pub(super) fn of(mapping: &'a Mapping, header: &[String]) -> Self {
        let mut folded: Vec<_> = header.iter().map(|name| fold(name)).collect();
        if let Some(spread) = &mapping.spread {
            folded.extend([fold(&spread.name), fold(&spread.value)]);
        }
        let mut read = vec![false; folded.len()];
        let mut missing = Vec::new();
        let mut find = |name: &str| {
            let others = mapping.aliases.iter().find(|(known, _)| known == name).map(|(_, others)| others.as_slice()).unwrap_or_default();
            let at = std::iter::once(name).chain(others.iter().map(String::as_str)).find_map(|name| folded.iter().position(|h| *h == fold(name)));
            match at.and_then(|at| read.get_mut(at)) {
                Some(read) => *read = true,
                None if !missing.iter().any(|m| m == name) => missing.push(name.to_owned()),
                None => {}
            }
            at
        };
        let parts: Vec<Vec<_>> = mapping
            .parts
            .iter()
            .map(|part| part.cells.iter().map(|(i, cell)| (*i, Placed { cell, at: cell.from.iter().filter_map(|name| find(name)).collect() })).collect())
            .collect();
        let mut patterns = |pattern: &'a Pattern| pattern.iter().map(|(name, glob)| (find(name), glob)).collect::<PlacedPattern<'a>>();
        let skip = mapping.skip.iter().map(&mut patterns).collect();
        let part_skip = mapping.parts.iter().map(|part| part.skip.iter().map(&mut patterns).collect()).collect();
        let status = mapping.status.iter().map(|rule| (rule.is.as_str(), patterns(&rule.when))).collect();
        let fill_down = mapping.fill_down.iter().filter_map(|name| find(name)).collect();
        let group: Vec<Vec<_>> = mapping.group.iter().map(|names| names.split('|').filter_map(&mut find).collect()).collect();
        read.truncate(header.len());
        folded.truncate(header.len());
        let mut spread = Vec::new();
        if mapping.spread.is_some() {
            for (at, (name, read)) in header.iter().zip(&mut read).enumerate() {
                if !*read && !name.trim().is_empty() && !mapping.ignore.iter().any(|glob| glob.fits(name)) {
                    *read = true;
                    spread.push((at, name.trim().to_owned()));
                }
            }
        }
        Self { layout: Layout { parts, group, fill_down, skip, part_skip, status, spread }, missing, read, folded, header: header.to_vec() }
    }

    /// Itself, or what the header lacks and what may have been meant.
    pub(super) fn usable(self, mapping: &Mapping, file: &str) -> Outcome<Self> {
        if self.is_usable(mapping) {
            return Ok(self);
        }
        let nearest = |name: &String| {
            let near = self.header.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            near.filter(|near| strsim::jaro_winkler(near, name) > 0.9).map_or_else(|| format!("`{name}`"), |near| format!("`{name}` (did you mean `{near}`?)"))
        };
        Err(Failure::input(format!("`{file}` does not fit the mapping `{}`", mapping.name))
            .facts(format!("it lacks {}; it has {}", self.missing.iter().map(nearest).collect::<Vec<_>>().join(", "), self.header.join(", ")))
            .hint("choose the mapping for this export, or correct the column's name in it (in a copy, or in [aliases], where it is a shipped one)"))
    }

    /// Columns that decide a row's status or whether it is one, and that the header does not have: blank for every row.
    pub(super) fn undecided(&self, mapping: &Mapping) -> Vec<String> {
        let patterns = mapping.status.iter().map(|rule| &rule.when).chain(&mapping.skip).chain(mapping.parts.iter().flat_map(|part| &part.skip));
        let mut columns: Vec<_> = patterns.flatten().map(|(column, _)| column).filter(|column| self.missing.contains(column)).cloned().collect();
        columns.sort();
        columns.dedup();
        columns
    }

    /// Columns that become rows of their own, whatever they are called.
    pub(super) fn spread(&self) -> usize {
        self.layout.spread.len()
    }

    /// Everything is there without which no row could be used.
    pub(super) fn is_usable(&self, mapping: &Mapping) -> bool {
        lacking(mapping, &self.layout.parts).is_empty()
            && self.layout.group.iter().all(|at| !at.is_empty())
            && (mapping.spread.is_none() || !self.layout.spread.is_empty())
    }
}

/// A pattern whose columns have been found; a column that is not there counts as blank.
type PlacedPattern<'a> = Vec<(Option<usize>, &'a Glob)>;

/// The column that names a row of this part and links lines to it.
pub(super) fn id_of(part: &Part) -> usize {
    let parent = parent_of(part.table.name).unwrap_or(part.table.name);
    let name = match parent {
        "platform_orders" => "platform_order_id",
        "local_orders" => "local_row_id",
        _ => part.table.key.first().copied().unwrap_or_default(),
    };
    part.table.position(name).unwrap_or_default()
}

/// Required columns whose cells the file does not have.
fn lacking<'m>(mapping: &'m Mapping, parts: &[Vec<(usize, Placed<'_>)>]) -> Vec<&'m str> {
    let mut lacking = Vec::new();
    for (part, placed) in mapping.parts.iter().zip(parts) {
        for (i, column) in part.table.columns.iter().enumerate() {
            let filled_elsewhere = ["store_id", "lifecycle"].contains(&column.name) || (parent_of(part.table.name).is_some() && i == id_of(part));
            let has = placed.iter().any(|(at, p)| *at == i && (!p.at.is_empty() || p.cell.constant.is_some()));
            if column.absent == Absent::Refused && !filled_elsewhere && !has {
                lacking.push(column.name);
            }
        }
    }
    lacking
}

/// The lifecycle by the first rule that fits, and the word that stands in the file.
pub(super) fn status(layout: &Layout<'_>, reading: &Reading<'_>, row: &[Value]) -> (String, String) {
    let is = layout.status.iter().find(|(_, pattern)| fits(pattern, reading, row)).map_or("unknown", |(is, _)| *is);
    let named = layout.status.iter().flat_map(|(_, pattern)| pattern).filter(|(_, glob)| glob.names_words());
    let mut columns: Vec<_> = named.filter_map(|(at, _)| *at).collect();
    columns.sort_unstable();
    columns.dedup();
    let words: Vec<_> = columns.into_iter().filter_map(|at| reading.text(row, at)).map(str::trim).collect();
    (is.to_owned(), words.join(" / "))
}

pub(super) fn fits(pattern: &PlacedPattern<'_>, reading: &Reading<'_>, row: &[Value]) -> bool {
    pattern.iter().all(|(at, glob)| glob.fits(at.and_then(|at| reading.text(row, at)).unwrap_or_default()))
}

/// Blank cells take what stood above them in the group; a new group begins where the group's cells change.
pub(super) fn fill_down(layout: &Layout<'_>, above: &mut Vec<Value>, cells: &mut [Value], reading: &Reading<'_>) {
    let same = layout.group.iter().flatten().all(|at| above.get(*at) == cells.get(*at));
    if same {
        for at in &layout.fill_down {
            if reading.text(cells, *at).is_none()
                && let (Some(cell), Some(value)) = (cells.get_mut(*at), above.get(*at))
            {
                *cell = value.clone();
            }
        }
    }
    above.clear();
    above.extend(cells.iter().cloned());
}

/// A column name without case, blanks, hyphens, underscores and asterisks: exports spell them differently over the years.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '*')).flat_map(char::to_lowercase).collect()
}
