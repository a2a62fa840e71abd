//! Random worlds: each a store (some with a sister store) whose ids are its own, drawn from small domains so that every rule meets every other.
//! May not know what the program makes of them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Map, Value as Json, json};

/// A row of a canonical table.
pub type Row = Map<String, Json>;
/// Rows by canonical table.
pub type Tables = BTreeMap<&'static str, Vec<Row>>;

/// The night that the worlds are judged at.
pub fn as_of() -> DateTime<Utc> {
    "2026-03-10T02:00:00Z".parse().unwrap()
}

/// A store with its inputs, tonight's and those of the night before.
#[derive(Clone, Default)]
pub struct World {
    pub tables: Tables,
    /// Orders that the night before saw.
    pub earlier: Vec<Row>,
}

fn text(at: DateTime<Utc>) -> Json {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string().into()
}

fn row(value: Json) -> Row {
    value.as_object().cloned().unwrap()
}

impl World {
    /// World number `w`.
    pub fn new(w: usize, seed: u64) -> Self {
        let mut world = Self::default();
        let mut draw = Draw { rng: Rng::with_seed(seed.wrapping_add(w as u64)), w, syncs: Vec::new() };
        let store = format!("W{w:05}");
        draw.store(&mut world, &store);
        // Every fifth world has a sister store of the same platform: orders may be filed under it.
        let sister = w.is_multiple_of(5).then(|| format!("{store}b"));
        if let Some(sister) = &sister {
            let mut twin = world.tables["stores"][0].clone();
            twin.insert("store_id".to_owned(), sister.as_str().into());
            world.tables.get_mut("stores").unwrap().push(twin);
        }
        for n in 0..draw.rng.usize(3..10) {
            draw.order(&mut world, &store, sister.as_deref(), n);
        }
        for n in 0..draw.rng.usize(0..4) {
            draw.lone_row(&mut world, &store, n);
        }
        draw.kinships(&mut world);
        world
    }

    /// Everything in one set of tables.
    pub fn all(worlds: &[Self]) -> (Tables, Vec<Row>) {
        let (mut tables, mut earlier) = (Tables::new(), Vec::new());
        for world in worlds {
            for (table, rows) in &world.tables {
                tables.entry(table).or_default().extend(rows.iter().cloned());
            }
            earlier.extend(world.earlier.iter().cloned());
        }
        (tables, earlier)
    }

    pub fn rows(&mut self, table: &'static str) -> &mut Vec<Row> {
        self.tables.entry(table).or_default()
    }
}

struct Draw {
    rng: Rng,
    w: usize,
    /// Ends of the syncs' windows.
    syncs: Vec<DateTime<Utc>>,
}

