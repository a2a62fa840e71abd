#!/usr/bin/env bash
# A million orders against a million (ORDERS=n for another size), first Parquet, then CSV: wall time, peak memory and rows per second of each stage;
# then what linking, attribution and the reports cost beside DuckDB's bare full outer join of the same two Parquet files,
# and how fast one core reads Shopify's order export by the shipped mapping beside polars, which reads the same file as nothing but text.
set -euo pipefail
binary=$(realpath "$1")
join=$(realpath "$2")
polars=$(realpath "$3")
orders=${ORDERS:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

show() {
  python3 - "$1" "$work/data/bench/latest/run.json" <<'PY'
import json, sys
run = json.load(open(sys.argv[2]))
print(f"{sys.argv[1]}: peak memory {run['memory_peak_kb'] / 1024:.0f} MB, {sum(s['seconds'] for s in run['stages']):.1f} s")
for stage in run["stages"]:
    rate = f"{stage['rows'] / stage['seconds']:>12,.0f} rows/s" if stage["rows"] and stage["seconds"] else ""
    print(f"  {stage['name']:<8} {stage['seconds']:>7.2f} s {stage['rows']:>12,} rows {rate}")
PY
}

printf 'name = "bench"\n[[source]]\nkind = "canonical"\npath = "in"\n' >job.toml
for format in parquet csv; do
  rm -rf in data
  if [ "$format" = csv ]; then "$binary" generate --orders "$orders" --out in --csv >/dev/null; else "$binary" generate --orders "$orders" --out in >/dev/null; fi
  "$binary" run job.toml --as-of 2026-03-02T02:00:00Z --data data >/dev/null 2>&1 || [ $? -eq 1 ]
  show "$orders orders, $format"
  [ "$format" = csv ] || { mv in parquet; cp data/bench/latest/run.json parquet.json; }
done

"$join" parquet/platform_orders.parquet parquet/local_orders.parquet >join.json
python3 - <<'PY'
import json
join = json.load(open("join.json"))
stages = {stage["name"]: stage["seconds"] for stage in json.load(open("parquet.json"))["stages"]}
ours = stages["link"] + stages["attribute"] + stages["report"]
print(f"bare full outer join of the two files, {join['rows']:,} rows: written as Parquet {join['parquet_seconds']:.2f} s, only counted {join['count_seconds']:.2f} s")
print(f"link, attribute and report: {ours:.2f} s = {ours / join['parquet_seconds']:.1f} times the written join")
PY

"$polars" write shopify.csv "$orders"
printf 'name = "reading"\n[[store]]\nid = "US"\n[[source]]\nkind = "mapped"\nmapping = "shopify_orders"\npath = "shopify.csv"\nstore = "US"\n' >reading.toml
POLARS_MAX_THREADS=1 taskset -c 0 "$polars" read shopify.csv >polars.json
POLARS_MAX_THREADS=1 taskset -c 0 "$binary" run reading.toml --as-of 2026-03-02T02:00:00Z --data data >/dev/null 2>&1 || [ $? -le 3 ]
python3 - <<'PY'
import json, os
polars, run = json.load(open("polars.json")), json.load(open("data/reading/latest/run.json"))
megabytes = os.path.getsize("shopify.csv") / 1e6
ours = next(stage["seconds"] for stage in run["stages"] if stage["name"] == "extract")
rows = run["sources"][0]["rows"]
assert rows == polars["rows"], (rows, polars["rows"])
print(f"Shopify's order export, {rows:,} rows of {polars['columns']} columns, {megabytes:.0f} MB, one core:")
for name, seconds in [("by the mapping, into a snapshot", ours), ("polars, all columns as text", polars["seconds"])]:
    print(f"  {name:<32} {seconds:>6.2f} s {megabytes / seconds:>6.0f} MB/s {rows / seconds:>10,.0f} rows/s")
print(f"the mapping is {polars['seconds'] / ours:.2f} times as fast as polars")
PY
