//! The row types of every canonical table, field by field as `sql/schema` declares them (a test compares the two).
//! Fields are documented there and by `nightaudit tables`. May not cast text: rows are typed already.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::value::{self, Kind, Value};

/// A row of a canonical table.
pub trait Row: Sized {
    /// The table.
    const TABLE: &'static str;
    /// Its columns: name, kind, and whether this type can say "not known".
    const COLUMNS: &'static [(&'static str, Kind, bool)];
    /// The row as values, in the order of the columns.
    fn into_values(self) -> Vec<Value>;
    /// The row from values in the order of the columns; `None` where one has another kind.
    fn from_values(values: Vec<Value>) -> Option<Self>;
}

/// A Rust type that a column can have.
trait Field: Sized {
    const KIND: Kind;
    const NULLABLE: bool = false;
    fn into_value(self) -> Value;
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! field {
    ($type:ty, $kind:ident, $into:expr, $from:pat => $out:expr) => {
        impl Field for $type {
            const KIND: Kind = Kind::$kind;
            fn into_value(self) -> Value {
                ($into)(self)
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    $from => $out,
                    _ => None,
                }
            }
        }
    };
}

field!(String, Text, Value::Text, Value::Text(text) => Some(text));
field!(bool, Bool, Value::Bool, Value::Bool(yes) => Some(yes));
field!(i32, Int, |n| Value::Int(i64::from(n)), Value::Int(n) => i32::try_from(n).ok());
field!(i64, BigInt, Value::Int, Value::Int(n) => Some(n));
field!(DateTime<Utc>, Instant, |at: DateTime<Utc>| Value::Instant(at.timestamp_micros()), Value::Instant(micros) => DateTime::from_timestamp_micros(micros));
field!(NaiveDate, Date, |day| value::days(day).map_or(Value::Null, Value::Date), Value::Date(days) => NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(days.into())));
field!(Decimal, Money, |number| value::money(number).unwrap_or_default(), Value::Money(n) => Some(Decimal::new(n, value::MONEY_PLACES)));
field!(Vec<String>, List, Value::List, Value::List(list) => Some(list));

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
    fn from_value(value: Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

macro_rules! row {
    ($(#[$doc:meta])* $name:ident in $table:literal { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        #[expect(missing_docs, reason = "sql/schema documents the columns")]
        pub struct $name { $(pub $field: $type,)* }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [(&'static str, Kind, bool)] =
                &[$((stringify!($field), <$type as Field>::KIND, <$type as Field>::NULLABLE),)*];
            fn into_values(self) -> Vec<Value> {
                vec![$(self.$field.into_value(),)*]
            }
            fn from_values(values: Vec<Value>) -> Option<Self> {
                let mut values = values.into_iter();
                Some(Self { $($field: Field::from_value(values.next()?)?,)* })
            }
        }
    };
}

row! {
    /// One row per shop authorisation; facts given in the job win over those from files.
    Store in "stores" {
        store_id: String,
        platform: String,
        platform_account_id: String,
        marketplace: Option<String>,
        store_name: Option<String>,
        erp: String,
        erp_store_id: Option<String>,
        timezone: String,
        local_timezone: String,
        first_authorised_at: Option<DateTime<Utc>>,
        authorised_at: Option<DateTime<Utc>>,
        is_authorised: Option<bool>,
        history_start_at: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
        unbound_at: Option<DateTime<Utc>>,
        data_deleted_at: Option<DateTime<Utc>>,
        history_window: Option<String>,
        history_basis: String,
        history_only_unshipped: bool,
        api_window: Option<String>,
        local_retention: Option<String>,
        settle_delay: String,
        auto_sync_enabled: Option<bool>,
        sync_mode: Option<String>,
        import_only_unshipped: Option<bool>,
        import_unpaid: Option<bool>,
        import_skips_archived: Option<bool>,
        exclude_tags: Option<Vec<String>>,
        enabled_sales_channels: Option<Vec<String>>,
        pos_channels: Option<Vec<String>>,
        enabled_locations: Option<Vec<String>>,
        backend_unshipped_includes: Vec<String>,
        order_id_prefix: Option<String>,
        order_id_suffix: Option<String>,
        supports_publishing: Option<bool>,
        auto_fulfil: Option<String>,
        logistics_authorised: Option<bool>,
        history_from_at: Option<DateTime<Utc>>,
        api_from_at: Option<DateTime<Utc>>,
        local_from_at: Option<DateTime<Utc>>,
        settle_seconds: Option<i32>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per sync: the ERP's own and our downloads.
    Sync in "sync_log" {
        sync_id: String,
        store_id: String,
        actor: String,
        entity: String,
        trigger: Option<String>,
        status: String,
        started_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
        window_field: String,
        window_from: Option<DateTime<Utc>>,
        window_to: Option<DateTime<Utc>>,
        from_exclusive: bool,
        watermark_before: Option<String>,
        watermark_after: Option<String>,
        pages_fetched: Option<i32>,
        pages_expected: Option<i32>,
        rows_fetched: Option<i32>,
        rows_expected: Option<i32>,
        http_429: Option<i32>,
        error_code: Option<String>,
        error_text: Option<String>,
        quota_remaining: Option<i32>,
        page_size: Option<i32>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per input file that somebody asked for, of either side.
    ReportFile in "report_files" {
        file_id: String,
        store_id: String,
        side: String,
        entity: String,
        report_type: String,
        requested_at: Option<DateTime<Utc>>,
        generated_at: Option<DateTime<Utc>>,
        data_start_at: Option<DateTime<Utc>>,
        data_end_at: Option<DateTime<Utc>>,
        processing_status: String,
        complete: bool,
        marketplaces: Option<Vec<String>>,
        excluded_statuses: Option<Vec<String>>,
        rows_expected: Option<i32>,
        rows_parsed: Option<i32>,
        rows_rejected: Option<i32>,
        charset_declared: Option<String>,
        charset_used: Option<String>,
        header_locale: Option<String>,
        bytes: Option<i64>,
        sha256: Option<String>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per input row that could not be used.
    LoadReject in "load_rejects" {
        file_id: String,
        store_id: Option<String>,
        source_row: i64,
        field: Option<String>,
        reason: String,
        raw_text: Option<String>,
        order_key: Option<String>,
        source_file_id: Option<String>,
    }
}

row! {
    /// One row per order that the ERP refused to import.
    LocalImportError in "local_import_errors" {
        store_id: String,
        platform_order_id: String,
        reason: Option<String>,
        occurred_at: Option<DateTime<Utc>>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per order as the platform reports it.
    PlatformOrder in "platform_orders" {
        store_id: String,
        platform_order_id: String,
        platform_order_no: Option<String>,
        order_key: String,
        marketplace: Option<String>,
        sales_channel: Option<String>,
        location_id: Option<String>,
        delivery_method: Option<String>,
        order_type: String,
        raw_status: Option<String>,
        raw_payment_status: Option<String>,
        raw_fulfilment_status: Option<String>,
        lifecycle: String,
        is_test: Option<bool>,
        is_draft: Option<bool>,
        is_archived: Option<bool>,
        requires_shipping: Option<bool>,
        has_ship_address: Option<bool>,
        fulfilment_channel: Option<String>,
        created_at: DateTime<Utc>,
        paid_at: Option<DateTime<Utc>>,
        eligible_at: Option<DateTime<Utc>>,
        updated_at: DateTime<Utc>,
        status_changed_at: Option<DateTime<Utc>>,
        shipped_at: Option<DateTime<Utc>>,
        cancelled_at: Option<DateTime<Utc>>,
        closed_at: Option<DateTime<Utc>>,
        ship_by_at: Option<DateTime<Utc>>,
        qty_ordered: Option<i32>,
        qty_open: Option<i32>,
        order_total: Option<Decimal>,
        currency: Option<String>,
        parent_platform_order_id: Option<String>,
        merged_into_platform_order_id: Option<String>,
        replaces_order_id: Option<String>,
        tags: Option<Vec<String>>,
        ship_to_hash: Option<String>,
        delivery_hash: Option<String>,
        prev_lifecycle: Option<String>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per order line as the platform reports it; identical rows stay separate.
    PlatformOrderLine in "platform_order_lines" {
        store_id: String,
        platform_order_id: String,
        line_ordinal: i32,
        platform_line_id: Option<String>,
        sku_raw: Option<String>,
        sku_key: Option<String>,
        product_id: Option<String>,
        variant_id: Option<String>,
        asin: Option<String>,
        qty: i32,
        qty_cancelled: Option<i32>,
        qty_refunded: Option<i32>,
        qty_shipped: Option<i32>,
        item_status: Option<String>,
        unit_price: Option<Decimal>,
        currency: Option<String>,
        tax_included: Option<bool>,
        requires_shipping: Option<bool>,
        is_gift_card: Option<bool>,
        fulfilment_channel: Option<String>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per listing (variant) as the platform reports it.
    PlatformListing in "platform_listings" {
        store_id: String,
        marketplace: Option<String>,
        sku_raw: Option<String>,
        listing_id: Option<String>,
        sku_key: Option<String>,
        product_id: Option<String>,
        variant_id: Option<String>,
        parent_sku: Option<String>,
        is_parent: Option<bool>,
        raw_status: Option<String>,
        listing_status: Option<String>,
        fulfilment_channel: Option<String>,
        price: Option<Decimal>,
        sale_price: Option<Decimal>,
        sale_from: Option<DateTime<Utc>>,
        sale_to: Option<DateTime<Utc>>,
        compare_at_price: Option<Decimal>,
        min_price: Option<Decimal>,
        max_price: Option<Decimal>,
        currency: Option<String>,
        tax_included: Option<bool>,
        quantity: Option<i32>,
        image_url: Option<String>,
        opened_at: Option<DateTime<Utc>>,
        updated_at: Option<DateTime<Utc>>,
        snapshot_at: DateTime<Utc>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per SKU and location as the platform reports it; null = not reported.
    PlatformInventory in "platform_inventory" {
        store_id: String,
        marketplace: Option<String>,
        sku_raw: String,
        location_id: Option<String>,
        sku_key: Option<String>,
        available: Option<i32>,
        reserved_orders: Option<i32>,
        reserved_transfer: Option<i32>,
        reserved_processing: Option<i32>,
        unsellable: Option<i32>,
        researching: Option<i32>,
        inbound_working: Option<i32>,
        inbound_shipped: Option<i32>,
        inbound_receiving: Option<i32>,
        on_hand: Option<i32>,
        fulfilment_channel: Option<String>,
        tracked: Option<bool>,
        snapshot_at: DateTime<Utc>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per parcel or row as the ERP counts it.
    LocalOrder in "local_orders" {
        local_row_id: String,
        store_id: String,
        platform_order_id_raw: Option<String>,
        order_key: Option<String>,
        parent_local_row_id: Option<String>,
        split_seq: Option<i32>,
        merged_order_ids: Option<Vec<String>>,
        origin: String,
        is_resend: bool,
        raw_status: String,
        raw_sub_status: Option<String>,
        lifecycle: String,
        ignored_reason: Option<String>,
        tracking_no: Option<String>,
        tracking_submitted_at: Option<DateTime<Utc>>,
        submit_kind: Option<String>,
        submit_status: String,
        submit_error: Option<String>,
        submit_error_ignored: Option<bool>,
        order_created_at: Option<DateTime<Utc>>,
        paid_at: Option<DateTime<Utc>>,
        imported_at: Option<DateTime<Utc>>,
        updated_at: Option<DateTime<Utc>>,
        shipped_at: Option<DateTime<Utc>>,
        voided_at: Option<DateTime<Utc>>,
        deleted_at: Option<DateTime<Utc>>,
        preoccupied_stock: Option<bool>,
        platform_status_seen: Option<String>,
        platform_updated_at_seen: Option<DateTime<Utc>>,
        last_update_requested_at: Option<DateTime<Utc>>,
        last_update_at: Option<DateTime<Utc>>,
        last_update_result: Option<String>,
        warehouse_id: Option<String>,
        warehouse_kind: Option<String>,
        marketplace: Option<String>,
        order_total: Option<Decimal>,
        currency: Option<String>,
        ship_to_hash: Option<String>,
        delivery_hash: Option<String>,
        snapshot_at: DateTime<Utc>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per line of a local order.
    LocalOrderLine in "local_order_lines" {
        local_row_id: String,
        line_no: i32,
        sku_raw: Option<String>,
        sku_key: Option<String>,
        local_sku: Option<String>,
        qty: i32,
        paired: Option<bool>,
        stock_state: Option<String>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per product of the ERP's list.
    LocalProduct in "local_products" {
        local_sku: String,
        sku_key: Option<String>,
        state: String,
        replaced_by_sku: Option<String>,
        merged_into_sku: Option<String>,
        upload_status: Option<String>,
        uploaded_at: Option<DateTime<Utc>>,
        sales_status: Option<String>,
        price: Option<Decimal>,
        currency: Option<String>,
        tax_included: Option<bool>,
        image_url: Option<String>,
        image_modified_at: Option<DateTime<Utc>>,
        barcode: Option<String>,
        last_seen_run: Option<String>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per pairing of a listing with a product of the ERP.
    LocalListingMap in "local_listing_map" {
        store_id: String,
        listing_sku_key: String,
        local_sku: String,
        kind: String,
        qty_per_listing: i32,
        state: String,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per SKU and warehouse of the ERP.
    LocalInventory in "local_inventory" {
        local_sku: String,
        warehouse_id: Option<String>,
        available: Option<i32>,
        preoccupied: Option<i32>,
        on_hand: Option<i32>,
        buffer: Option<i32>,
        snapshot_at: DateTime<Utc>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per requested price change (001-1).
    PriceChange in "price_changes" {
        change_id: String,
        store_id: String,
        marketplace: Option<String>,
        sku_key: String,
        price_kind: String,
        requested_price: Option<Decimal>,
        currency: Option<String>,
        tax_included: Option<bool>,
        requested_at: DateTime<Utc>,
        approval_status: String,
        approved_at: Option<DateTime<Utc>>,
        effective_from: Option<DateTime<Utc>>,
        source: String,
        superseded_by: Option<String>,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per picture, vantage point and attempt.
    ImageCheck in "image_checks" {
        image_url: Option<String>,
        sku_key: Option<String>,
        store_id: Option<String>,
        role: String,
        vantage: String,
        checked_at: DateTime<Utc>,
        attempt: i32,
        http_status: Option<i32>,
        net_error: Option<String>,
        final_url: Option<String>,
        redirects: Option<i32>,
        content_type: Option<String>,
        sniffed_format: Option<String>,
        bytes_expected: Option<i64>,
        bytes_read: Option<i64>,
        sha256: Option<String>,
        width: Option<i32>,
        height: Option<i32>,
        components: Option<i32>,
        colour_model: Option<String>,
        frames: Option<i32>,
        decode_error: Option<String>,
        referer_probe: Option<String>,
        header_flags: Option<String>,
        signed_expires_at: Option<DateTime<Utc>>,
        code: String,
        source_file_id: Option<String>,
        source_row: Option<i64>,
    }
}

row! {
    /// One row per source and table that this night read, or failed to read.
    Input in "inputs" {
        source: String,
        stream: String,
        table_name: String,
        store_id: Option<String>,
        status: String,
        complete: bool,
        why_not: Option<String>,
        data_start_at: Option<DateTime<Utc>>,
        data_end_at: Option<DateTime<Utc>>,
        file_rows: i64,
        skipped_rows: i64,
        rejected_rows: i64,
        loaded_rows: i64,
        unknown_columns: Vec<String>,
        missing_columns: Vec<String>,
        files: Vec<String>,
        sha256: String,
    }
}

row! {
    /// One row per zone and span of constant offset, written from the zone database.
    ZoneSpan in "zone_spans" {
        zone: String,
        from_at: DateTime<Utc>,
        until_at: DateTime<Utc>,
        utc_offset: i32,
    }
}

row! {
    /// One row: this run; the only table with a run id, so that the same night audited twice gives the same bytes everywhere else.
    Run in "runs" {
        run_id: String,
        started_at: DateTime<Utc>,
        finished_at: Option<DateTime<Utc>>,
        as_of: DateTime<Utc>,
        version: String,
        config_hash: String,
        inputs_hash: String,
        previous_run_id: Option<String>,
        status: String,
    }
}

row! {
    /// One row per thing that is wrong or that explains a difference.
    Finding in "findings" {
        finding_id: String,
        kind: String,
        store_id: Option<String>,
        marketplace: Option<String>,
        bucket: Option<String>,
        day: Option<NaiveDate>,
        code: String,
        class: String,
        evidence_class: String,
        sign: i32,
        units: i32,
        order_ref: Option<String>,
        platform_order_id: Option<String>,
        local_row_id: Option<String>,
        sku: Option<String>,
        message: String,
        value: String,
        evidence: String,
        also_applies: Vec<String>,
        action_code: String,
        first_seen_on: NaiveDate,
        opened_on: Option<NaiveDate>,
        code_since_on: NaiveDate,
        last_seen_on: NaiveDate,
        resolved_on: Option<NaiveDate>,
        age_nights: i32,
        state: String,
        acknowledgement: Option<String>,
    }
}

row! {
    /// One row per store, metric and scope: both numbers and how the difference is made up.
    CountCheck in "count_checks" {
        store_id: String,
        metric: String,
        scope: String,
        day: Option<NaiveDate>,
        n_platform: i64,
        n_local: i64,
        n_local_comparable: i64,
        diff: i64,
        units_benign: i64,
        units_wait: i64,
        units_act: i64,
        units_defect: i64,
        units_unexplained: i64,
        sums_ok: bool,
        comparable: bool,
    }
}

row! {
    /// One row per unit: one order or row left over in one scope, with exactly one cause.
    AttributionUnit in "attribution_units" {
        store_id: String,
        metric: String,
        scope: String,
        day: Option<NaiveDate>,
        sign: i32,
        block: String,
        code: String,
        class: String,
        evidence_class: String,
        rule_no: i32,
        order_ref: Option<String>,
        platform_order_id: Option<String>,
        local_row_id: Option<String>,
        group_id: String,
        also_applies: Vec<String>,
        evidence: String,
    }
}

row! {
    /// One row per link of an order with a local row, and per order or row that nothing links.
    OrderLink in "order_links" {
        group_id: String,
        platform_store_id: Option<String>,
        platform_order_id: Option<String>,
        local_store_id: Option<String>,
        local_row_id: Option<String>,
        link_kind: Option<String>,
        ambiguous: bool,
        candidates: Vec<String>,
        role: Option<String>,
    }
}

row! {
    /// One row per order that any night saw; carried forward from the previous run.
    OrderHistory in "order_history" {
        store_id: String,
        platform_order_id: String,
        order_key: String,
        no_key: Option<String>,
        first_seen_on: NaiveDate,
        last_seen_on: NaiveDate,
        was_shipped_on: Option<NaiveDate>,
        gone_on: Option<NaiveDate>,
    }
}

row! {
    /// One row: what tonight's queries may know about tonight.
    Night in "night" {
        as_of: DateTime<Utc>,
        business_on: NaiveDate,
        previous_on: Option<NaiveDate>,
        fresh_from_at: DateTime<Utc>,
        sync_log_supplied: bool,
        stores_supplied: bool,
    }
}

row! {
    /// One row per cause of a count difference, from sql/causes/causes.toml.
    Cause in "causes" {
        block: String,
        code: String,
        rank: i32,
        class: String,
        class_if: Option<String>,
        evidence_class: String,
        fields: Vec<String>,
        title: String,
        title_zh: String,
        advice: String,
        advice_zh: String,
        steps: Vec<String>,
        steps_zh: Vec<String>,
        source: String,
    }
}

row! {
    /// One row per finding that somebody acknowledged.
    Acknowledgement in "acknowledgements" {
        finding_id: String,
        until_on: NaiveDate,
        because: String,
        acknowledged_by: Option<String>,
        value: Option<String>,
    }
}

row! {
    /// One row per shop name in a local export that no store of the job has.
    UnmappedShop in "unmapped_shops" {
        source: String,
        shop_name: String,
        n_rows: i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::{Absent, Tables};

    fn agrees<R: Row>() {
        let table = Tables::get(R::TABLE).unwrap();
        let declared: Vec<_> = table.columns.iter().map(|c| (c.name, c.kind, !c.required || c.absent == Absent::Later)).collect();
        assert_eq!(R::COLUMNS, declared, "{}", R::TABLE);
    }

    /// Row types, sql/schema and (in tests/cli) `nightaudit tables` say the same.
    #[test]
    fn row_types_agree_with_the_schema() {
        macro_rules! all {
            ($($row:ty),* $(,)?) => {{
                $(agrees::<$row>();)*
                [$(<$row>::TABLE),*]
            }};
        }
        let mut covered = all![
            Store,
            Sync,
            ReportFile,
            LoadReject,
            LocalImportError,
            PlatformOrder,
            PlatformOrderLine,
            PlatformListing,
            PlatformInventory,
            LocalOrder,
            LocalOrderLine,
            LocalProduct,
            LocalListingMap,
            LocalInventory,
            PriceChange,
            ImageCheck,
            Input,
            ZoneSpan,
            Run,
            Finding,
            CountCheck,
            AttributionUnit,
            OrderLink,
            OrderHistory,
            Night,
            Cause,
            UnmappedShop,
            Acknowledgement,
        ];
        covered.sort_unstable();
        let tables: Vec<_> = Tables::all().unwrap().iter().map(|table| table.name).collect();
        assert_eq!(covered.as_slice(), tables);
    }

    #[test]
    fn rows_survive_the_way_there_and_back() {
        let row = CountCheck {
            store_id: "S".into(),
            metric: "placed".into(),
            scope: "day".into(),
            day: NaiveDate::from_ymd_opt(2026, 3, 10),
            n_platform: 3,
            ..CountCheck::default()
        };
        assert_eq!(CountCheck::from_values(row.clone().into_values()), Some(row));
    }
}
