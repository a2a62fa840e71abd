-- one row per shop name in a local export that no store of the job has
-- key: source, shop_name
-- role: result
create table unmapped_shops (
  source varchar not null, -- name of the source in the job
  shop_name varchar not null, -- the name as the ERP writes it; it stands as store_id until the job maps it
  n_rows bigint not null -- rows with this name
);