impl Draw {
    fn one<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.rng.usize(..items.len())]
    }

    /// True once in so many times.
    fn once_in(&mut self, n: usize) -> bool {
        self.rng.usize(..n) == 0
    }

    fn store(&mut self, world: &mut World, id: &str) {
        let zones = ["UTC", "America/New_York", "Asia/Shanghai", "Europe/London"];
        let (zone, local_zone) = (self.one(&zones), self.one(&zones));
        let mut store = row(json!({"store_id": id, "platform": self.one(&["shopify", "shopee", "amazon"]), "erp": self.one(&["dianxiaomi", "onewarehouse"]),
            "timezone": zone, "local_timezone": if self.rng.bool() { zone } else { local_zone },
            "is_authorised": true, "authorised_at": "2025-06-01T00:00:00Z", "history_start_at": "2025-06-01T00:00:00Z"}));
        // Facts that change what an order without a row means; the rarer ones speak for the whole store.
        let facts: [(usize, &str, Json); 24] = [
            (4, "history_start_at", "2026-03-05T00:00:00Z".into()),
            (8, "history_window", "P3D".into()),
            (3, "history_basis", self.one(&["created", "shipped", "updated"]).into()),
            (3, "history_only_unshipped", true.into()),
            (8, "api_window", "P2D".into()),
            (8, "local_retention", "P20D".into()),
            (6, "settle_delay", "PT10M".into()),
            (8, "auto_sync_enabled", false.into()),
            (8, "sync_mode", "webhook".into()),
            (6, "import_only_unshipped", true.into()),
            (6, "import_unpaid", false.into()),
            (4, "import_skips_archived", true.into()),
            (3, "exclude_tags", json!(["vip"])),
            (4, "enabled_sales_channels", json!(["web"])),
            (4, "pos_channels", json!(["pos"])),
            (4, "enabled_locations", json!(["L1"])),
            (8, "backend_unshipped_includes", json!(["held"])),
            (6, "order_id_prefix", "TEA-".into()),
            (8, "order_id_suffix", "-EU".into()),
            (20, "is_authorised", false.into()),
            (14, "expires_at", "2026-03-08T00:00:00Z".into()),
            (14, "unbound_at", "2026-03-08T12:00:00Z".into()),
            (14, "data_deleted_at", "2026-03-07T00:00:00Z".into()),
            (6, "local_timezone", "Asia/Shanghai".into()),
        ];
        for (odds, column, value) in facts {
            if self.once_in(odds) {
                store.insert(column.to_owned(), value);
            }
        }
        world.rows("stores").push(store);
        self.file(world, id);
        if !self.once_in(8) {
            self.sync_log(world, id);
        }
    }

    fn file(&mut self, world: &mut World, id: &str) {
        let mut file = row(
            json!({"file_id": format!("file-{id}"), "store_id": id, "processing_status": "DONE", "complete": true, "data_end_at": text(as_of() - TimeDelta::minutes(10))}),
        );
        let facts: [(usize, &str, Json); 5] = [
            (12, "processing_status", "CANCELLED".into()),
            (8, "complete", false.into()),
            (8, "data_start_at", "2026-03-06T00:00:00Z".into()),
            (8, "marketplaces", json!(["US"])),
            (8, "excluded_statuses", json!(["PENDING"])),
        ];
        for (odds, column, value) in facts {
            if self.once_in(odds) {
                file.insert(column.to_owned(), value);
            }
        }
        if self.once_in(4) {
            file.insert("data_end_at".to_owned(), text(as_of() - TimeDelta::hours(20)));
        }
        world.rows("report_files").push(file);
        if self.once_in(8) {
            world
                .rows("report_files")
                .push(row(json!({"file_id": format!("erp-{id}"), "store_id": id, "side": "local", "data_start_at": "2026-03-01T00:00:00Z"})));
        }
    }

    /// Windows one after the other, with a hole now and then, the last of them ending an hour before the night.
    fn sync_log(&mut self, world: &mut World, id: &str) {
        let mut from = as_of() - TimeDelta::days(90);
        let ends = [TimeDelta::days(4), TimeDelta::days(2), TimeDelta::hours(12), TimeDelta::hours(3), TimeDelta::hours(1)];
        for (n, before) in ends.into_iter().enumerate() {
            let to = as_of() - before;
            let mut sync = row(
                json!({"sync_id": format!("{id}-{n}"), "store_id": id, "status": "ok", "window_from": text(from), "window_to": text(to), "finished_at": text(to)}),
            );
            match self.rng.usize(..14) {
                0 => drop(sync.insert("status".to_owned(), "partial".into())),
                1 => drop(sync.insert("status".to_owned(), "failed".into())),
                2 => {
                    sync.insert("status".to_owned(), self.one(&["partial", "failed"]).into());
                    sync.insert("error_code".to_owned(), "quota".into());
                }
                3 => drop(sync.insert("status".to_owned(), "running".into())),
                4 | 5 => {
                    sync.insert("rows_fetched".to_owned(), 90.into());
                    sync.insert("rows_expected".to_owned(), 100.into());
                }
                6 => drop(sync.insert("window_field".to_owned(), "created".into())),
                7 => drop(sync.insert("from_exclusive".to_owned(), true.into())),
                8 => drop(sync.insert("window_from".to_owned(), text(from + TimeDelta::hours(2)))),
                _ => {}
            }
            world.rows("sync_log").push(sync);
            self.syncs.push(to);
            from = to;
        }
    }

    /// A moment of the last months, often near what a rule turns on.
    fn moment(&mut self) -> DateTime<Utc> {
        if !self.syncs.is_empty() && self.once_in(4) {
            let ends = self.syncs.clone();
            return self.one(&ends) - TimeDelta::seconds(self.one(&[0, 60, 90, 300]));
        }
        let minutes = self.one(&[15, 40, 90, 400, 1_300, 1_900, 3_000, 6_000, 10_000, 40_000]);
        as_of() - TimeDelta::minutes(minutes) - TimeDelta::seconds(self.rng.i64(0..600))
    }

    /// An order number: most are short, some so long that a spreadsheet damages them.
    fn number(&mut self, n: usize) -> String {
        if self.once_in(8) { format!("57{:06}{n:02}{:08}", self.w, self.rng.u32(10_000_000..99_999_999)) } else { format!("W{}-{n}", self.w) }
    }

    fn order(&mut self, world: &mut World, store: &str, sister: Option<&str>, n: usize) {
        let number = self.number(n);
        let facts = world.tables["stores"][0].clone();
        let affixed = |name: &str| facts.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let id = if self.rng.bool() { number.clone() } else { format!("{}{number}{}", affixed("order_id_prefix"), affixed("order_id_suffix")) };
        let lifecycle = if self.rng.bool() {
            self.one(&["ready", "shipped"])
        } else {
            self.one(&[
                "draft",
                "payment_pending",
                "risk_hold",
                "fulfilment_hold",
                "scheduled",
                "processing",
                "partially_shipped",
                "cancel_requested",
                "delivered",
                "completed",
                "returned",
                "cancelled",
                "refunded",
                "unknown",
            ])
        };
        let created = self.moment();
        let later = |draw: &mut Self| (created + TimeDelta::minutes(draw.one(&[1, 30, 600, 1_500, 4_000]))).min(as_of() - TimeDelta::minutes(1)).max(created);
        let mut order =
            row(json!({"store_id": store, "platform_order_id": id, "lifecycle": lifecycle, "created_at": text(created), "updated_at": text(later(self)),
            "requires_shipping": true, "has_ship_address": true, "sales_channel": "web", "location_id": "L1"}));
        if self.rng.bool() {
            order.insert("paid_at".to_owned(), text(later(self)));
        }
        if ["shipped", "delivered", "completed", "returned", "partially_shipped"].contains(&lifecycle) && !self.once_in(8) {
            order.insert("shipped_at".to_owned(), text(later(self)));
        }
        if ["cancelled", "refunded"].contains(&lifecycle) && self.rng.bool() {
            order.insert("cancelled_at".to_owned(), text(later(self)));
        }
        let facts: [(usize, &str, Json); 14] = [
            (14, "is_test", true.into()),
            (14, "order_type", self.one(&["replacement", "exchange"]).into()),
            (14, "fulfilment_channel", "platform".into()),
            (14, "requires_shipping", false.into()),
            (14, "has_ship_address", false.into()),
            (10, "sales_channel", self.one(&["pos", "market"]).into()),
            (14, "delivery_method", "pickup".into()),
            (10, "location_id", "L9".into()),
            (10, "tags", json!(["vip"])),
            (10, "is_archived", true.into()),
            (6, "platform_order_no", format!("#{number}").into()),
            (8, "eligible_at", text(later(self))),
            (8, "status_changed_at", text(later(self))),
            (6, "ship_by_at", "2026-03-09T00:00:00Z".into()),
        ];
        for (odds, column, value) in facts {
            if self.once_in(odds) {
                order.insert(column.to_owned(), value);
            }
        }
        let cancelled = u8::from(self.once_in(10));
        world
            .rows("platform_order_lines")
            .push(row(json!({"store_id": store, "platform_order_id": id, "line_ordinal": 1, "sku_raw": "A", "qty": 1, "qty_cancelled": cancelled})));
        if self.once_in(8) {
            world.rows("local_import_errors").push(row(json!({"store_id": store, "platform_order_id": id, "reason": "unknown SKU"})));
        }
        if self.once_in(8) {
            let mut before = order.clone();
            before.insert("lifecycle".to_owned(), "shipped".into());
            world.earlier.push(before);
        }
        if !self.once_in(3) {
            self.row_of(world, store, sister, &order, &number, n);
        }
        world.rows("platform_orders").push(order);
    }

    /// The order's row, perhaps split, doubled, sent again or filed under the sister store.
    fn row_of(&mut self, world: &mut World, store: &str, sister: Option<&str>, order: &Row, number: &str, n: usize) {
        let id = order["platform_order_id"].as_str().unwrap();
        let raw = match self.rng.usize(..8) {
            0 => format!("#{}", number.to_lowercase()),
            1 => format!(" {number} "),
            2 if number.len() == 18 => format!("{}000", &number[..15]),
            3 if number.len() == 18 => format!("{}.{}E+17", &number[..1], &number[1..12]),
            _ => id.to_owned(),
        };
        let created: DateTime<Utc> = order["created_at"].as_str().unwrap().parse().unwrap();
        let placed = match self.rng.usize(..10) {
            0 => order.get("paid_at").cloned().unwrap_or_else(|| text(created)),
            1 => text(created + TimeDelta::hours(self.one(&[8, -8, 5, -5, 4, 1]))),
            2 => text(created + TimeDelta::seconds(1)),
            3 => text(created - TimeDelta::hours(30)),
            _ => text(created),
        };
        let bound_to = sister.filter(|_| self.once_in(4)).unwrap_or(store);
        let main = self.local_row(&format!("R{}-{n}", self.w), bound_to, &raw, placed, order.get("shipped_at"));
        let (row_id, qty) = (main["local_row_id"].clone(), if self.once_in(10) { 2 } else { 1 });
        world.rows("local_order_lines").push(row(json!({"local_row_id": row_id, "line_no": 1, "sku_raw": "A", "qty": qty})));
        let copies = [("split", 8), ("resend", 10), ("copy", 8)];
        for (kind, odds) in copies {
            if self.once_in(odds) {
                let mut other = self.local_row(&format!("R{}-{n}{kind}", self.w), bound_to, &raw, main["order_created_at"].clone(), order.get("shipped_at"));
                match kind {
                    "split" => drop(other.insert("parent_local_row_id".to_owned(), main["local_row_id"].clone())),
                    "resend" => drop(other.insert("is_resend".to_owned(), true.into())),
                    _ => {}
                }
                world.rows("local_orders").push(other);
            }
        }
        world.rows("local_orders").push(main);
    }

    fn local_row(&mut self, id: &str, store: &str, raw: &str, placed: Json, shipped: Option<&Json>) -> Row {
        let lifecycle = if self.rng.bool() {
            self.one(&["pending_review", "pending", "shipped_ok"])
        } else {
            self.one(&[
                "tracking_applied",
                "to_print_in_stock",
                "to_print_out_of_stock",
                "ship_failed",
                "on_hold",
                "obsolete",
                "cancelled",
                "refunded",
                "ignored",
                "deleted",
                "unknown",
            ])
        };
        let mut local = row(json!({"local_row_id": id, "store_id": store, "platform_order_id_raw": raw, "lifecycle": lifecycle,
            "submit_status": self.one(&["none", "pending", "ok", "failed", "unknown"]), "order_created_at": placed}));
        if ["shipped_ok", "ship_failed"].contains(&lifecycle) && !self.once_in(8) {
            let shipped = shipped.filter(|_| !self.once_in(3)).cloned().unwrap_or_else(|| text(as_of() - TimeDelta::hours(self.one(&[2, 9, 30, 60]))));
            local.insert("shipped_at".to_owned(), shipped);
        }
        let facts: [(usize, &str, Json); 8] = [
            (10, "origin", self.one(&["manual", "csv_import"]).into()),
            (6, "tracking_submitted_at", text(as_of() - TimeDelta::minutes(5))),
            (4, "last_update_at", text(as_of() - TimeDelta::minutes(20))),
            (2, "last_update_result", "ok".into()),
            (8, "platform_status_seen", "PENDING".into()),
            (8, "marketplace", "CA".into()),
            (5, "imported_at", text(as_of() - TimeDelta::hours(self.one(&[3, 30])))),
            (20, "order_created_at", Json::Null),
        ];
        for (odds, column, value) in facts {
            if self.once_in(odds) {
                local.insert(column.to_owned(), value);
            }
        }
        local
    }

    /// A row whose order the platform's data lack.
    fn lone_row(&mut self, world: &mut World, store: &str, n: usize) {
        let number = format!("LONE{}-{n}", self.w);
        let placed = text(self.moment());
        let mut lone = self.local_row(&format!("L{}-{n}", self.w), store, &number, placed.clone(), None);
        if self.once_in(8) {
            lone.insert("is_resend".to_owned(), true.into());
        }
        if self.once_in(5) {
            world.rows("load_rejects").push(row(json!({"file_id": format!("file-{store}"), "source_row": n + 1, "reason": "unreadable", "order_key": number})));
        }
        if self.once_in(4) {
            world.earlier.push(row(json!({"store_id": store, "platform_order_id": number, "lifecycle": "ready", "created_at": placed})));
        }
        for (kind, odds) in [("copy", 8), ("split", 10)] {
            if self.once_in(odds) {
                let mut other = self.local_row(&format!("L{}-{n}{kind}", self.w), store, &number, placed.clone(), None);
                if kind == "split" {
                    other.insert("parent_local_row_id".to_owned(), lone["local_row_id"].clone());
                }
                world.rows("local_orders").push(other);
            }
        }
        world.rows("local_orders").push(lone);
    }

    /// Orders of this world that were merged in the ERP, or combined or split on the platform.
    fn kinships(&mut self, world: &mut World) {
        let ids: Vec<_> = world.rows("platform_orders").iter().map(|order| order["platform_order_id"].clone()).collect();
        let other = |draw: &mut Self| ids[draw.rng.usize(..ids.len())].clone();
        for i in 0..ids.len() {
            if self.once_in(12) {
                let into = other(self);
                let column = self.one(&["merged_into_platform_order_id", "parent_platform_order_id"]);
                world.rows("platform_orders")[i].insert(column.to_owned(), into);
            }
        }
        let mut rows = std::mem::take(world.rows("local_orders"));
        for local in &mut rows {
            if self.once_in(8) {
                let parts = if self.rng.bool() {
                    json!([local["platform_order_id_raw"], other(self)])
                } else {
                    json!([local["platform_order_id_raw"], other(self), other(self)])
                };
                local.insert("merged_order_ids".to_owned(), parts);
            }
        }
        *world.rows("local_orders") = rows;
    }
}
