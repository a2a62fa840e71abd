-- one row per picture, vantage point and attempt
-- key: image_url, role, vantage, attempt
-- role: input
create table image_checks (
  image_url varchar, -- the picture
  sku_key varchar, -- the SKU
  store_id varchar, -- the store
  role varchar not null default 'listing', -- one of (listing, erp_cache, product)
  vantage varchar not null, -- from where it was looked at (000-13)
  checked_at timestamp not null, -- [= as_of] when
  attempt integer not null default 1, -- count of tries
  http_status integer, -- answer
  net_error varchar, -- no answer: dns, timeout, tls, reset
  final_url varchar, -- after redirects
  redirects integer, -- hops
  content_type varchar, -- as the server says
  sniffed_format varchar, -- as the bytes say
  bytes_expected bigint, -- Content-Length
  bytes_read bigint, -- arrived
  sha256 varchar, -- of the bytes
  width integer, -- pixels
  height integer, -- pixels
  components integer, -- colour components in the file
  colour_model varchar, -- rgb, cmyk, grey, …
  frames integer, -- pictures in the file
  decode_error varchar, -- as the decoder says it
  referer_probe varchar, -- what changes with and without Referer
  header_flags varchar, -- telling response headers
  signed_expires_at timestamp, -- end of a signed address
  code varchar not null, -- verdict, rule book 3.4
  source_file_id varchar, -- provenance: the file
  source_row bigint -- provenance: its row
);
